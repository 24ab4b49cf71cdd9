// The curves on one thread: keys, windows that hold a record, length of a chain, and late records. Each is a user's job over records that
// a source makes as they are read, so that 10,000,000 keys need no list of records.

import { type Job, job, join, type Source, type Stream, sliding, tumbling } from 'millrace'
import { unchecked } from '../core/both.ts'
import { counting, firstTime, randomIntegers, Tally } from '../prepared.ts'
import type { Cost, Curve, Pass, Point } from './curve.ts'

interface Event {
  readonly key: number
  readonly ts: number
  readonly v: number
}

interface Making {
  readonly records: number
  readonly keys: number
  /** Event time of a record by its number. */
  time(v: number): number
}

/** Records made as they are read, with keys at random. */
function madeEvents({ records, keys, time }: Making, tally: Tally): Source<Event> {
  return {
    '~type': undefined as never,
    bounded: true,
    describe: `${records} records`,
    guarantee: 'cannot be read again',
    replayable: false,
    splits: () => [{ id: 'all' }],
    open: () => {
      const random = randomIntegers(7)
      let v = 0
      return {
        poll(out, max) {
          if (v === 0) tally.begin()
          for (const end = Math.min(records, v + max); v < end; v++) out.record({ key: random() % keys, ts: time(v), v })
          if (v < records) return 'more'
          tally.read()
          return 'end'
        },
        ready: () => Promise.resolve(),
        offset: () => v,
        where: () => `record ${v}`,
      }
    },
  }
}

/** Runs a job whose rows must add up to `sum`. */
async function cost(one: Job, tally: Tally, sum: number): Promise<Cost> {
  const node = await join(one)
  await node.done
  if (tally.sum !== (sum | 0)) throw new Error(`${one.name}: the rows add up to ${tally.sum}, it must be ${sum | 0}`)
  return { cpuNs: tally.cpuMicros * 1_000, wallNs: (tally.ended - tally.began) * 1e6 }
}

interface Windows extends Omit<Making, 'records'> {
  readonly window: ReturnType<typeof tumbling>
  /** What the counts of all rows add up to. */
  sum(records: number): number
}

/** Records counted by key in windows. */
function counted({ window, sum, ...making }: Windows): Pass {
  return (records) => {
    const tally = new Tally()
    const made = job('growth-windows', unchecked)
    made
      .source('events', madeEvents({ ...making, records }, tally), { timestamp: (e) => e.ts })
      .keyBy((e) => e.key)
      .window(window)
      .aggregate('counts', { init: () => 0, add: (n) => n + 1, merge: (a, b) => a + b, result: (n) => n })
      .to(
        'out',
        counting(tally, (n) => n),
      )
    return cost(made, tally, sum(records))
  }
}

/** So many maps in a row; each makes a record anew. */
function mapped(maps: number): Pass {
  return (records) => {
    const tally = new Tally()
    const made = job('growth-chain', unchecked)
    let stream: Stream<Event> = made.source('events', madeEvents({ records, keys: 10_000, time: () => firstTime }, tally))
    for (let i = 0; i < maps; i++) stream = stream.map(({ key, ts, v }) => ({ key, ts, v: v + 1 }))
    stream.to(
      'out',
      counting(tally, (e) => e.v),
    )
    return cost(made, tally, records * maps + (records * (records - 1)) / 2)
  }
}

const windowMs = 1_000

/** A window holds as many records as there are keys, so at every point a record has the same share in new keys and in rows. */
const keysPoint = (keys: number, records: number): Point => ({
  x: keys,
  records,
  pass: counted({
    keys,
    time: (v) => firstTime + Math.floor((v / keys) * windowMs),
    window: tumbling(windowMs),
    sum: (all) => all,
  }),
})

const slidingMs = 1_800_000
const msBetween = 4

/** 20 keys in windows of 30 min, of which so many hold each record. */
const slidePoint = (windows: number, records: number): Point => ({
  x: windows,
  records,
  pass: counted({
    keys: 20,
    time: (v) => firstTime + v * msBetween,
    window: sliding(slidingMs, slidingMs / windows),
    sum: (all) => all * windows,
  }),
})

/** Behind these the watermark has come so far that what is late is dropped. */
const inTime = 10_000
const hourMs = 3_600_000

/** So many of 100 records are an hour late. */
function latePoint(percent: number, records: number): Point {
  const isLate = (v: number): boolean => v >= inTime && v % 100 < percent
  return {
    x: percent,
    records,
    pass: counted({
      keys: 10_000,
      time: (v) => firstTime + Math.floor(v / 1_000) - (isLate(v) ? hourMs : 0),
      window: tumbling(windowMs),
      sum: (all) => all - (Math.max(0, all - inTime) * percent) / 100,
    }),
  }
}

const millions = 1_000_000
const quickRecords = 20_000

export const curves: readonly Curve[] = [
  {
    id: 'growth/keys',
    must: 12,
    aim: 6,
    points: (size) =>
      size === 'full'
        ? [1e4, 1e5, 1e6, 1e7].map((keys) => keysPoint(keys, Math.max(2 * millions, keys)))
        : [1e3, 1e4].map((keys) => keysPoint(keys, quickRecords)),
  },
  {
    id: 'growth/slide',
    must: 4,
    aim: 2,
    points: (size) =>
      size === 'full' ? [1, 6, 30, 180, 1_800].map((n) => slidePoint(n, 2 * millions)) : [1, 30].map((n) => slidePoint(n, quickRecords)),
  },
  {
    id: 'growth/chain',
    must: 20,
    aim: 8,
    points: (size) =>
      size === 'full'
        ? [1, 2, 5, 10, 20].map((n) => ({ x: n, records: 3 * millions, pass: mapped(n) }))
        : [1, 3].map((n) => ({ x: n, records: quickRecords, pass: mapped(n) })),
  },
  {
    id: 'growth/late',
    must: 1.5,
    aim: 1,
    points: (size) =>
      size === 'full' ? [0, 10, 25, 50, 75, 90].map((n) => latePoint(n, 3 * millions)) : [0, 50].map((n) => latePoint(n, quickRecords)),
  },
]
