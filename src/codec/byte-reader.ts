// Bytes being read, every access checked: input that ends too early or claims too much is CORRUPT, by name and offset, never a RangeError.
//
// A length is compared with the bytes that are left before anything is allocated for it.

import { MillraceError } from '../model/errors.ts'

export class ByteReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** What is being read, for error messages: 'checkpoint 7, section total/12'. */
  readonly what: string
  /** Offset of the next byte. */
  at = 0
  #buffer: Buffer | undefined

  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.what = what
  }

  /** The same bytes, for strings: a Buffer makes them faster than a TextDecoder does. */
  get buffer(): Buffer {
    this.#buffer ??= Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
    return this.#buffer
  }

  get remaining(): number {
    return this.bytes.length - this.at
  }

  /**
   * Moves past the next `count` bytes.
   * @returns the offset of the first
   * @throws CORRUPT when fewer are left
   */
  take(count: number): number {
    const start = this.at
    if (count > this.bytes.length - start) throw this.corrupt(`${count} bytes are needed and ${this.remaining} are left`)
    this.at = start + count
    return start
  }

  u8(): number {
    return this.bytes[this.take(1)]!
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true)
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true)
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true)
  }

  f64(): number {
    return this.view.getFloat64(this.take(8), true)
  }

  /** See `ByteWriter.varint`. */
  varint(): number {
    const first = this.bytes[this.at]
    if (first !== undefined && first < 0x80) {
      this.at++
      return first
    }
    let value = 0
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break
        return value
      }
    }
    throw this.corrupt('a number is longer than 32 bits')
  }

  /** The next `count` bytes as a view: whoever keeps it keeps the whole input. */
  span(count: number): Uint8Array {
    const start = this.take(count)
    return this.bytes.subarray(start, start + count)
  }

  /** A reader of the next `count` bytes, which this one moves past. */
  part(count: number): ByteReader {
    return new ByteReader(this.span(count), this.what)
  }

  /** Refuses input behind what has been read. */
  end(): void {
    if (this.remaining > 0) throw this.corrupt(`${this.remaining} bytes follow the end`)
  }

  corrupt(why: string): MillraceError {
    return new MillraceError('CORRUPT', `${this.what} is damaged at byte ${this.at}: ${why}`)
  }
}
