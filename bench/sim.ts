// sim/seeds: runs of a small job over 1,000 records in the simulated world, a seed each, on one core.

import { job, tumbling } from 'millrace'
import { feed, run } from 'millrace/testing'
import { expectSame, type Figure, type Outcome, type Size } from './figure.ts'
import { digest, type Event, events, everyThousand, firstTime, Tally } from './prepared.ts'

const records = 1_000
const keys = 20

interface Counted {
  readonly key: number
  readonly n: number
  readonly end: number
}

const windowMs = 100

/** Records of a seed: one each ms. */
const inputOf = (seed: number): Event[] => events(records, (random) => random % keys, seed).map((e, i) => ({ ...e, ts: firstTime + i }))

async function simulated(input: readonly Event[], seed: number): Promise<Tally> {
  const counted = job('simulated', { parallelism: 2 })
  const source = counted.source('events', input, { timestamp: everyThousand.timestamp, outOfOrder: 10 })
  const counts = source
    .map((e) => ({ key: e.key, ts: e.ts, v: e.v }))
    .keyBy((e) => e.key)
    .window(tumbling(windowMs))
    .aggregate('counts', { init: () => 0, add: (n) => n + 1, result: (n, { key, window }): Counted => ({ key, n, end: window.end }) })
  const outcome = await run(counted, [feed(source, input)], { seed })
  const tally = new Tally()
  for (const { key, n, end } of outcome.of(counts)) tally.add(digest(key, n, end - firstTime))
  return tally
}

function expected(input: readonly Event[]): string {
  const counts = new Map<string, Counted>()
  for (const { key, ts } of input) {
    const end = ts - (ts % windowMs) + windowMs
    const name = `${key}:${end}`
    counts.set(name, { key, end, n: (counts.get(name)?.n ?? 0) + 1 })
  }
  const tally = new Tally()
  for (const { key, n, end } of counts.values()) tally.add(digest(key, n, end - firstTime))
  return tally.check
}

async function seeds(size: Size): Promise<Outcome> {
  const warmUp = size === 'full' ? 100 : 1
  const count = size === 'full' ? 1_000 : 10
  for (let seed = 1; seed <= warmUp; seed++) await simulated(inputOf(seed), seed)
  let spent = 0
  for (let seed = 1; seed <= count; seed++) {
    const input = inputOf(seed)
    const began = performance.now()
    const { check } = await simulated(input, seed)
    spent += performance.now() - began
    expectSame(check, expected(input), `seed ${seed}`)
  }
  return { value: count / (spent / 1_000), check: `${count}` }
}

export const simSeeds: Figure = { id: 'sim/seeds', unit: 'seeds/s', judged: 'value', more: true, must: 50, aim: 200, engine: seeds }
