// Parquet: what values come out as, one split a row group, resuming, and a file of three million rows. Small files are made by DuckDB.

import { stat, truncate, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { parquet } from '../../src/adapters/files/parquet-source.ts'
import { lines } from '../../src/adapters/files/text-source.ts'
import type { Split } from '../../src/ports/source.ts'
import { sourceConformance } from '../../src/sim/source-kit.ts'
import { readSource, sourceContext } from './read-source.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const flights = fileURLToPath(new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url))

async function made(select: string, options = ''): Promise<string> {
  const path = `${await temporaryDirectory()}/made.parquet`
  const database = await DuckDBInstance.create(':memory:')
  const connection = await database.connect()
  await connection.run(`copy (${select}) to '${path}' (format parquet${options})`)
  connection.closeSync()
  database.closeSync()
  return path
}

test('SO40 values: times in ms, exact integers as numbers, text, bytes, lists and structs, missing as null', async () => {
  const path = await made(`select * from (values
    (1::bigint, 9007199254740993::bigint, 7::int, 1.5::double, 'text'::varchar, true, timestamp '2024-01-01 00:00:00.0015', timestamp_ms '2024-01-01', date '1970-01-03',
     '\\x00\\xFF'::blob, [1::bigint, null, 3::bigint], {'a': 1::bigint, 'b': 'x'}, 12.50::decimal(9,2)),
    (null, null, null, null, null, null, null, null, null, null, null, null, null)
    ) t(big, huge, small, float, name, flag, micros, millis, day, bytes, list, struct, money)`)
  const { records } = await readSource(parquet(path))
  expect(records).toEqual([
    {
      big: 1,
      huge: 9007199254740993n,
      small: 7,
      float: 1.5,
      name: 'text',
      flag: true,
      micros: Date.UTC(2024, 0, 1) + 1.5,
      millis: Date.UTC(2024, 0, 1),
      day: 2 * 86_400_000,
      bytes: new Uint8Array([0, 255]),
      list: [1, null, 3],
      struct: { a: 1, b: 'x' },
      money: 12.5,
    },
    Object.fromEntries('big,huge,small,float,name,flag,micros,millis,day,bytes,list,struct,money'.split(',').map((name) => [name, null])),
  ])
})

test.each(['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'])('SO40 reads %s', async (codec) => {
  const path = await made(`select i as id, 'name ' || (i % 7) as name from range(5000) t(i)`, `, codec '${codec}', row_group_size 2048`)
  const source = parquet(path)
  expect(await source.splits([])).toHaveLength(3)
  expect((await readSource(source)).records).toEqual(Array.from({ length: 5_000 }, (_, i) => ({ id: i, name: `name ${i % 7}` })))
})

test('SO40 reads the columns asked for, in that order, and names one that is not there', async () => {
  const path = await made(`select i as a, i + 1 as b, {'x': i} as c from range(3) t(i)`)
  expect((await readSource(parquet(path, { columns: ['c', 'a'] }))).records[1]).toEqual({ c: { x: 1 }, a: 1 })
  await expect(readSource(parquet(path, { columns: ['a', 'z'] }))).rejects.toThrow(`${path} has no column "z". It has a, b, c`)
})

test('SO41 what is no Parquet, or cut, or changed, is refused with the file', async () => {
  const path = await made('select i from range(1000) t(i)')
  const [split] = await parquet(path).splits([])
  const reader = await parquet(path).open(split!, undefined, sourceContext())
  await truncate(path, (await stat(path)).size - 1)
  expect(reader.poll({ record: () => undefined, malformed: () => undefined }, 1)).toBe('wait')
  await expect(reader.ready()).rejects.toMatchObject({ code: 'INPUT_CHANGED' })
  await expect(readSource(parquet(path))).rejects.toMatchObject({ code: 'CORRUPT', message: expect.stringContaining(path) as string })
  await writeFile(path, 'PAR1 but not really')
  await expect(readSource(parquet(path))).rejects.toMatchObject({ code: 'CORRUPT' })
})

describe('conformance', () => {
  let path: Promise<string> | undefined
  const source = async () => {
    path ??= made(`select i as id, 'v' || i as v from range(5000) t(i)`, ', row_group_size 2048')
    return parquet(await path)
  }
  for (const check of sourceConformance(source)) test(`SO57 parquet ${check.name}`, check.run)
  const inOrder = async () => {
    path ??= made(`select i as id, 'v' || i as v from range(5000) t(i)`, ', row_group_size 2048')
    return parquet(await path, { inOrder: true })
  }
  for (const check of sourceConformance(inOrder, { recordsMax: 6_000 })) test(`SO57 parquet in order ${check.name}`, check.run)
})

test('SO42 in order, a file is one split and gives its rows from first to last', async () => {
  const source = parquet(await made('select i as id from range(5000) t(i)', ', row_group_size 2048'), { inOrder: true })
  expect(await source.splits([])).toHaveLength(1)
  expect((await readSource(source)).records).toEqual(Array.from({ length: 5_000 }, (_, id) => ({ id })))
})

test('SO58 a split is read as what it is, whatever the option says now, and one of another source is refused', async () => {
  const path = await made('select i as id from range(5000) t(i)', ', row_group_size 2048')
  const [side, whole] = [parquet(path), parquet(path, { inOrder: true })]
  const rowsOf = async (source: typeof side, split: Split): Promise<number> => {
    return (await readSource({ ...source, splits: () => [split] })).records.length
  }
  const groups = await side.splits([])
  expect(await Promise.all(groups.map((split) => rowsOf(whole, split)))).toEqual([2_048, 2_048, 904])
  const [file] = await whole.splits([])
  expect(await rowsOf(side, file!)).toBe(5_000)
  const [bytes] = await lines(path).splits([])
  for (const source of [side, whole]) await expect(rowsOf(source, bytes!)).rejects.toMatchObject({ code: 'STATE_MISMATCH' })
})

test('SO42 three million rows stream through in row groups, at most two of them in memory', async () => {
  const source = parquet(flights, { columns: ['delay'] })
  const context = sourceContext()
  const readers = await Promise.all((await source.splits([])).map((split) => source.open(split, undefined, context)))
  let rows = 0
  let delay = 0
  const out = {
    record: (row: Readonly<Record<string, unknown>>) => {
      rows++
      delay += row.delay as number
    },
    malformed: () => undefined,
  }
  expect(readers).toHaveLength(11)
  const open = new Set(readers)
  let mostGiving = 0
  while (open.size > 0) {
    let giving = 0
    for (const reader of open) {
      const before = rows
      if (reader.poll(out, 8_192) === 'end') open.delete(reader)
      if (rows > before) giving++
    }
    mostGiving = Math.max(mostGiving, giving)
    if (giving === 0 && open.size > 0) await Promise.race([...open].map((reader) => reader.ready()))
  }
  expect([rows, delay]).toEqual([3_000_000, 20_003_603])
  // A group that ends hands its place on within the same round.
  expect(mostGiving).toBeLessThanOrEqual(3)
}, 60_000)
