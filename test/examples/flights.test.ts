// The flights job against SQL, and against SIGKILL, on the first 400,000 flights.

import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join as pathOf } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { join } from 'millrace'
import { beforeAll, expect, test } from 'vitest'
import { compareWithSql } from '../../examples/flights/expected.ts'
import { flightsFile } from '../../examples/flights/flight-times.ts'
import { flightsJob } from '../../examples/flights/flights.ts'
import { results, runKilled, sortedLines } from '../../examples/flights/kill.ts'
import { temporaryDirectory } from '../adapters/temporary-directory.ts'

const timeout = 180_000
let folder: string
let input: string

beforeAll(async () => {
  folder = await temporaryDirectory()
  input = pathOf(folder, 'flights.parquet')
  const database = await DuckDBInstance.create(':memory:')
  const connection = await database.connect()
  await connection.run(`COPY (FROM read_parquet('${flightsFile}') LIMIT 400000) TO '${input}' (FORMAT parquet, ROW_GROUP_SIZE 61440)`)
  connection.closeSync()
  database.closeSync()
  await using node = await join(flightsJob({ input, output: pathOf(folder, 'calm', 'output') }))
  await node.done
}, timeout)

test('EX4 the results are those of SQL, line for line, late flights included', { timeout }, async () => {
  const output = pathOf(folder, 'calm', 'output')
  const same = (await compareWithSql(input, output)).map(({ result, lines, missing, surplus }) => ({
    result,
    some: lines > 50,
    missing,
    surplus,
  }))
  expect(same).toEqual(results.map((result) => ({ result, some: true, missing: 0, surplus: 0 })))
})

test('EX4 one wrong digit in one line is noticed', { timeout }, async () => {
  await cp(pathOf(folder, 'calm', 'output'), pathOf(folder, 'wrong'), { recursive: true })
  const epochs = pathOf(folder, 'wrong', 'too-late')
  const epoch = (await readdir(epochs)).find((name) => name.startsWith('epoch-'))!
  const part = pathOf(epochs, epoch, (await readdir(pathOf(epochs, epoch)))[0]!)
  await writeFile(
    part,
    (await readFile(part, 'utf8')).replace(/"delay":(\d)/, (_, digit) => `"delay":${(Number(digit) % 9) + 1}`),
  )
  const wrong = (await compareWithSql(input, pathOf(folder, 'wrong'))).filter(({ missing, surplus }) => missing + surplus > 0)
  expect(wrong).toMatchObject([{ result: 'too-late', missing: 1, surplus: 1 }])
})

test('EX5 killed ten times, it writes what it writes undisturbed, byte for byte', { timeout }, async () => {
  const lives = await runKilled(pathOf(folder, 'killed'), 10, 1, input)
  expect(lives).toHaveLength(10)
  expect(lives.filter(({ committed }) => committed > 0).length).toBeGreaterThan(0)
  for (const result of results) {
    const expected = await sortedLines(pathOf(folder, 'calm'), result)
    for (const killed of new Set(lives.map((life) => life.folder))) {
      const got = await sortedLines(killed, result)
      expect(got === expected, `${result} in ${killed}: ${got.length} characters, not ${expected.length}`).toBe(true)
    }
  }
})
