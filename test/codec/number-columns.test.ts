// Columns of numbers that are written straight from typed arrays, against those that are written value by value.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { ByteWriter } from '../../src/codec/bytes.ts'
import { ColumnWriter } from '../../src/codec/column-writer.ts'
import { writeNumbers } from '../../src/codec/number-columns.ts'

const anyNumber = fc.oneof(
  fc.constantFrom(0, -0, Number.NaN, 0.5, 127, 128, -128, -129, 32_767, 32_768, -32_768, -32_769, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 1e300),
  fc.integer({ min: -128, max: 127 }),
  fc.integer(),
)

function oneByOne(values: readonly number[]): Uint8Array {
  const column = new ColumnWriter(msgpackCodec())
  for (const value of values) column.append(value)
  const bytes = new ByteWriter()
  column.finish(bytes)
  return bytes.written()
}

test('CO17 numbers from a typed array have the bytes that they have one by one, wherever the widest of them stands', () => {
  const columns = fc.tuple(fc.nat(70), fc.integer({ min: -128, max: 127 }), fc.nat(69), anyNumber, fc.integer({ min: 1, max: 3 }))
  fc.assert(
    fc.property(columns, ([more, usual, at, odd, stride]) => {
      const values = new Array<number>(more + 1).fill(usual)
      values[Math.min(at, more)] = odd
      const rows = new Float64Array(values.length * stride)
      for (const [i, value] of values.entries()) rows[i * stride + stride - 1] = value
      const bytes = new ByteWriter()
      writeNumbers(bytes, rows, values.length, stride - 1, stride)
      expect(bytes.written()).toEqual(oneByOne(values))
    }),
    { numRuns: 500 },
  )
})
