// Strings as bytes. A string is a header (a varint: UTF-16 units × 4 + encoding) and its units, one byte each where all are below 256, else
// two. So every string comes back exactly, lone surrogates too.
//
// What is decoded is a flat string of its own. A slice of a larger decoded text would be cheaper (about 20 ns) and would keep that whole
// text alive as long as one of its strings is kept. Up to 16 units go through one call of fromCharCode with fixed arguments (29 ns for 8
// units, 36 for 16; with a spread argument list 135 and 177); more go through Buffer (75 to 100 ns up to 200 units, where a TextDecoder takes
// 120 to 140).

import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './bytes.ts'

export const ascii = 0
const latin1 = 1
const utf16 = 2

/** Units of a string that are turned into arguments of one call. */
const fixedUnitsMax = 16
const unitsOf = String.fromCharCode

export const headerOf = (units: number, encoding: number): number => units * 4 + encoding
export const bytesOfHeader = (header: number): number => (header >>> 2) * ((header & 3) === utf16 ? 2 : 1)

/** Appends the units of `text`, without its header, which is returned. */
export function writeUnits(into: ByteWriter, text: string): number {
  const units = text.length
  const start = into.reserve(units)
  const { bytes } = into
  let seen = 0
  for (let i = 0; i < units; i++) {
    const unit = text.charCodeAt(i)
    bytes[start + i] = unit
    seen |= unit
  }
  if (seen < 0x80) return headerOf(units, ascii)
  if (seen < 0x100) return headerOf(units, latin1)
  into.truncate(start)
  into.reserve(2 * units)
  for (let i = 0; i < units; i++) into.view.setUint16(start + 2 * i, text.charCodeAt(i), true)
  return headerOf(units, utf16)
}

/** Reads the units that `header` describes, at an offset that has been checked. */
export function readUnits(buffer: Buffer, at: number, header: number): string {
  const units = header >>> 2
  if ((header & 3) === utf16) return buffer.toString('utf16le', at, at + 2 * units)
  return units > fixedUnitsMax ? buffer.toString('latin1', at, at + units) : short(buffer, at, units)
}

/** Appends a string with its header. */
export function writeText(into: ByteWriter, text: string): void {
  const start = into.length
  into.reserve(5)
  const header = writeUnits(into, text)
  const length = bytesOfHeader(header)
  into.truncate(start)
  into.varint(header)
  into.bytes.copyWithin(into.length, start + 5, start + 5 + length)
  into.reserve(length)
}

export function readText(reader: ByteReader): string {
  const header = checkedHeader(reader, reader.varint())
  return readUnits(reader.buffer, reader.take(bytesOfHeader(header)), header)
}

export function checkedHeader(reader: ByteReader, header: number): number {
  if ((header & 3) > utf16) throw reader.corrupt('a string has an unknown encoding')
  return header
}

// biome-ignore format: one line a length, so that the arguments stay visibly in step
function short(b: Uint8Array, p: number, units: number): string {
  switch (units) {
    case 0: return ''
    case 1: return unitsOf(b[p]!)
    case 2: return unitsOf(b[p]!, b[p + 1]!)
    case 3: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!)
    case 4: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!)
    case 5: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!)
    case 6: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!)
    case 7: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!)
    case 8: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!)
    case 9: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!)
    case 10: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!, b[p + 9]!)
    case 11: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!, b[p + 9]!, b[p + 10]!)
    case 12: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!, b[p + 9]!, b[p + 10]!, b[p + 11]!)
    case 13: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!, b[p + 9]!, b[p + 10]!, b[p + 11]!, b[p + 12]!)
    case 14: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!, b[p + 9]!, b[p + 10]!, b[p + 11]!, b[p + 12]!, b[p + 13]!)
    case 15: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!, b[p + 9]!, b[p + 10]!, b[p + 11]!, b[p + 12]!, b[p + 13]!, b[p + 14]!)
    default: return unitsOf(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!, b[p + 9]!, b[p + 10]!, b[p + 11]!, b[p + 12]!, b[p + 13]!, b[p + 14]!, b[p + 15]!)
  }
}
