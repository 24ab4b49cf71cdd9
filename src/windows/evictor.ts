// Evictors: what a window lets go of its elements when it fires, before or after its function has seen them.
//
// A window with an evictor keeps its elements, also for `reduce` and `aggregate`, which then run over what is left at each firing. The
// three rules are those of Flink.

import { type Duration, toMs } from '../model/duration.ts'
import { MillraceError } from '../model/errors.ts'

export interface Evictor<in T> {
  readonly '~type': (e: T) => void
}

export interface EvictOptions {
  /** Whether elements go before the function runs or behind it; 'before' unless set. */
  when?: 'before' | 'after' | undefined
}

/** An element and its event time; NaN = none. */
export interface Timed {
  readonly value: unknown
  readonly time: number
}

export interface EvictorSpec {
  readonly when: 'before' | 'after'
  readonly text: string
  /** What stays, in order. `elements` is not changed. */
  keep(elements: readonly Timed[]): readonly Timed[]
}

export const evict = {
  /** Keeps the last `n` elements. */
  count(n: number, o: EvictOptions = {}): Evictor<unknown> {
    if (!Number.isSafeInteger(n) || n <= 0) throw invalid(`evict.count(${n}) must keep a positive number of elements`)
    return make(o, `keeps ${n} elements`, (elements) => (elements.length <= n ? elements : elements.slice(elements.length - n)))
  },

  /** Keeps what is less than `d` older than the newest element. Elements without timestamps all stay. */
  time(d: Duration, o: EvictOptions = {}): Evictor<unknown> {
    const ms = toMs(d, 'the span of evict.time')
    if (ms <= 0) throw invalid(`evict.time(${ms} ms) must keep a positive span`)
    return make(o, `keeps ${ms} ms`, (elements) => {
      let newest = Number.NEGATIVE_INFINITY
      for (const { time } of elements) if (time > newest) newest = time
      return elements.filter(({ time }) => !(time <= newest - ms))
    })
  },

  /** Keeps what is less than `threshold` away from the newest element, by a distance of your own. */
  delta<T>(threshold: number, distance: (oldest: T, newest: T) => number, o: EvictOptions = {}): Evictor<T> {
    if (Number.isNaN(threshold)) throw invalid('the threshold of evict.delta is no number')
    return make(o, `keeps what is less than ${threshold} away`, (elements) => {
      const newest = elements.at(-1)
      if (newest === undefined) return elements
      return elements.filter(({ value }) => distance(value as T, newest.value as T) < threshold)
    })
  },
} as const

/** The rule inside an evictor. */
export function evictorOf(evictor: Evictor<never>): EvictorSpec {
  const spec = evictor as unknown as Partial<EvictorSpec> | undefined
  if (spec?.keep === undefined) throw invalid('this is no evictor: make it with evict.count, evict.time or evict.delta')
  return spec as EvictorSpec
}

function make<T>(o: EvictOptions, text: string, keep: EvictorSpec['keep']): Evictor<T> {
  const spec: EvictorSpec = { when: o.when ?? 'before', text, keep }
  return Object.freeze(spec) as unknown as Evictor<T>
}

const invalid = (message: string): MillraceError => new MillraceError('JOB_INVALID', message)
