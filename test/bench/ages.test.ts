// Histograms of ages, which figures of latency are read from.

import { expect, test } from 'vitest'
import { Ages, Seen } from '../../bench/latency/ages.ts'

test('BE36 quantiles are exact to a hundredth, from many threads together', () => {
  const total = new Seen()
  for (const part of [0, 1]) {
    const seen = new Seen()
    for (let i = part; i < 1_000; i += 2) seen.ages.add((i + 1) / 10)
    seen.records = 500
    seen.begin(part)
    seen.endedAt = part
    total.merge(JSON.parse(JSON.stringify(seen.toJson())))
  }
  expect([total.records, total.beganAt, total.endedAt, total.ages.count, total.ages.max]).toEqual([1_000, 0, 1, 1_000, 100])
  for (const [share, age] of [
    [0.5, 50],
    [0.99, 99],
    [0.999, 99.9],
    [1, 100],
  ] as const) {
    expect(Math.abs(total.ages.quantile(share) / age - 1)).toBeLessThan(0.011)
  }
  expect(new Ages().quantile(0.5)).toBeNaN()
})
