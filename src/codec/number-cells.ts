// A column of cells that are all numbers, in the form of a NumberWriter, read and written in loops that do nothing else.
//
// Numbers stay in typed arrays for as long as they can: a number that is no small integer is an object of its own in a list of any values,
// and a young object in an old list is one more thing that the collector must be told of.

import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './bytes.ts'
import { numberTag } from './column.ts'

/** Shared by all columns of a thread: nothing in it is needed between two calls. */
let floats = new Float64Array(1_024)

/** Where a column is read to: the same memory for one column after the other, each in the list that suits it. */
export class ColumnMemory {
  readonly cells: unknown[] = []
  whole = new Int32Array(0)
  floats = new Float64Array(0)

  /** Makes room for so many numbers. */
  reserve(count: number): void {
    if (this.whole.length >= count) return
    this.whole = new Int32Array(count)
    this.floats = new Float64Array(count)
  }
}

/** Writes `count` of `cells` from `first` on as a column, or nothing, and false, when one is no number. */
export function writeNumberCells(into: ByteWriter, cells: readonly unknown[], first: number, count: number): boolean {
  if (floats.length < count) floats = new Float64Array(count)
  const numbers = floats
  for (let i = 0; i < count; i++) {
    const cell = cells[first + i]
    if (typeof cell !== 'number') return false
    numbers[i] = cell
  }
  writeNumberColumn(into, numbers, 0, count)
  return true
}

/** Writes `count` of `numbers` from `first` on as a column: whole numbers in 1, 2 or 4 bytes, else float64. -0 is no whole number. */
export function writeNumberColumn(into: ByteWriter, numbers: Float64Array, first: number, count: number): void {
  const width = widthOf(numbers, first, count)
  into.u8(numberTag)
  into.u8(width)
  const at = into.reserve(width * count)
  const { bytes, view } = into
  if (width === 8) for (let i = 0; i < count; i++) view.setFloat64(at + 8 * i, numbers[first + i]!, true)
  else if (width === 4) for (let i = 0; i < count; i++) view.setInt32(at + 4 * i, numbers[first + i]!, true)
  else if (width === 2) for (let i = 0; i < count; i++) view.setInt16(at + 2 * i, numbers[first + i]!, true)
  else for (let i = 0; i < count; i++) bytes[at + i] = numbers[first + i]!
}

function widthOf(numbers: Float64Array, first: number, count: number): 1 | 2 | 4 | 8 {
  let bits = 0
  for (let i = 0; i < count; i++) {
    const number = numbers[first + i]!
    const value = number | 0
    if (value !== number || (value === 0 && 1 / number < 0)) return 8
    bits |= value ^ (value >> 31)
  }
  return bits < 0x80 ? 1 : bits < 0x8000 ? 2 : 4
}

/**
 * The next column, if it is one of numbers.
 * @returns at least `count` numbers, in `memory`, or undefined, and the reader stands where it stood
 */
export function readNumberCells(reader: ByteReader, count: number, memory: ColumnMemory): ArrayLike<number> | undefined {
  if (reader.remaining === 0 || reader.bytes[reader.at] !== numberTag) return undefined
  reader.u8()
  const width = reader.u8()
  if (width !== 1 && width !== 2 && width !== 4 && width !== 8) throw reader.corrupt(`numbers of ${width} bytes do not exist`)
  const at = reader.take(count * width)
  memory.reserve(count)
  const { view } = reader
  if (width === 8) {
    const into = memory.floats
    for (let i = 0; i < count; i++) into[i] = view.getFloat64(at + 8 * i, true)
    return into
  }
  const into = memory.whole
  if (width === 4) for (let i = 0; i < count; i++) into[i] = view.getInt32(at + 4 * i, true)
  else if (width === 2) for (let i = 0; i < count; i++) into[i] = view.getInt16(at + 2 * i, true)
  else for (let i = 0; i < count; i++) into[i] = view.getInt8(at + i)
  return into
}
