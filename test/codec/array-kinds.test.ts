// How arrays lie in memory after they were written: as before. See src/codec/arrays.ts.

import { setFlagsFromString } from 'node:v8'
import { expect, test } from 'vitest'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { isDense } from '../../src/codec/arrays.ts'
import { ByteReader } from '../../src/codec/byte-reader.ts'
import { ByteWriter } from '../../src/codec/bytes.ts'
import { ColumnReader } from '../../src/codec/column-reader.ts'
import { ColumnWriter } from '../../src/codec/column-writer.ts'

setFlagsFromString('--allow-natives-syntax')
const isOfDoubles = new Function('array', 'return %HasDoubleElements(array)') as (array: unknown[]) => boolean
const isOfIntegers = new Function('array', 'return %HasSmiElements(array)') as (array: unknown[]) => boolean

const rows = Array.from({ length: 3_000 }, (_, i) => ({ integers: [i, i + 1], doubles: [i + 0.5, 1e12 + i], anything: [`${i}`, i, null] }))

test('CO16 arrays of integers, doubles and anything are written and keep the form that they have in memory', () => {
  setFlagsFromString('--allow-natives-syntax')
  const isOfDoubles = new Function('array', 'return %HasDoubleElements(array)') as (array: unknown[]) => boolean
  const isOfIntegers = new Function('array', 'return %HasSmiElements(array)') as (array: unknown[]) => boolean
  const rows = Array.from({ length: 3_000 }, (_, i) => ({
    integers: [i, i + 1],
    doubles: [i + 0.5, 1e12 + i],
    anything: [`${i}`, i, null],
  }))
  const writer = new ColumnWriter(msgpackCodec())
  for (let round = 0; round < 20; round++) {
    for (const { integers, doubles, anything } of rows) for (const array of [integers, doubles, anything]) writer.append({ array })
    writer.finish(new ByteWriter())
    writer.reset()
  }
  expect(rows.every(({ doubles }) => isOfDoubles(doubles))).toBe(true)
  expect(rows.every(({ integers }) => isOfIntegers(integers))).toBe(true)
})

test('CO16 arrays that are read lie in memory as if the job had made them', () => {
  const writer = new ColumnWriter(msgpackCodec())
  for (const row of rows) writer.append(row)
  const bytes = new ByteWriter()
  writer.finish(bytes)
  for (let round = 0; round < 20; round++) {
    const values: (typeof rows)[number][] = []
    new ColumnReader(new ByteReader(bytes.written(), 'test'), rows.length, msgpackCodec()).decodeInto(values)
    expect(values).toEqual(rows)
    expect(values.every(({ integers }) => isOfIntegers(integers))).toBe(true)
    expect(values.every(({ doubles }) => isOfDoubles(doubles))).toBe(true)
  }
})

test('CO16 an array is dense where it is its elements and nothing else', () => {
  const named = Object.assign([1, 2], { name: 'a' })
  const holes = [1, 2, 3]
  delete holes[1]
  const hidden = [1, 2]
  Object.defineProperty(hidden, 0, { enumerable: false, value: 1 })
  const holeAndName = Object.assign([1, 2], { name: 'a' })
  delete holeAndName[0]
  const numberedName = Object.assign([1, 2], { '-1': 'a', '1.5': 'b' })
  delete numberedName[0]
  delete numberedName[1]
  expect([[], [undefined], [1, 'a'], Array.from({ length: 300 }, (_, i) => i)].map(isDense)).toEqual([true, true, true, true])
  expect([named, holes, new Array(2), hidden, holeAndName, numberedName].map(isDense)).toEqual([false, false, false, false, false, false])
})
