// Writes a sink subtask's records into staged parts, which nobody sees.
//
// 1. Records are encoded at once; nothing is kept of the caller's array. A part is written when `filePartBytes` are together, and the writer
//    takes no more until it is on the device; so memory stays bounded however long an epoch is.
// 2. `prepare` takes what is there the moment it is called; what is written while it is pending belongs to the next epoch.
// 3. Parts, their names, and the name of the directory that they are in are durable before `prepare` settles.

import { filePartBytes } from '../../model/limits.ts'
import type { Disk } from '../../ports/disk.ts'
import type { Writer, WriterContext } from '../../ports/sink.ts'
import { partName, pendingDirectory, type StagedPart, stagedName } from './epoch-directory.ts'
import type { RowEncoder, RowEncoding } from './row-encoding.ts'

export class StagedWriter<T> implements Writer<T> {
  readonly #disk: Disk
  readonly #directory: string
  readonly #pending: string
  readonly #context: WriterContext
  readonly #encoder: RowEncoder<T>
  readonly #extension: string
  #chunks: Buffer[] = []
  #bytes = 0
  #parts: Promise<StagedPart>[] = []
  #staged = 0
  #pendingIsDurable = false

  constructor(disk: Disk, directory: string, encoding: RowEncoding<T>, context: WriterContext) {
    this.#disk = disk
    this.#directory = directory
    this.#pending = `${directory}/${pendingDirectory}`
    this.#context = context
    this.#encoder = encoding.encoder()
    this.#extension = encoding.extension
  }

  write(values: readonly T[], length: number): void | Promise<void> {
    let text = ''
    for (let i = 0; i < length; i++) text += this.#encoder.encode(values[i]!)
    if (text === '') return
    const chunk = Buffer.from(text)
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= filePartBytes) return this.#stage().then(() => undefined)
  }

  async prepare(): Promise<readonly { readonly staged: string; readonly part: string }[]> {
    if (this.#bytes > 0) void this.#stage()
    const parts = this.#parts
    this.#parts = []
    if (parts.length === 0) return []
    const staged = await Promise.all(parts)
    await this.#disk.syncDirectory(this.#pending)
    if (!this.#pendingIsDurable) {
      await this.#disk.syncDirectory(this.#directory)
      this.#pendingIsDurable = true
    }
    return staged
  }

  /** Begins to write what is there as the next part. */
  #stage(): Promise<StagedPart> {
    const { attempt, subtask } = this.#context
    const bytes = Buffer.concat([Buffer.from(this.#encoder.header()), ...this.#chunks])
    // Numbered through the writer's life: an epoch may also hold what was staged for one that was given up.
    const staged = stagedName(attempt, subtask, this.#staged)
    const part = partName(subtask, this.#staged++, this.#extension)
    this.#chunks = []
    this.#bytes = 0
    const written = this.#write(staged, bytes).then(() => ({ staged, part }))
    this.#parts.push(written)
    // Whoever waits for the part learns of a failure: the write that it ends, and `prepare`. Nobody may wait any more when the job stops.
    written.then(undefined, () => undefined)
    return written
  }

  async #write(staged: string, bytes: Uint8Array): Promise<void> {
    await this.#disk.write(`${this.#pending}/${staged}`, bytes, { sync: true })
  }
}
