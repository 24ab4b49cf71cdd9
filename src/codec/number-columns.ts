// Columns that are known to hold nothing but numbers, or plain objects whose fields are all numbers, written straight from typed arrays and
// read straight into them.
//
// The bytes are those that a ColumnWriter makes of the same values, and a ColumnReader reads them. A number is written in 2 ns instead of 20,
// because nothing is asked of it again. What is read here is checked as a ColumnReader checks it; a column of another make is left to one.

import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './bytes.ts'
import { fieldsMax, freeValues, mixedTag, numberTag, shapesMax, shapeTag, undefinedTag } from './column.ts'
import { readKeys } from './shapes.ts'
import { writeText } from './text.ts'

/** So many numbers of a column say how wide it probably is. */
const sampled = 32

/** Writes a column of `count` numbers: every `stride`-th of `values` from `first` on. */
export function writeNumbers(into: ByteWriter, values: Float64Array, count: number, first = 0, stride = 1): void {
  into.u8(numberTag)
  const start = into.length
  // A few of them need no more room than all, so where all fit into it, it is the least.
  if (writeAs(widthOf(values, Math.min(count, sampled), first, stride), into, values, count, first, stride)) return
  into.truncate(start)
  writeAs(widthOf(values, count, first, stride), into, values, count, first, stride)
}

/** Least bytes a number: whole numbers in 1, 2 or 4, else 8. -0 is no whole number. */
function widthOf(values: Float64Array, count: number, first: number, stride: number): number {
  let bits = 0
  for (let i = 0, from = first; i < count; i++, from += stride) {
    const value = values[from]!
    const whole = value | 0
    if (whole !== value || Object.is(value, -0)) return 8
    bits |= whole ^ (whole >> 31)
  }
  return bits < 0x80 ? 1 : bits < 0x8000 ? 2 : 4
}

/** False when a number needs more bytes: what was written is then of no use. */
function writeAs(width: number, into: ByteWriter, values: Float64Array, count: number, first: number, stride: number): boolean {
  into.u8(width)
  const at = into.reserve(count * width)
  const { view } = into
  if (width === 8) return write8(view, at, values, count, first, stride)
  if (width === 4) return write4(view, at, values, count, first, stride)
  if (width === 2) return write2(view, at, values, count, first, stride)
  return write1(view, at, values, count, first, stride)
}

// A function a width: V8 compiles one as soon as its loop is long, and would give up a common one whenever another width came.

function write8(view: DataView, start: number, values: Float64Array, count: number, first: number, stride: number): boolean {
  for (let i = 0, at = start, from = first; i < count; i++, at += 8, from += stride) view.setFloat64(at, values[from]!, true)
  return true
}

function write4(view: DataView, start: number, values: Float64Array, count: number, first: number, stride: number): boolean {
  for (let i = 0, at = start, from = first; i < count; i++, at += 4, from += stride) {
    const value = values[from]!
    const whole = value | 0
    if (whole !== value || Object.is(value, -0)) return false
    view.setInt32(at, whole, true)
  }
  return true
}

function write2(view: DataView, start: number, values: Float64Array, count: number, first: number, stride: number): boolean {
  for (let i = 0, at = start, from = first; i < count; i++, at += 2, from += stride) {
    const value = values[from]!
    const whole = (value << 16) >> 16
    if (whole !== value || Object.is(value, -0)) return false
    view.setInt16(at, whole, true)
  }
  return true
}

function write1(view: DataView, start: number, values: Float64Array, count: number, first: number, stride: number): boolean {
  for (let i = 0, from = first; i < count; i++, from += stride) {
    const value = values[from]!
    const whole = (value << 24) >> 24
    if (whole !== value || Object.is(value, -0)) return false
    view.setInt8(start + i, whole)
  }
  return true
}

/** Writes a column of `count` objects that lie in `rows` one behind the other. */
export function writeObjects(into: ByteWriter, fields: readonly string[], rows: Float64Array, count: number): void {
  into.u8(shapeTag)
  into.varint(fields.length)
  for (const field of fields) writeText(into, field)
  for (let i = 0; i < fields.length; i++) writeNumbers(into, rows, count, i, fields.length)
}

/** Writes a column of `count` times undefined. Beyond the free ones each value spends a byte, as a reader demands. */
export function writeUndefined(into: ByteWriter, count: number): void {
  if (count <= freeValues) {
    into.u8(undefinedTag)
    return
  }
  into.u8(mixedTag)
  const tags = into.reserve(count)
  into.bytes.fill(undefinedTag, tags, into.length)
  into.u8(1)
  into.u8(undefinedTag)
}

/** The next column, if it is one of numbers; the reader then stands behind it, else where it stood. */
export function readNumbers(reader: ByteReader, count: number): Float64Array | undefined {
  if (count >= reader.remaining || reader.bytes[reader.at] !== numberTag) return undefined
  const values = new Float64Array(count)
  readInto(reader, values, count, 0, 1)
  return values
}

/** The next column, if it is one of undefined only: true, and the reader stands behind it, else false, and it stands where it stood. */
export function readUndefined(reader: ByteReader, count: number): boolean {
  const { bytes, at, remaining } = reader
  if (remaining > 0 && bytes[at] === undefinedTag && count <= freeValues) {
    reader.u8()
    return true
  }
  const end = at + 1 + count
  if (remaining < count + 3 || bytes[at] !== mixedTag || bytes[end] !== 1 || bytes[end + 1] !== undefinedTag) return false
  for (let i = at + 1; i < end; i++) if (bytes[i] !== undefinedTag) return false
  reader.take(count + 3)
  return true
}

/** The next column, if it is one of objects of one shape with numbers in all fields: the reader then stands behind it, else where it stood. */
export function readObjects(reader: ByteReader, count: number): { readonly fields: string[]; readonly rows: Float64Array } | undefined {
  const start = reader.at
  if (reader.remaining === 0) return undefined
  const tag = reader.bytes[start]!
  if (tag < shapeTag || tag >= shapeTag + shapesMax) return undefined
  reader.u8()
  const fields = readKeys(reader)
  if (fields.length > 0 && fields.length <= fieldsMax && fields.length * count <= reader.remaining) {
    const rows = new Float64Array(count * fields.length)
    let read = 0
    while (read < fields.length && readInto(reader, rows, count, read, fields.length)) read++
    if (read === fields.length) return { fields, rows }
  }
  reader.at = start
  return undefined
}

/** Reads a column of numbers into every `stride`-th of `values`. False when it is none: the reader's place then means nothing. */
function readInto(reader: ByteReader, values: Float64Array, count: number, first: number, stride: number): boolean {
  if (reader.u8() !== numberTag) return false
  const width = reader.u8()
  if (width !== 1 && width !== 2 && width !== 4 && width !== 8) throw reader.corrupt(`numbers of ${width} bytes do not exist`)
  let at = reader.take(count * width)
  const { view } = reader
  let to = first
  if (width === 8) for (let i = 0; i < count; i++, at += 8, to += stride) values[to] = view.getFloat64(at, true)
  else if (width === 4) for (let i = 0; i < count; i++, at += 4, to += stride) values[to] = view.getInt32(at, true)
  else if (width === 2) for (let i = 0; i < count; i++, at += 2, to += stride) values[to] = view.getInt16(at, true)
  else for (let i = 0; i < count; i++, at++, to += stride) values[to] = view.getInt8(at)
  return true
}
