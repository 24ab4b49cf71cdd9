// Records that fail every attempt, many of them, in jobs that read their dead letters.

import { expect, test } from 'vitest'
import { jsonlSink } from '../../src/files.ts'
import { type DeadLetter, generator, job, join } from '../../src/index.ts'
import { run } from '../../src/testing.ts'
import { rowsOf } from './rows.ts'
import { temporaryDirectory } from './temporary.ts'

const count = 1_200
const isBad = (n: number): boolean => n % 100 === 99
const checked = (n: number): number => {
  if (isBad(n)) throw new Error(`${n} is bad`)
  return n
}
const good = Array.from({ length: count }, (_, n) => n).filter((n) => !isBad(n))
const bad = Array.from({ length: count }, (_, n) => n).filter(isBad)
const ascending = (a: number, b: number): number => a - b

test('EN17 more bad records than restarts are set aside, and everything else comes once', async () => {
  const directory = temporaryDirectory()
  const made = job('sorting-out', { checkpointEvery: '10 ms', restarts: { longestPause: '5 ms' } })
  made
    .source(
      'numbers',
      generator((n) => n, { count }),
    )
    .map(checked)
    .to('good', jsonlSink(`${directory}/good`))
  made.deadLetters().to('bad', jsonlSink(`${directory}/bad`))
  await (await join(made, { state: `${directory}/state` })).done
  expect((await rowsOf<number>(`${directory}/good`)).sort(ascending)).toEqual(good)
  const letters = await rowsOf<DeadLetter>(`${directory}/bad`)
  expect(letters.map(({ record }) => record as number).sort(ascending)).toEqual(bad)
})

test('EN17 without a state directory too, and in a test', async () => {
  const made = job('sorting-out-in-memory')
  const out = made
    .source(
      'numbers',
      generator((n) => n, { count }),
    )
    .map(checked)
  const letters = made.deadLetters()
  const outcome = await run(made)
  expect([...outcome.of(out)].sort(ascending)).toEqual(good)
  expect(
    outcome
      .of(letters)
      .map(({ record }) => record as number)
      .sort(ascending),
  ).toEqual(bad)
})
