// core/low-rate: 14,000 events a second through a keyed map behind an exchange: how old a record is when it comes out.

import { generator, job, join, type Sink } from 'millrace'
import type { Figure, Outcome, Size } from '../figure.ts'

const perSecond = 14_000

interface Stamped {
  readonly key: number
  /** When it was made: ms of `performance.now`. */
  readonly at: number
}

/** Ages of the records that came out, ms. */
function aging(ages: number[]): Sink<Stamped> {
  return {
    '~type': undefined as never,
    describe: 'ages',
    guarantee: 'at-least-once',
    writer: () => ({
      write(values, length) {
        const now = performance.now()
        for (let i = 0; i < length; i++) ages.push(now - values[i]!.at)
      },
      prepare: () => [],
    }),
  }
}

async function run(size: Size, flushInterval: number): Promise<Outcome> {
  const seconds = size === 'full' ? 10 : 0.5
  const warmUpSeconds = size === 'full' ? 2 : 0
  const count = perSecond * (seconds + warmUpSeconds)
  const ages: number[] = []
  const keyed = job('low-rate', { flushInterval })
  keyed
    .source(
      'events',
      generator((n): Stamped => ({ key: n % 1_000, at: performance.now() }), { perSecond, count }),
    )
    .keyBy((e) => e.key)
    .reduce('newest', (_, e) => e)
    .parallelism(2)
    .to('out', aging(ages))
  const node = await join(keyed)
  await node.done
  if (ages.length !== count) throw new Error(`low-rate: ${ages.length} records came out of ${count}`)
  const sorted = ages.slice(perSecond * warmUpSeconds).sort((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.floor(share * sorted.length)]! * 100) / 100
  return { value: at(0.99), check: `${ages.length}`, detail: { p50: at(0.5), p99: at(0.99), max: Math.round(sorted.at(-1)!) } }
}

const lowRate = (id: string, flushInterval: number, must: number, aim: number): Figure => ({
  id,
  unit: 'ms (p99)',
  judged: 'value',
  more: false,
  must,
  aim,
  engine: (size) => run(size, flushInterval),
})

export const lowRateFigures = [lowRate('core/low-rate', 10, 15, 11), lowRate('core/low-rate-1ms', 1, 3, 1.5)]
