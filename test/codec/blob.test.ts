// Blobs: sections in, the same sections out, and nothing else is ever accepted.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BlobWriter, openBlob } from '../../src/codec/blob.ts'
import { joined } from '../../src/codec/bytes.ts'

const label = { kind: 'state', codec: 'msgpack-1' }
type Sections = readonly (readonly [id: string, bytes: Uint8Array])[]

function write(sections: Sections, blobLabel = label) {
  const writer = new BlobWriter(blobLabel)
  for (const [id, bytes] of sections) writer.section(id, bytes)
  const blob = writer.finish()
  return { ...blob, bytes: joined(blob.parts) }
}

const sections: Sections = [
  ['total/0', new Uint8Array([1, 2, 3])],
  ['total/1', new Uint8Array([])],
  ['timers/1', new Uint8Array([9, 9, 9, 9, 9])],
]
const refused = expect.objectContaining({ name: 'MillraceError', code: 'CORRUPT', message: expect.stringContaining('blob ck-7/0') })

describe('blob', () => {
  test('CP17 bytes that were found whole are not verified again', () => {
    const { bytes } = write([['s', new Uint8Array(100)]])
    const last = bytes.length - 1
    openBlob('x', bytes)
    bytes[last]! ^= 1
    expect(openBlob('x', bytes).sections[0]!.bytes.at(-1)).toBe(1)
    expect(() => openBlob('x', bytes.slice())).toThrow('checksum')
  })

  test('CO3 gives back its sections in order, whatever their ids and bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.uint8Array())), (given) => {
        const blob = write(given)
        const opened = openBlob('x', blob.bytes, label)
        expect(opened.checksum).toBe(blob.checksum)
        expect(opened.sections.map(({ id, bytes }) => [id, [...bytes]])).toEqual(given.map(([id, bytes]) => [id, [...bytes]]))
      }),
    )
  })

  test('CO15 its parts are the sections themselves behind the header, and its length is theirs', () => {
    const { parts, length, bytes } = write(sections)
    expect(parts.slice(1).every((part, i) => part === sections[i]![1])).toBe(true)
    expect(parts).toHaveLength(4)
    expect(length).toBe(bytes.length)
  })

  test('CO3 opens inside of a larger buffer', () => {
    const { bytes } = write(sections)
    const buffer = new Uint8Array(bytes.length + 7)
    buffer.set(bytes, 3)
    expect(openBlob('x', buffer.subarray(3, 3 + bytes.length), label).sections).toHaveLength(3)
  })

  test.each([
    [{ kind: 'records', codec: 'msgpack-1' }, 'it holds state, not records'],
    [{ kind: 'state', codec: 'v8' }, 'written by the codec msgpack-1, not v8'],
  ])('CO3 a blob of another kind or codec is refused by name: %o', (expected, says) => {
    expect(() => openBlob('ck-7/0', write(sections).bytes, expected)).toThrow(
      expect.objectContaining({ code: 'STATE_MISMATCH', message: expect.stringMatching(new RegExp(`blob ck-7/0 .*${says}`)) }),
    )
  })

  test('CO4 every single flipped bit is found', () => {
    const { bytes } = write(sections)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice()
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => openBlob('ck-7/0', damaged, label), `bit ${bit}`).toThrow(refused)
    }
  })

  test('CO4 a blob that is cut off anywhere, empty, or goes on is refused', () => {
    const { bytes } = write(sections)
    for (let cut = 0; cut < bytes.length; cut++)
      expect(() => openBlob('ck-7/0', bytes.subarray(0, cut), label), `cut at ${cut}`).toThrow(refused)
    expect(() => openBlob('ck-7/0', new Uint8Array([...bytes, 0]), label)).toThrow(refused)
    expect(() => openBlob('ck-7/0', new Uint8Array([...bytes, ...bytes]), label)).toThrow(refused)
  })

  test('CO4 names the section that is damaged, and both checksums', () => {
    const { bytes } = write(sections)
    bytes[bytes.length - 6]! ^= 0x10
    expect(() => openBlob('ck-7/0', bytes, label)).toThrow(/section "total\/0" has the checksum [0-9a-f]{8} and should have [0-9a-f]{8}/)
  })

  test('CO4 arbitrary bytes are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, begun) => {
        if (begun) bytes.set([0x4d, 0x52, 0x42, 0x31, 1].slice(0, bytes.length))
        expect(() => openBlob('ck-7/0', bytes, label)).toThrow(refused)
      }),
    )
  })
})
