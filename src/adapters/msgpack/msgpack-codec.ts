// The value codec over MessagePack (msgpackr): any plain value in, the same value out, exactly, or UNENCODABLE with the path.
//
// MessagePack and msgpackr by themselves lose -0, lone surrogates, a leading U+FEFF (in long strings), big bigints, Map against object,
// Set, typed arrays, null prototypes, keys called __proto__, and write functions as undefined. carrier.ts wraps those before, and
// unwraps them after; the first byte says whether anything was wrapped, so ordinary values are not walked twice.
//
// msgpackr is used without records, extensions, shared structures and toJSON; nothing is compiled from what is read. Received bytes are
// checked as a whole (wire.ts) before msgpackr sees them. The checksum is the blob's or the frame's business.

import { Packr } from 'msgpackr'
import type { ValueCodec } from '../../model/codec.ts'
import { MillraceError, messageOf } from '../../model/errors.ts'
import { valueBytesMax } from '../../model/limits.ts'
import { Carrier } from './carrier.ts'
import { unwrap } from './unwrap.ts'
import { checkWire } from './wire.ts'

const plain = 0
const wrapped = 1
/** msgpackr: leave this many bytes free in front. The constant is RESERVE_START_SPACE in its README. */
const reserveOneByte = 2_048 | 1

const packer = (): Packr =>
  new Packr({
    useRecords: false,
    mapsAsObjects: true,
    variableMapSize: true,
    copyBuffers: true,
    moreTypes: false,
    structuredClone: false,
    useToJSON: false,
  })

/** Two codecs of the same name read each other's bytes. */
export function msgpackCodec(): ValueCodec {
  const packr = packer()
  const carrier = new Carrier()
  return {
    name: 'msgpack-1',

    encode(value) {
      const carried = carrier.carry(value)
      let packed: Uint8Array
      try {
        packed = packr.pack(carried, reserveOneByte)
      } catch (thrown) {
        throw new MillraceError('UNENCODABLE', `a value cannot be encoded: ${messageOf(thrown)}`, { cause: thrown })
      }
      if (packed.length > valueBytesMax) throw tooLarge(packed.length)
      // A copy: what msgpackr returns is a window of a buffer that it shares between values.
      const bytes = new Uint8Array(packed)
      bytes[0] = carrier.hasWrapped ? wrapped : plain
      return bytes
    },

    decode(bytes) {
      // A fresh view: msgpackr leaves a property on what it is given, and a Buffer would come out as Buffers.
      const body = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(1)
      const mark = bytes[0]
      if (bytes.length > valueBytesMax || (mark !== plain && mark !== wrapped)) {
        throw new MillraceError(
          'CORRUPT',
          `an encoded value of ${bytes.length} bytes begins with ${mark}: it was not written by this codec`,
        )
      }
      checkWire(body)
      let value: unknown
      try {
        value = packr.unpack(body)
      } catch (thrown) {
        throw new MillraceError('CORRUPT', `an encoded value of ${bytes.length} bytes cannot be read: ${messageOf(thrown)}`, {
          cause: thrown,
        })
      }
      return mark === wrapped ? unwrap(value) : value
    },
  }
}

const tooLarge = (bytes: number): MillraceError =>
  new MillraceError(
    'UNENCODABLE',
    `a value has ${bytes} bytes encoded, more than ${valueBytesMax}: keep it in several entries, such as a map state`,
  )
