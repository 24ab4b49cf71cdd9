// Reads one range of a text file: the records that begin in it.
//
// 1. A range that does not begin at the file's start begins with the first record behind the first newline at or behind its byte before: a
//    record belongs to the range in which its first byte lies, and is read to its end even beyond the range.
// 2. The offset is the position of the next record, in bytes. A record is read again from its first byte.
// 3. A record longer than `valueBytesMax` is malformed; reading goes on behind the first newline after that many bytes, wherever the blocks
//    lie, so a replay sees the same.
// 4. The file is opened, and buffers are held, only from the first poll that finds a place at the turnstile.

import type { FileHandle } from 'node:fs/promises'
import { MillraceError } from '../../model/errors.ts'
import { valueBytesMax } from '../../model/limits.ts'
import type { Json } from '../../model/manifest.ts'
import type { RecordSink } from '../../model/reader.ts'
import type { Reader } from '../../ports/source.ts'
import { type InputFile, reopenFile } from './input-files.ts'
import { ReadAhead } from './read-ahead.ts'
import { TextBlock, type TextFormat } from './text-format.ts'
import type { Pass, Turnstile } from './turnstile.ts'

export interface TextRange {
  readonly file: InputFile
  readonly from: number
  readonly to: number
}

/** Position in a file. */
export interface TextOffset {
  readonly byte: number
  /** Number of the line, from 1; known where the range begins at the file's start. */
  readonly line?: number | undefined
  /** The next record begins behind the next newline only. */
  readonly skipping?: boolean | undefined
}

export class TextReader<T> implements Reader<T> {
  readonly #format: TextFormat<T>
  readonly #range: TextRange
  readonly #turnstile: Turnstile
  #pass: Pass | undefined
  #opening: Promise<void> | undefined
  #ahead: ReadAhead | undefined
  #failure: unknown
  #closed = false

  #block = new TextBlock(Buffer.alloc(0))
  /** Position in the file of the block's first byte. */
  #base: number
  #at = 0
  #last = false
  /** Looking for the newline behind which the next record begins. */
  #skipping: boolean
  #line: number | undefined
  #ended: boolean

  constructor(format: TextFormat<T>, range: TextRange, offset: TextOffset | undefined, turnstile: Turnstile) {
    this.#format = format
    this.#range = range
    this.#turnstile = turnstile
    this.#skipping = offset === undefined ? range.from > 0 : (offset.skipping ?? false)
    this.#base = offset?.byte ?? Math.max(0, range.from - 1)
    this.#line = offset === undefined ? (range.from === 0 ? 1 : undefined) : offset.line
    this.#ended = this.#base >= range.to
  }

  poll(out: RecordSink<T>, max: number): 'more' | 'wait' | 'end' {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#ended) return 'end'
    if (this.#ahead === undefined) {
      this.#begin()
      return 'wait'
    }
    for (let taken = 0; taken < max; taken++) {
      if (!this.#skipping && this.#base + this.#at >= this.#range.to) return this.#end()
      const next = this.#skipping ? this.#skip() : this.#format.read(this.#block, this.#at, this.#last, out)
      if (next >= 0) this.#advance(next)
      else if (this.#last) return this.#end()
      else if (this.#tooLong(out)) continue
      else if (!this.#refill()) return this.#last ? 'more' : 'wait'
    }
    return 'more'
  }

  offset(): Json {
    const byte = this.#base + this.#at
    if (this.#skipping) return { byte, skipping: true }
    return this.#line === undefined ? { byte } : { byte, line: this.#line }
  }

  where(): string {
    const { path } = this.#range.file
    return this.#line === undefined ? `${path} byte ${this.#base + this.#at}` : `${path} line ${this.#line}`
  }

  async ready(): Promise<void> {
    await this.#pass?.entered()
    this.#begin()
    await this.#opening
    if (this.#failure !== undefined) throw this.#failure
    await this.#ahead?.ready()
  }

  close(): void {
    this.#closed = true
    this.#ahead?.close()
    this.#pass?.leave()
  }

  /** Opens the file as soon as there is a place. */
  #begin(): void {
    this.#pass ??= this.#turnstile.enter()
    if (this.#closed || this.#opening !== undefined || !this.#pass.admitted) return
    this.#opening = this.#open().then(undefined, (thrown: unknown) => {
      this.#failure = thrown
    })
  }

  async #open(): Promise<void> {
    const { file, to } = this.#range
    const handle = await reopenFile(file)
    try {
      const start = await this.#readStart(handle)
      if (this.#base < start) {
        this.#base = start
        this.#skipping = false
      }
    } catch (thrown) {
      await handle.close()
      throw thrown
    }
    this.#ahead = new ReadAhead(handle, file, this.#base, to)
    if (this.#closed) this.#ahead.close()
  }

  /** Position of the first record: behind a byte order mark and a header. */
  async #readStart(handle: FileHandle): Promise<number> {
    const { file } = this.#range
    for (let length = this.#format.header ? headBytes : markBytes.length; ; length *= 4) {
      const block = new TextBlock(await readHead(handle, Math.min(length, file.bytes)))
      const start = block.text.startsWith(markBytes) ? markBytes.length : 0
      if (!this.#format.header) return start
      const behind = this.#format.readHeader(block, start, length >= file.bytes)
      if (behind >= 0) {
        if (this.#line !== undefined && this.#base < behind) this.#line += this.#format.lines
        return behind
      }
      if (length >= valueBytesMax) throw noHeader(file, length)
    }
  }

  /** @returns the position behind the next newline, or -1 */
  #skip(): number {
    const end = this.#block.lineEnd(this.#at, this.#last)
    if (end < 0) {
      this.#at = this.#block.bytes.length
      return -1
    }
    this.#skipping = false
    return Math.min(end + 1, this.#block.bytes.length)
  }

  #advance(next: number): void {
    this.#at = next
    if (this.#line !== undefined) this.#line += this.#format.lines
  }

  #tooLong(out: RecordSink<T>): boolean {
    if (this.#skipping || this.#block.bytes.length - this.#at <= valueBytesMax) return false
    out.malformed(this.#block.show(this.#at, this.#block.bytes.length), `it has more than ${valueBytesMax} bytes; a quote may be left open`)
    this.#at += valueBytesMax
    this.#skipping = true
    this.#line = undefined
    return true
  }

  /** Puts the next chunk behind what is left of the block. @returns whether there was one */
  #refill(): boolean {
    const ahead = this.#ahead!
    const chunk = ahead.take()
    if (chunk === undefined) {
      this.#last = ahead.exhausted
      return false
    }
    const rest = this.#block.bytes.subarray(this.#at)
    this.#base += this.#at
    this.#at = 0
    this.#block = new TextBlock(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]))
    this.#last = ahead.exhausted
    return true
  }

  #end(): 'end' {
    this.#ended = true
    this.close()
    return 'end'
  }
}

const headBytes = 65_536
/** The byte order mark, one character a byte. */
const markBytes = '\xef\xbb\xbf'

async function readHead(handle: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await handle.read(bytes, 0, length, 0)
  return bytes.subarray(0, bytesRead)
}

function noHeader({ path }: InputFile, length: number): MillraceError {
  return new MillraceError('USAGE', `${path} has no header line in its first ${length} bytes. Name its columns with \`header\``)
}
