// Reads a file in order, a bounded number of chunks ahead of whoever takes them.
//
// `take` is synchronous: a chunk that is there, or undefined. A failed read is thrown by the next `take` and rejects `ready`.

import type { FileHandle } from 'node:fs/promises'
import { fileReadBytes, fileReadsAhead } from '../../model/limits.ts'
import { ioError } from '../../ports/io-error.ts'
import { changed, type InputFile } from './input-files.ts'

export class ReadAhead {
  readonly #handle: FileHandle
  readonly #file: InputFile
  readonly #chunks: Buffer[] = []
  #position: number
  /** Where to stop reading ahead; beyond it a chunk is read only when it is asked for. */
  readonly #ahead: number
  #reading: Promise<void> | undefined
  #failure: unknown
  #closed = false

  constructor(handle: FileHandle, file: InputFile, from: number, ahead: number) {
    this.#handle = handle
    this.#file = file
    this.#position = from
    this.#ahead = Math.min(ahead, file.bytes)
    if (from < this.#ahead) this.#read()
  }

  /** Whether everything up to the end of the file, as it was listed, has been taken. */
  get exhausted(): boolean {
    return this.#chunks.length === 0 && this.#reading === undefined && this.#position >= this.#file.bytes
  }

  take(): Buffer | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const chunk = this.#chunks.shift()
    if (this.#reading === undefined && this.#position < (chunk === undefined ? this.#file.bytes : this.#ahead)) this.#read()
    return chunk
  }

  /** Settles when `take` has something. */
  async ready(): Promise<void> {
    if (this.#chunks.length === 0) await this.#reading
    if (this.#failure !== undefined) throw this.#failure
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    void this.#closeFile()
  }

  #read(): void {
    this.#reading = this.#readOne().then(
      () => this.#readOn(),
      (thrown: unknown) => {
        this.#reading = undefined
        this.#failure = ioError('read', this.#file.path, thrown)
      },
    )
  }

  #readOn(): void {
    this.#reading = undefined
    if (!this.#closed && this.#chunks.length < fileReadsAhead && this.#position < this.#ahead) this.#read()
  }

  async #readOne(): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(fileReadBytes, this.#file.bytes - this.#position))
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#position)
    if (bytesRead === 0) throw changed(this.#file, `ends at byte ${this.#position}, it had ${this.#file.bytes} bytes`)
    this.#position += bytesRead
    this.#chunks.push(buffer.subarray(0, bytesRead))
  }

  async #closeFile(): Promise<void> {
    await this.#reading
    try {
      await this.#handle.close()
    } catch (thrown) {
      this.#failure = thrown
    }
  }
}
