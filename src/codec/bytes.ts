// Bytes being written: one growing buffer with a position. Everything is little-endian.
//
// The buffer starts small, unless more is expected, and doubles, so many can be open at once; `reset` keeps it for the next use. Column
// kinds write through `reserve` and the public `bytes` and `view`, which are valid only until the next call that may grow the buffer.

import { MillraceError } from '../model/errors.ts'
import { sectionBytesMax } from '../model/limits.ts'

const bytesInitial = 64

export class ByteWriter {
  bytes: Uint8Array
  view: DataView
  /** Bytes written so far. */
  length = 0

  /** @param expected room from the start, in bytes, for what is known to become long */
  constructor(expected = bytesInitial) {
    this.bytes = new Uint8Array(Math.max(expected, bytesInitial))
    this.view = new DataView(this.bytes.buffer)
  }

  /**
   * Makes room for `count` more bytes and moves past them; the caller fills them in.
   * @returns the offset of the first
   * @throws UNENCODABLE above the greatest size of a section
   */
  reserve(count: number): number {
    const at = this.length
    const end = at + count
    if (end > this.bytes.length) this.#grow(end)
    this.length = end
    return at
  }

  /** Gives back everything written behind `length`. */
  truncate(length: number): void {
    this.length = length
  }

  u8(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  u16(value: number): void {
    const at = this.reserve(2)
    this.view.setUint16(at, value, true)
  }

  u32(value: number): void {
    const at = this.reserve(4)
    this.view.setUint32(at, value, true)
  }

  i32(value: number): void {
    const at = this.reserve(4)
    this.view.setInt32(at, value, true)
  }

  f64(value: number): void {
    const at = this.reserve(8)
    this.view.setFloat64(at, value, true)
  }

  /** A whole number below 2^32 in one to five bytes, seven bits each, least first (LEB128). */
  varint(value: number): void {
    const start = this.reserve(5)
    const { bytes } = this
    let at = start
    while (value > 0x7f) {
      bytes[at++] = value | 0x80
      value >>>= 7
    }
    bytes[at++] = value
    this.length = at
  }

  copy(source: Uint8Array): void {
    const at = this.reserve(source.length)
    this.bytes.set(source, at)
  }

  /** What has been written, as a view: valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  /** Empties the writer and keeps its buffer. */
  reset(): void {
    this.length = 0
  }

  #grow(needed: number): void {
    if (needed > sectionBytesMax) {
      throw new MillraceError(
        'UNENCODABLE',
        `a section would have ${needed} bytes, more than the ${sectionBytesMax} that one may have: use a higher maxParallelism, so that state is cut into more key groups, or smaller values`,
      )
    }
    const bytes = new Uint8Array(Math.min(Math.max(needed, this.bytes.length * 2), sectionBytesMax))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
  }
}

/** All parts in one, a copy. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
