// A column of numbers: whole numbers in 1, 2 or 4 bytes when all of them fit, else float64. -0 is no whole number here.
//
// Also Dates, as their times, and bigints of up to 64 bits. Values wait in typed arrays that double.

import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './bytes.ts'

const capacityInitial = 16

export class NumberWriter {
  #values = new Float64Array(capacityInitial)
  #count = 0
  /** Every bit that some value needs besides its sign. */
  #bits = 0
  #whole = true

  append(value: number): void {
    const at = this.#count++
    if (at === this.#values.length) {
      const values = new Float64Array(2 * at)
      values.set(this.#values)
      this.#values = values
    }
    this.#values[at] = value
    const whole = value | 0
    if (whole === value && (whole !== 0 || 1 / value > 0)) this.#bits |= whole ^ (whole >> 31)
    else this.#whole = false
  }

  finish(into: ByteWriter): void {
    const width = !this.#whole ? 8 : this.#bits < 0x80 ? 1 : this.#bits < 0x8000 ? 2 : 4
    const values = this.#values
    const count = this.#count
    into.u8(width)
    let at = into.reserve(count * width)
    const { view } = into
    if (width === 8) for (let i = 0; i < count; i++, at += 8) view.setFloat64(at, values[i]!, true)
    else if (width === 4) for (let i = 0; i < count; i++, at += 4) view.setInt32(at, values[i]!, true)
    else if (width === 2) for (let i = 0; i < count; i++, at += 2) view.setInt16(at, values[i]!, true)
    else for (let i = 0; i < count; i++, at++) view.setInt8(at, values[i]!)
  }

  reset(): void {
    this.#count = 0
    this.#bits = 0
    this.#whole = true
  }
}

export class NumberReader {
  readonly #view: DataView
  readonly #width: number
  #at: number

  constructor(reader: ByteReader, count: number) {
    const width = reader.u8()
    if (width !== 1 && width !== 2 && width !== 4 && width !== 8) throw reader.corrupt(`numbers of ${width} bytes do not exist`)
    this.#width = width
    this.#view = reader.view
    this.#at = reader.take(count * width)
  }

  /** Whether all of them are integers of at most 32 bits. */
  get whole(): boolean {
    return this.#width < 8
  }

  next(): number {
    const at = this.#at
    const width = this.#width
    this.#at = at + width
    if (width === 8) return this.#view.getFloat64(at, true)
    if (width === 4) return this.#view.getInt32(at, true)
    return width === 2 ? this.#view.getInt16(at, true) : this.#view.getInt8(at)
  }
}

export const fitsBigint64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value

export class BigintWriter {
  #values = new BigInt64Array(capacityInitial)
  #count = 0

  append(value: bigint): void {
    const at = this.#count++
    if (at === this.#values.length) {
      const values = new BigInt64Array(2 * at)
      values.set(this.#values)
      this.#values = values
    }
    this.#values[at] = value
  }

  finish(into: ByteWriter): void {
    const at = into.reserve(8 * this.#count)
    for (let i = 0; i < this.#count; i++) into.view.setBigInt64(at + 8 * i, this.#values[i]!, true)
  }

  reset(): void {
    this.#count = 0
  }
}

export class BigintReader {
  readonly #view: DataView
  #at: number

  constructor(reader: ByteReader, count: number) {
    this.#view = reader.view
    this.#at = reader.take(8 * count)
  }

  next(): bigint {
    const at = this.#at
    this.#at = at + 8
    return this.#view.getBigInt64(at, true)
  }
}
