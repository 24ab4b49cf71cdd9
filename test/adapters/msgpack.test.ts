// The msgpack value codec: exact or refused on the way in, and no trust on the way out.

import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { MillraceError } from '../../src/model/errors.ts'
import { valueBytesMax, valueDepthMax } from '../../src/model/limits.ts'
import { anyValue, picture } from '../codec/exact.ts'

const codec = msgpackCodec()
const roundTrip = (value: unknown): unknown => codec.decode(codec.encode(value))

function nested(levels: number, into: (inner: unknown) => unknown = (inner) => [inner]): unknown {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = into(value)
  return value
}

describe('msgpack', () => {
  test('CO12 any value comes back exactly', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(picture(roundTrip(value))).toBe(picture(value))
      }),
      { numRuns: 2_000 },
    )
  })

  test.each<[string, unknown]>([
    ['-0', [-0, 0, { a: -0 }]],
    ['a long string that begins with U+FEFF', '\ufeff'.padEnd(200, 'x')],
    ['lone surrogates in strings and keys', { '\udc00': 'a\ud800' }],
    ['undefined against null against missing', [undefined, null, { a: undefined }]],
    ['a big bigint', [2n ** 64n, -(2n ** 64n), 10n ** 400n, 2n ** 63n]],
    [
      'Map against object, any keys',
      [
        new Map<unknown, unknown>([
          [{ a: 1 }, 1],
          [Number.NaN, -0],
        ]),
        {},
      ],
    ],
    ['Set', new Set([new Set([1]), 'a'])],
    ['dates', [new Date(0), new Date(-1), new Date(8.64e15), new Date(Number.NaN), new Date(1_700_000_000_123)]],
    ['__proto__ as data', JSON.parse('{"a":{"__proto__":{"b":1}},"__proto__":2}')],
    ['names of methods as data', { constructor: 1, toJSON: 2, hasOwnProperty: 3, valueOf: 4 }],
    ['a null prototype', Object.assign(Object.create(null), { a: 1 })],
    ['a key that wraps', { '\0': [3, 5] }],
    [
      'typed arrays and Buffers',
      [new Uint8Array([1]), Buffer.from('ab'), new Float32Array([0.5]), new BigInt64Array([-1n]), new Uint8ClampedArray([9])],
    ],
    ['an object of more than 65,535 keys', Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]))],
    ['the deepest value', nested(valueDepthMax)],
    ['the deepest value of wrapped maps', nested(valueDepthMax, (inner) => new Map([[-0, inner]]))],
  ])('CO12 %s', (_, value) => {
    expect(picture(roundTrip(value))).toBe(picture(value))
  })

  test('CO12 decoded byte arrays are copies', () => {
    const bytes = codec.encode([new Uint8Array([7])])
    const [decoded] = codec.decode(bytes) as [Uint8Array]
    bytes.fill(0)
    expect([...decoded]).toEqual([7])
    expect(decoded.buffer.byteLength).toBe(1)
  })

  class Money {
    cents = 1
  }
  const inside = (make: (self: Record<string, unknown>) => unknown): unknown => {
    const self: Record<string, unknown> = {}
    self.x = make(self)
    return self
  }
  const sparse: unknown[] = [1]
  sparse[2] = 3

  test.each<[string, unknown, string]>([
    ['a function', { user: { cb: () => 1 } }, '$.user.cb is a function'],
    ['a symbol', [[Symbol('s')]], '$[0][0] is a symbol'],
    ['a class instance', { 'the price': new Money() }, '$["the price"] is an instance of Money'],
    ['an Error', new Map([['a', new TypeError('x')]]), '$(value 0) is an instance of TypeError'],
    ['a RegExp in a Set', new Set([1, /x/]), '$(element 1) is an instance of RegExp'],
    ['an ArrayBuffer', [new ArrayBuffer(1)], '$[0] is an instance of ArrayBuffer'],
    ['a boxed number', [Object(1)], '$[0] is an instance of Number'],
    ['a subclass of Map', [new (class Index extends Map {})()], '$[0] is an instance of Index'],
    ['an object that only inherits from Date', [Object.create(Date.prototype)], '$[0] is an instance of Date'],
    ['a promise', { p: Promise.resolve() }, '$.p is an instance of Promise'],
    ['an array with a hole', { list: sparse }, '$.list is an array with a hole at 1'],
    ['an array with a property', { found: /b/.exec('abc') }, '$.found is an array with the property "index" beside its elements'],
    ['a cycle', inside((self) => ({ y: [self] })), '$.x.y[0] is $ again, so the value contains itself'],
    ['a cycle through a Map', inside((self) => new Map([[1, self]])), '$.x(value 0) is $ again'],
    ['too deep', nested(valueDepthMax + 1), `nested deeper than ${valueDepthMax} levels`],
    ['too large', 'x'.repeat(valueBytesMax), `more than ${valueBytesMax} bytes`],
    ['one that grows by sharing', nested(40, (inner) => [inner, inner, 'x'.repeat(10_000)]), `more than ${valueBytesMax} bytes`],
  ])('CO13 %s is refused with its path', (_, value, says) => {
    expect(() => codec.encode(value)).toThrow(expect.objectContaining({ code: 'UNENCODABLE', message: expect.stringContaining(says) }))
    expect(roundTrip({ after: 'it' })).toEqual({ after: 'it' })
  })

  function tolerates(bytes: Uint8Array): void {
    try {
      codec.decode(bytes)
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.code !== 'CORRUPT') throw thrown
    }
  }

  test('CO14 arbitrary and changed bytes give a value or CORRUPT', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(1), (bytes, mark) => tolerates(new Uint8Array([mark, ...bytes]))),
      { numRuns: 3_000 },
    )
    fc.assert(
      fc.property(anyValue, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, where, change) => {
        const bytes = codec.encode(value)
        bytes[where % bytes.length]! ^= change
        tolerates(bytes)
      }),
      { numRuns: 3_000 },
    )
  })

  test('CO14 a value cut anywhere or with something behind it is CORRUPT', () => {
    const bytes = codec.encode({ a: [1, 2.5, 'text', 300, -70_000, null, 5n], b: { c: new Map([[1, new Uint8Array(3)]]) } })
    for (let cut = 0; cut < bytes.length; cut++)
      expect(() => codec.decode(bytes.subarray(0, cut)), `cut at ${cut}`).toThrow(expect.objectContaining({ code: 'CORRUPT' }))
    expect(() => codec.decode(new Uint8Array([...bytes, 0xc0]))).toThrow(expect.objectContaining({ code: 'CORRUPT' }))
  })

  test.each<[string, number[]]>([
    ['another first byte', [2, 0xc0]],
    ['a record definition, which msgpackr compiles', [0, 0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01]],
    ['a reference', [0, 0xd6, 0x70, 0, 0, 0, 1]],
    ['a regular expression', [0, 0xd4, 0x78, 0, 0x92, 0xa1, 0x61, 0xa0]],
    ['an error', [0, 0xd4, 0x65, 0, 0x93, 0xa1, 0x61, 0xa0, 0xc0]],
    ['a string bundle', [0, 0xd6, 0x62, 0, 0, 0, 4, 0xa0, 0xa0]],
    ['a timestamp', [0, 0xd6, 0xff, 0, 0, 0, 0]],
    ['a timestamp of one byte', [0, 0xd4, 0xff, 0]],
    ['a bigint extension', [0, 0xd4, 0x42, 0]],
    ['0xc1', [0, 0xc1]],
    ['a float32', [0, 0xca, 0, 0, 0, 0]],
    ['a key that is no string', [0, 0x81, 0x01, 0x01]],
    ['an array of four thousand million', [0, 0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['a string of four thousand million', [0, 0xdb, 0xff, 0xff, 0xff, 0xff]],
    ['a map of four thousand million', [0, 0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['bytes that are not there', [0, 0xc6, 0xff, 0xff, 0xff, 0xff]],
    ['nesting without end', [0, ...new Array<number>(100_000).fill(0x91)]],
    ['an unknown form', [1, 0x81, 0xa1, 0, 0x92, 0x63, 0xc0]],
    ['a bigint of no digits', [1, 0x81, 0xa1, 0, 0x92, 2, 0xa1, 0x78]],
    ['half a float64', [1, 0x81, 0xa1, 0, 0x92, 8, 0x92, 7, 0xc4, 3, 0, 0, 0]],
  ])('CO14 %s is CORRUPT', (_, bytes) => {
    expect(() => codec.decode(new Uint8Array(bytes))).toThrow(expect.objectContaining({ name: 'MillraceError', code: 'CORRUPT' }))
  })

  test('CO14 what msgpackr would lose by itself is really lost there, so the wrapping is needed', () => {
    const bare = new Packr({ useRecords: false, variableMapSize: true })
    const lost = [-0, 'a\ud800', JSON.parse('{"__proto__":1}'), new Map([[1, 1]]), new Set([1]), Object.create(null)]
    for (const value of lost) expect(picture(bare.unpack(bare.pack(value)))).not.toBe(picture(value))
  })
})
