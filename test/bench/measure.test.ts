// How a figure is judged, from what its processes report.

import { expect, test } from 'vitest'
import type { Figure, Outcome } from '../../bench/figure.ts'
import { checkResults, lineOf } from '../../bench/measure.ts'

const outcome = (value: number, check = '1:1'): Outcome => ({ value, check })
const figure: Figure = {
  id: 'core/some',
  unit: 'records/s',
  judged: 'ratio',
  more: true,
  must: 0.5,
  aim: 0.8,
  base: () => outcome(1),
  engine: () => outcome(1),
}

test('BE4 a ratio is the median over the pairs, not that of the medians', () => {
  const line = lineOf(
    figure,
    [100, 200, 400].map((value) => outcome(value)),
    [60, 80, 240].map((value) => outcome(value)),
    {},
  )
  expect(line).toMatchObject({ value: 80, base: 200, ratio: 0.6, ok: true, runs: 3, spread: [0.4, 0.6] })
})

test('BE4 where less is better, a figure is reached at or below its bound', () => {
  const slow: Figure = { ...figure, judged: 'value', more: false, must: 15, aim: 11 }
  expect(lineOf(slow, [], [outcome(15)], {})).toMatchObject({ ratio: null, base: null, ok: true })
  expect(lineOf(slow, [], [outcome(15.1)], {})).toMatchObject({ ok: false })
})

test('BE2 results that differ are an error, on one side or between the two', () => {
  expect(() => checkResults(figure, [outcome(1, '1:1')], [outcome(1, '1:2')])).toThrow(/results differ.*1:1.*1:2/)
  const other = { ...figure, sameResults: false }
  checkResults(other, [outcome(1, '1:1')], [outcome(1, '1:2')])
  expect(() => checkResults(other, [outcome(1)], [outcome(1, '1:1'), outcome(1, '1:2')])).toThrow(/results differ/)
})
