// Checks received MessagePack as a whole before msgpackr sees it: complete, nothing behind the end, nesting bounded, keys are strings,
// and none of the tokens that msgpackr gives a further meaning (records, which it compiles, references, regular expressions, errors).
// Lengths are compared with the bytes that are there, so nothing is allocated for what is only claimed.

import { MillraceError } from '../../model/errors.ts'
import { valueDepthMax } from '../../model/limits.ts'

/** A wrapped value has up to three levels more for each of its own. */
const levelsMax = 4 * valueDepthMax

/** @throws CORRUPT */
export function checkWire(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = skip(bytes, view, 0, 0)
  if (end !== bytes.length) throw corrupt(bytes, end, end > bytes.length ? 'it ends too early' : 'something follows the value')
}

/** Offset behind the value at `at`; beyond the end where bytes are missing. */
function skip(bytes: Uint8Array, view: DataView, at: number, level: number): number {
  const token = bytes[at]
  if (token === undefined) throw corrupt(bytes, at, 'it ends too early')
  if (token < 0x80 || token >= 0xe0) return at + 1
  if (token < 0x90) return skipMap(bytes, view, at + 1, token & 0x0f, level)
  if (token < 0xa0) return skipArray(bytes, view, at + 1, token & 0x0f, level)
  if (token < 0xc0) return at + 1 + (token & 0x1f)
  switch (token) {
    case 0xc0: // null
    case 0xc2: // false
    case 0xc3: // true
      return at + 1
    case 0xcc: // unsigned and signed integers, float64
    case 0xd0:
      return at + 2
    case 0xcd:
    case 0xd1:
      return at + 3
    case 0xce:
    case 0xd2:
      return at + 5
    case 0xcf:
    case 0xd3:
    case 0xcb:
      return at + 9
    case 0xd4: // msgpackr's undefined is the one extension
      if (bytes[at + 1] !== 0 || bytes[at + 2] !== 0) throw corrupt(bytes, at, 'it has an extension')
      return at + 3
    case 0xc4: // bytes and strings
    case 0xd9:
      return at + 2 + length(bytes, view, at + 1, 1)
    case 0xc5:
    case 0xda:
      return at + 3 + length(bytes, view, at + 1, 2)
    case 0xc6:
    case 0xdb:
      return at + 5 + length(bytes, view, at + 1, 4)
    case 0xdc:
      return skipArray(bytes, view, at + 3, length(bytes, view, at + 1, 2), level)
    case 0xdd:
      return skipArray(bytes, view, at + 5, length(bytes, view, at + 1, 4), level)
    case 0xde:
      return skipMap(bytes, view, at + 3, length(bytes, view, at + 1, 2), level)
    case 0xdf:
      return skipMap(bytes, view, at + 5, length(bytes, view, at + 1, 4), level)
    default:
      throw corrupt(bytes, at, `it has the token ${token}, which is never written`)
  }
}

function length(bytes: Uint8Array, view: DataView, at: number, width: number): number {
  if (at + width > bytes.length) throw corrupt(bytes, at, 'it ends too early')
  return width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at)
}

function skipArray(bytes: Uint8Array, view: DataView, at: number, count: number, level: number): number {
  if (level === levelsMax) throw corrupt(bytes, at, `it is nested deeper than ${levelsMax} levels`)
  for (; count > 0; count--) at = skip(bytes, view, at, level + 1)
  return at
}

function skipMap(bytes: Uint8Array, view: DataView, at: number, count: number, level: number): number {
  if (level === levelsMax) throw corrupt(bytes, at, `it is nested deeper than ${levelsMax} levels`)
  for (; count > 0; count--) {
    const token = bytes[at] ?? 0
    if ((token < 0xa0 || token >= 0xc0) && (token < 0xd9 || token > 0xdb)) throw corrupt(bytes, at, 'it has a key that is no string')
    at = skip(bytes, view, skip(bytes, view, at, level + 1), level + 1)
  }
  return at
}

const corrupt = (bytes: Uint8Array, at: number, why: string): MillraceError =>
  new MillraceError('CORRUPT', `an encoded value of ${bytes.length} bytes is damaged at byte ${at}: ${why}`)
