// What a text format tells the reader of text files, and the block of a file that it works on.
//
// A block's `text` holds one character a byte, so positions in both agree. It serves for searching and for what is ASCII; everything else is
// decoded from the bytes. Cutting short pieces out of `text` copies them; long ones would pin the whole block in memory, so `decode` takes
// those from the bytes.

import { isAscii, isUtf8 } from 'node:buffer'
import type { RecordSink } from '../../model/reader.ts'

export const newline = 10
const shortMax = 12
const shownMax = 1_024

export interface TextFormat<T> {
  /** Lines of the file that the last header or record took. */
  readonly lines: number
  /** Whether the reader has to find the first record of the file before it can read any other. */
  readonly header: boolean
  /** Takes the header, which begins at `at`. @returns the position behind it, or -1 when the block ends before it does */
  readHeader(block: TextBlock, at: number, last: boolean): number
  /**
   * Reads what begins at `at` and gives at most one record to `out`.
   * @param last whether the block reaches to the end of the file
   * @returns the position behind it, or -1 when the block ends before it does
   */
  read(block: TextBlock, at: number, last: boolean, out: RecordSink<T>): number
}

export class TextBlock {
  readonly bytes: Buffer
  readonly text: string
  readonly ascii: boolean
  /** Whether all whole lines are valid UTF-8. */
  readonly valid: boolean

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.text = bytes.toString('latin1', 0, bytes.length)
    this.ascii = isAscii(bytes)
    this.valid = this.ascii || isUtf8(bytes.subarray(0, bytes.lastIndexOf(newline) + 1))
  }

  /** Position of the next newline, or of the end when the block is the last one, else -1. */
  lineEnd(at: number, last: boolean): number {
    const found = this.text.indexOf('\n', at)
    return found < 0 && last ? this.bytes.length : found
  }

  isValid(from: number, to: number): boolean {
    return this.ascii || (this.valid && to < this.bytes.length) || isUtf8(this.bytes.subarray(from, to))
  }

  decode(from: number, to: number, ascii = this.ascii): string {
    if (!ascii) return this.bytes.toString('utf8', from, to)
    return to - from <= shortMax ? this.text.substring(from, to) : this.bytes.toString('latin1', from, to)
  }

  /** For messages: cut where it is long, with replacement characters where it is no UTF-8. */
  show(from: number, to: number): string {
    return this.bytes.toString('utf8', from, Math.min(to, from + shownMax))
  }
}

export const notUtf8 = 'it is not valid UTF-8'
