// The checksum against the published check value, a bit-by-bit CRC, and damage.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checksum } from '../../src/codec/checksum.ts'

const utf8 = new TextEncoder()

/** The definition, one bit at a time. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('checksum', () => {
  test.each([
    ['', 0],
    ['123456789', 0xe3069283],
    ['The quick brown fox jumps over the lazy dog', 0x22620404],
  ])('CO2 CRC-32C of %j', (text, expected) => {
    expect(checksum(utf8.encode(text))).toBe(expected)
  })

  test('CO2 agrees with the definition for any length and any offset in its buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (bytes, skip) => {
        const view = bytes.subarray(Math.min(skip, bytes.length))
        expect(checksum(view)).toBe(bitwise(view))
      }),
    )
  })

  test('CO2 sees every burst of up to 32 bits, so every flipped bit', () => {
    const bytes = Uint8Array.from({ length: 70 }, (_, i) => (i * 37) & 0xff)
    const intact = checksum(bytes)
    const flip = (bit: number): void => {
      bytes[bit >> 3]! ^= 1 << (bit & 7)
    }
    for (let start = 0; start < bytes.length * 8; start++) {
      for (const pattern of [1, 0b11, 0b101, 0xffff, 0x8000_0001, 0xdead_beef, 0xffff_ffff]) {
        const flipped: number[] = []
        for (let i = 0; i < 32; i++) if (((pattern >>> i) & 1) === 1 && start + i < bytes.length * 8) flipped.push(start + i)
        flipped.forEach(flip)
        expect(checksum(bytes)).not.toBe(intact)
        flipped.forEach(flip)
      }
    }
    expect(checksum(bytes)).toBe(intact)
  })
})
