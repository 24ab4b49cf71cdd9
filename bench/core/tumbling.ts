// Tumbling windows of 1 s, counted per key: by integers, by strings of 16 characters, over an exchange, and with more and fewer watermarks.

import { type EventTime, type Job, job, type Key, tumbling } from 'millrace'
import { type Figure, throughput } from '../figure.ts'
import { counting, digest, type Event, events, everyThousand, firstTime, prepared, type Tally } from '../prepared.ts'
import { base, engine, type Input, unchecked } from './both.ts'

const keys = 10_000
const count = (size: 'full' | 'quick'): number => (size === 'full' ? 4_000_000 : 20_000)

const byInteger: Input<Event[]> = { prepare: (n) => events(n, (random) => random % keys), count }

// Each record has a string of its own, as records that were read from somewhere have.
const byString: Input<Event<string>[]> = {
  prepare: (n) => events(n, (random) => Buffer.from(`user-${`${random % keys}`.padStart(11, '0')}`, 'latin1').toString('latin1')),
  count,
}

interface Counted<K> {
  readonly key: K
  readonly n: number
  readonly end: number
}

const digestOf = ({ key, n, end }: Counted<number>): number => digest(key, n, end - firstTime)
const digestOfString = ({ key, n, end }: Counted<string>): number => digest(Number(key.slice(5)), n, end - firstTime)

/** By hand: records come in order, so a window is over when a record of the next one comes. */
function countByHand<K>(records: readonly Event<K>[], tally: Tally, digestOf: (counted: Counted<K>) => number): void {
  let counts = new Map<K, { n: number }>()
  let end = firstTime
  const fire = (): void => {
    for (const [key, { n }] of counts) tally.add(digestOf({ key, n, end }))
    counts = new Map()
  }
  for (let i = 0; i < records.length; i++) {
    const { key, ts } = records[i]!
    if (ts >= end) {
      fire()
      end = ts - (ts % 1_000) + 1_000
    }
    const counted = counts.get(key)
    if (counted === undefined) counts.set(key, { n: 1 })
    else counted.n++
  }
  fire()
}

interface Variant {
  readonly time?: EventTime<Event<unknown>>
  readonly parallelism?: number
}

function countingJob<K extends Key>(
  records: readonly Event<K>[],
  tally: Tally,
  digestOf: (counted: Counted<K>) => number,
  variant: Variant = {},
): Job {
  const { time = everyThousand, parallelism = 1 } = variant
  const counted = job('tumbling', { ...unchecked, parallelism })
  counted
    .source('events', prepared(records, tally, parallelism), time)
    .keyBy((e) => e.key)
    .window(tumbling('1 s'))
    .aggregate('counts', {
      init: () => 0,
      add: (n) => n + 1,
      merge: (a, b) => a + b,
      result: (n, { key, window }) => ({ key, n, end: window.end }),
    })
    .to('out', counting(tally, digestOf))
  return counted
}

const countIntegers = base(byInteger, (records, tally) => countByHand(records, tally, digestOf))

/** Each of two splits has its own last record of a thousand. */
const everyThousandOfTwo: EventTime<Event<unknown>> = {
  timestamp: (e) => e.ts,
  punctuation: (e) => (e.v % 1_000 >= 998 ? e.ts : undefined),
}

const every = (records: number): EventTime<Event<unknown>> => ({
  timestamp: (e) => e.ts,
  // The last record of its ms brings its time; others only what came before.
  punctuation: (e) => (e.v % records === records - 1 ? (e.v % 1_000 === 999 ? e.ts : e.ts - 1) : undefined),
})

export const tumblingFigures: readonly Figure[] = [
  throughput({
    id: 'core/tumbling-count',
    must: 0.5,
    aim: 0.8,
    base: countIntegers,
    engine: engine(byInteger, (records, tally) => countingJob(records, tally, digestOf)),
  }),
  throughput({
    id: 'core/tumbling-exchange',
    must: 0.35,
    aim: 0.6,
    base: countIntegers,
    engine: engine(byInteger, (records, tally) => countingJob(records, tally, digestOf, { parallelism: 2, time: everyThousandOfTwo })),
  }),
  throughput({
    id: 'core/tumbling-string',
    must: 0.5,
    aim: 0.8,
    base: base(byString, (records, tally) => countByHand(records, tally, digestOfString)),
    engine: engine(byString, (records, tally) => countingJob(records, tally, digestOfString)),
  }),
  throughput({
    id: 'core/watermark-only',
    must: 0.8,
    aim: 0.95,
    base: engine(byInteger, (records, tally) => countingJob(records, tally, digestOf, { time: every(10_000) })),
    engine: engine(byInteger, (records, tally) => countingJob(records, tally, digestOf, { time: every(100) })),
  }),
]
