// Columns: any values in, the same values out; and bytes that no writer made.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { ByteReader } from '../../src/codec/byte-reader.ts'
import { ByteWriter } from '../../src/codec/bytes.ts'
import { ColumnReader } from '../../src/codec/column-reader.ts'
import { ColumnWriter } from '../../src/codec/column-writer.ts'
import { MillraceError } from '../../src/model/errors.ts'
import { anyText, anyValue, picture, record } from './exact.ts'

const codec = msgpackCodec()

function encode(values: readonly unknown[], writer = new ColumnWriter(codec)): Uint8Array {
  for (const value of values) writer.append(value)
  const bytes = new ByteWriter()
  writer.finish(bytes)
  return bytes.written().slice()
}

function decode(bytes: Uint8Array, count: number): unknown[] {
  const reader = new ByteReader(bytes, 'test column')
  const column = new ColumnReader(reader, count, codec)
  const values: unknown[] = []
  column.decodeInto(values)
  reader.end()
  return values
}

const returns = (values: readonly unknown[], writer?: ColumnWriter): void => {
  expect(decode(encode(values, writer), values.length).map(picture)).toEqual(values.map(picture))
}

const counting = (length: number, value: (i: number) => unknown): unknown[] => Array.from({ length }, (_, i) => value(i))

describe('columns', () => {
  test('CO5 any list of values comes back exactly', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 30 }), (values) => returns(values)),
      { numRuns: 400 },
    )
  })

  test('CO5 columns of one kind come back exactly', () => {
    const kinds = [
      fc.integer(),
      fc.integer({ min: -129, max: 128 }),
      fc.integer({ min: -32_769, max: 32_768 }),
      fc.double(),
      fc.bigInt(),
      fc.date(),
      fc.boolean(),
      anyText,
      record,
    ]
    for (const kind of kinds)
      fc.assert(
        fc.property(fc.array<unknown>(kind, { maxLength: 100 }), (values) => returns(values)),
        { numRuns: 50 },
      )
  })

  test.each<[string, unknown[]]>([
    ['whole numbers at the edges of their widths', [127, -128]],
    ['one more than a byte', [0, 128]],
    ['a negative zero among whole numbers', [1, -0, 2]],
    ['missing, undefined and null fields', [{ a: 1, b: undefined }, { a: 1 }, { a: 1, b: null }, { a: undefined }, {}]],
    [
      'the same keys in another order',
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
    [
      'a key that is a number',
      [
        { b: 1, 2: 'x' },
        { 10: 1, 2: 2 },
      ],
    ],
    ['__proto__ and constructor as data', [JSON.parse('{"__proto__":{"x":1},"constructor":1}'), JSON.parse('{"__proto__":null}')]],
    ['null prototypes', [Object.create(null), { a: Object.create(null) }]],
    ['lone surrogates that would make a pair side by side', ['a\ud83d', '\ude00b']],
    ['arrays in arrays and empty ones', [[], [[], [1]], [[[undefined]]]]],
    ['dates that are none', [new Date(Number.NaN), new Date(0)]],
    ['bigints around 64 bits', [2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n) - 1n]],
    ['no values', []],
  ])('CO5 %s', (_, values) => returns(values))

  test('CO6 a shape that changes once, at every value, or inside of a field comes back', () => {
    returns(counting(500, (i) => (i < 250 ? { a: i } : { a: i, b: 'x' })))
    returns(counting(500, (i) => [{ a: i }, { b: String(i) }, i, null, 'text', undefined, true, [i], new Map([[i, i]])][i % 9]))
    returns(counting(500, (i) => ({ id: i, of: i % 3 === 0 ? { x: i } : i % 3 === 1 ? null : [i, 'a'] })))
  })

  test('CO6 more shapes than a column keeps, more fields, more nesting: the codec takes them', () => {
    returns(counting(2_000, (i) => ({ [`key${i % 300}`]: i })))
    returns(counting(3, () => Object.fromEntries(counting(200, (i) => [`f${i}`, i]) as [string, unknown][])))
    let deep: unknown = 1
    for (let i = 0; i < 40; i++) deep = i % 2 === 0 ? { deep } : [deep]
    returns([deep, deep])
    const wide = (levels: number): unknown =>
      levels === 0 ? 1 : Object.fromEntries(counting(10, (i) => [`f${i}`, wide(levels - 1)]) as [string, unknown][])
    returns([wide(3), wide(3)])
  })

  test('CO6 a million equal constants cost a byte each, a thousand nothing', () => {
    expect(encode(counting(1_000, () => undefined)).length).toBeLessThan(5)
    const bytes = encode(counting(5_000, () => ({ ok: true })))
    expect(bytes.length).toBeGreaterThan(5_000)
    expect(decode(bytes, 5_000).at(-1)).toEqual({ ok: true })
  })

  test('CO7 a writer that was reset works as a new one does, whatever it held', () => {
    const writer = new ColumnWriter(codec)
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 20 }), (values) => {
        writer.reset()
        returns(values, writer)
      }),
      { numRuns: 300 },
    )
    for (let round = 0; round < 50; round++) {
      writer.reset()
      returns(
        counting(100, (i) => ({ [`r${round}`]: i, nested: { [`n${round}`]: [i] } })),
        writer,
      )
    }
  })

  test('CO7 a writer forgets shapes that it no longer meets', () => {
    const writer = new ColumnWriter(codec)
    const current = counting(100, (i) => ({ a: i }))
    encode([{ old: 1 }, { older: { oldest: 1 } }], writer)
    writer.reset()
    encode(current, writer)
    writer.reset()
    expect(writer.size).toBe(2)
    expect(encode(current, writer)).toEqual(encode(current))
  })

  test('CO7 finish leaves the writer as it was: more can follow', () => {
    const writer = new ColumnWriter(codec)
    encode([{ a: 1 }, 'x'], writer)
    expect(decode(encode([{ a: 2 }, 3], writer), 4)).toEqual([{ a: 1 }, 'x', { a: 2 }, 3])
    expect(writer.count).toBe(4)
  })

  test('CO8 a value is encoded when append returns', () => {
    const value = { count: 1, list: [1], map: new Map([[1, 1]]), at: new Date(1) }
    const writer = new ColumnWriter(codec)
    writer.append(value)
    value.count = 2
    value.list.push(2)
    value.map.clear()
    value.at.setTime(2)
    expect(decode(encode([], writer), 1)).toEqual([{ count: 1, list: [1], map: new Map([[1, 1]]), at: new Date(1) }])
  })

  test('CO8 what cannot be encoded is refused with its path from the top, and the writer works again after a reset', () => {
    const writer = new ColumnWriter(codec)
    expect(() => writer.append({ user: { list: [1, { cb: () => 1 }] } })).toThrow(
      expect.objectContaining({ code: 'UNENCODABLE', message: expect.stringContaining('$.user.list[1].cb is a function') }),
    )
    expect(() => writer.append(Object.create(Date.prototype))).toThrow(MillraceError)
    const cycle: Record<string, unknown> = { a: {} }
    cycle.a = { cycle }
    expect(() => new ColumnWriter(codec).append(cycle)).toThrow(/\$\.a\.cycle is \$ again, so the value contains itself/)
    writer.reset()
    returns([1, { user: 1 }], writer)
  })

  test('CO9 decoded objects of one shape are plain and equal in the order of their keys', () => {
    const [first, second] = decode(
      encode([
        { b: 1, a: 2 },
        { b: 3, a: 4 },
      ]),
      2,
    ) as object[]
    expect(Object.getPrototypeOf(first)).toBe(Object.prototype)
    expect([Object.keys(first!), Object.keys(second!)]).toEqual([
      ['b', 'a'],
      ['b', 'a'],
    ])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test('CO9 asking for more values than there are is a defect', () => {
    const column = new ColumnReader(new ByteReader(encode([1]), 'test column'), 1, codec)
    column.next()
    expect(() => column.next()).toThrow(expect.objectContaining({ code: 'INVARIANT' }))
  })
})

/** A damaged column gives values or a MillraceError; anything else fails the test. */
function tolerates(bytes: Uint8Array, count: number): void {
  try {
    decode(bytes, count)
  } catch (thrown) {
    if (!(thrown instanceof MillraceError) || thrown.code === 'INVARIANT') throw thrown
  }
}

describe('damaged columns', () => {
  test('CO10 every byte changed, every cut, and arbitrary bytes give values or a MillraceError', () => {
    fc.assert(
      fc.property(
        fc.array(anyValue, { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (values, where, change) => {
          const bytes = encode(values)
          tolerates(bytes.subarray(0, where % bytes.length), values.length)
          bytes[where % bytes.length]! ^= change
          tolerates(bytes, values.length)
        },
      ),
      { numRuns: 1_500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(40), tolerates), { numRuns: 1_500 })
  })

  test('CO10 a cut column is CORRUPT', () => {
    const bytes = encode(counting(20, (i) => ({ id: i, name: `n${i}`, at: new Date(i), of: i % 2 === 0 ? null : [i] })))
    for (let cut = 0; cut < bytes.length; cut++)
      expect(() => decode(bytes.subarray(0, cut), 20), `cut at ${cut}`).toThrow(expect.objectContaining({ code: 'CORRUPT' }))
  })

  test.each<[string, number[], number]>([
    ['a count without bytes', [1], 4_000_000_000],
    ['empty objects without bytes', [16, 0], 4_000_000_000],
    ['numbers that are not there', [4, 8], 500_000_000],
    ['strings that are not there', [5, 255, 255, 255, 255, 0, 0, 0, 0], 4_000_000_000],
    ['an array of four thousand million nulls', [8, 8, 0, 0, 0, 0, 0, 0, 0xf0, 0x41, 0], 1],
    ['an array of a negative length', [8, 1, 255, 0], 1],
    ['a shape of too many fields', [16, 0xff, 0xff, 0x03], 1],
    ['a shape with a field twice', [16, 2, 4, 97, 4, 97, 0, 0], 1],
    ['a tag that does not exist', [10], 1],
    ['a mixed column without its part', [255, 4, 0], 1],
    ['a part twice', [255, 0, 2, 0, 0], 1],
    ['a number of three bytes', [4, 3, 0, 0, 0], 1],
    ['columns inside of each other without end', [...counting(60, () => [16, 1, 4, 97]).flat(), 0] as number[], 1],
    [
      'columns side by side without end',
      [...counting(20, () => [16, 64, ...counting(64, (i) => [4, 32 + (i as number)]).flat()] as number[]).flat(), 0] as number[],
      1,
    ],
  ])('CO11 %s: refused before anything is allocated', (_, bytes, count) => {
    expect(() => decode(new Uint8Array(bytes), count)).toThrow(
      expect.objectContaining({ code: 'CORRUPT', message: expect.stringContaining('test column') }),
    )
  })
})
