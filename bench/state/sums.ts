// The job that state figures run: {count, sum} of each key, given out with every record.

import { type Job, type JobOptions, job, type Sink } from 'millrace'
import { numbered, type Pace, scattered } from './numbered.ts'

export interface Update {
  readonly key: number
  readonly v: number
}

export interface Sums {
  count: number
  sum: number
}

export function sumsJob(keys: number, pace: Pace, sink: Sink<Readonly<Sums>>, options: JobOptions = {}): Job {
  const sums = job('sums', options)
  sums
    .source(
      'updates',
      numbered((n): Update => ({ key: scattered(n, keys), v: n % 1_000 }), pace),
    )
    .keyBy((e) => e.key)
    .aggregate('sums', {
      init: (): Sums => ({ count: 0, sum: 0 }),
      add(acc, e) {
        acc.count++
        acc.sum += e.v
        return acc
      },
    })
    .to('out', sink)
  return sums
}

/** Number of keys of a figure, by its size. */
export type Keys = (size: 'full' | 'quick') => number
export const keysOf: Keys = (size) => (size === 'full' ? 1_000_000 : 5_000)
export const manyKeysOf: Keys = (size) => (size === 'full' ? 10_000_000 : 100_000)

/** Calls back with each batch. */
export function onWrite<T>(write: (values: readonly T[], length: number) => void): Sink<T> {
  return {
    '~type': undefined as never,
    describe: 'callback',
    guarantee: 'at-least-once',
    writer: () => ({ write, prepare: () => [] }),
  }
}
