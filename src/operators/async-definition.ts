// What asyncMap and fork are made of: steps and lanes, as plain definitions with every default filled in.
//
// A lane is a sequence of steps that one record goes through, one result each. asyncMap is one lane with one step, whose result is the
// operator's; fork joins the results of its lanes with the record. Checked when the job is built.

import { MillraceError } from '../model/errors.ts'
import { asyncBackoffFactor, asyncBackoffInitialMs, asyncBackoffMaxMs, asyncConcurrency } from '../model/limits.ts'
import type { AsyncFunction } from './operator.ts'

/**
 * In which order results leave. 'ordered': as the records came. 'per-key': those of one key as they came, others may overtake (keyed
 * input only). 'unordered': as they are ready. A result never crosses a watermark, in any order.
 */
export type AsyncOrder = 'ordered' | 'per-key' | 'unordered'

/** The pause before retry n is `initialMs × factor^(n - 1)`, at most `maxMs`. */
export interface Backoff {
  readonly initialMs: number
  readonly factor: number
  readonly maxMs: number
}

export interface AsyncStep {
  readonly kind: 'async'
  /** Names the step in errors and counters. */
  readonly id: string
  readonly fn: AsyncFunction
  /** Calls in flight. */
  readonly concurrency: number
  /** From the first call for a record to its result, retries and pauses included, ms; undefined = no bound. */
  readonly timeoutMs: number | undefined
  /** Calls after the first that failed. */
  readonly retries: number
  readonly backoff: Backoff
  /** Gives a record its result at the timeout; without it a timeout fails the attempt with ASYNC_TIMEOUT. */
  readonly onTimeout: ((value: never) => unknown) | undefined
}

export interface MapStep {
  readonly kind: 'map'
  readonly fn: (value: never) => unknown
}

export type LaneStep = MapStep | AsyncStep

export interface LaneDefinition {
  /** Name of the result's field. */
  readonly name: string
  readonly steps: readonly LaneStep[]
}

export interface AsyncStepOptions {
  /** Default 64. */
  readonly concurrency?: number | undefined
  /** Default: no bound. */
  readonly timeoutMs?: number | undefined
  /** Default 0. */
  readonly retries?: number | undefined
  /** Default 100 ms, doubled each time, at most 10 s. */
  readonly backoff?: Partial<Backoff> | undefined
  readonly onTimeout?: ((value: never) => unknown) | undefined
}

/** Fills in the defaults. Throws JOB_INVALID for options that make no sense. */
export function asyncStep(id: string, fn: AsyncFunction, options: AsyncStepOptions = {}): AsyncStep {
  const { concurrency = asyncConcurrency, timeoutMs, retries = 0, onTimeout } = options
  const backoff = { initialMs: asyncBackoffInitialMs, factor: asyncBackoffFactor, maxMs: asyncBackoffMaxMs, ...options.backoff }
  check(id, Number.isSafeInteger(concurrency) && concurrency >= 1, `concurrency is ${concurrency}: it must be a whole number from 1`)
  check(id, timeoutMs === undefined || timeoutMs > 0, `timeout is ${timeoutMs} ms: it must be positive`)
  check(id, onTimeout === undefined || timeoutMs !== undefined, 'onTimeout without a timeout never runs: set timeout')
  check(id, Number.isSafeInteger(retries) && retries >= 0, `retries is ${retries}: it must be a whole number from 0`)
  check(id, backoff.initialMs >= 0 && backoff.maxMs >= 0, 'a back-off pause is negative')
  check(id, backoff.factor >= 1, `the back-off factor is ${backoff.factor}: it must be at least 1`)
  return { kind: 'async', id, fn, concurrency, timeoutMs, retries, backoff, onTimeout }
}

function check(id: string, condition: boolean, what: string): void {
  if (!condition) throw new MillraceError('JOB_INVALID', `asyncMap ${id}: ${what}`, { operator: id })
}
