// Input that is prepared outside of the timed part, and sinks that count: what both sides of a figure read from and write to.

import type { Sink, Source } from 'millrace'

/** CPU time of the process, all of its threads, in microseconds. */
function cpuSoFar(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Count and order-independent checksum of the results, and the time at which work began and ended. */
export class Tally {
  count = 0
  sum = 0
  /** ms of `performance.now`: of the first record that was asked for, and of the last thing that was read or written. */
  began = Number.NaN
  ended = Number.NaN
  /** CPU time of all threads of the process, those of the garbage collector too, when reading began and when it was over. */
  cpuBegan = 0
  cpuMicros = 0
  /** Records before time counts. */
  readonly untimed: number

  constructor(untimed = 0) {
    this.untimed = untimed
  }

  begin(): void {
    this.began = performance.now()
    this.cpuBegan = cpuSoFar()
  }

  /** All has been read. */
  read(): void {
    this.cpuMicros = cpuSoFar() - this.cpuBegan
  }

  add(digest: number): void {
    this.count++
    this.sum = (this.sum + digest) | 0
  }

  get check(): string {
    return `${this.count}:${this.sum}`
  }

  /** Records a second. */
  rateOf(records: number): number {
    return records / ((this.ended - this.began) / 1_000)
  }
}

/** A whole number that depends on all three, for checksums. */
export const digest = (a: number, b: number, c: number): number =>
  Math.imul(Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ (c | 0), 0xc2b2ae35)

/** A source of prepared records; with several splits they are dealt in turn. It tells the tally when reading begins and ends. */
export function prepared<T>(records: readonly T[], tally: Tally, splits = 1): Source<T> {
  return {
    '~type': undefined as never,
    bounded: true,
    describe: `${records.length} prepared records`,
    guarantee: 'replays from any record',
    replayable: true,
    splits: () => Array.from({ length: splits }, (_, at) => ({ id: `${at}`, at })),
    open: ({ at }, offset) => {
      let next = typeof offset === 'number' ? offset : (at as number)
      let current = next
      return {
        poll(out, max) {
          if (Number.isNaN(tally.began) && next >= tally.untimed) tally.begin()
          const end = Math.min(records.length, next + max * splits)
          for (; next < end; next += splits) {
            current = next
            out.record(records[next]!)
          }
          tally.ended = performance.now()
          if (next < records.length) return 'more'
          tally.read()
          return 'end'
        },
        ready: () => Promise.resolve(),
        offset: () => next,
        where: () => `record ${current}`,
      }
    },
  }
}

/** A sink that counts what it gets, in the tally. */
export function counting<T>(tally: Tally, digestOf: (value: T) => number): Sink<T> {
  return {
    '~type': undefined as never,
    describe: 'counter',
    guarantee: 'at-least-once',
    writer: () => ({
      write(values, length) {
        let { sum } = tally
        for (let i = 0; i < length; i++) sum = (sum + digestOf(values[i]!)) | 0
        tally.sum = sum
        tally.count += length
        tally.ended = performance.now()
      },
      prepare: () => [],
    }),
  }
}

/** Seeded random numbers in [0, 2³²): xorshift32 (Marsaglia, Xorshift RNGs, 2003). */
export function randomIntegers(seed: number): () => number {
  let x = seed | 0 || 1
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return x >>> 0
  }
}

export interface Event<K = number> {
  readonly key: K
  /** ms since the epoch: 1,000 records of each ms. */
  readonly ts: number
  /** Number of the record. */
  readonly v: number
}

/** On the minute. */
export const firstTime = 1_700_000_040_000

/** Records of uniform keys, 1,000,000 a second of event time, in order. */
export function events<K>(count: number, keyOf: (random: number) => K, seed = 7): Event<K>[] {
  const random = randomIntegers(seed)
  const records: Event<K>[] = []
  for (let v = 0; v < count; v++) records.push({ key: keyOf(random()), ts: firstTime + Math.floor(v / 1_000), v })
  return records
}

/** Event time of such records, with a watermark every 1,000 records. */
export const everyThousand = {
  timestamp: (e: Event<unknown>): number => e.ts,
  punctuation: (e: Event<unknown>): number | undefined => (e.v % 1_000 === 999 ? e.ts : undefined),
}

/** What is prepared goes to the old generation, where a long-running job's records would not be. */
export const settle = (): void => (globalThis as { gc?: () => void }).gc?.()
