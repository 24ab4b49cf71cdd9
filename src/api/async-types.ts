// The types of async operators, as a user sees them: options of asyncMap and fork, and the lanes of a fork.

import type { Duration } from '../model/duration.ts'
import type { AsyncContext } from '../operators/operator.ts'

export type { AsyncContext } from '../operators/operator.ts'

/** The pause before retry n is `initial × factor^(n - 1)`, at most `max`. */
export interface BackoffOptions {
  /** Default '100 ms'. */
  readonly initial?: Duration | undefined
  /** Default 2. */
  readonly factor?: number | undefined
  /** Default '10 s'. */
  readonly max?: Duration | undefined
}

export interface CallOptions<in T, out F> {
  /** Calls in flight in each subtask. Default 64. */
  readonly concurrency?: number | undefined
  /** From the first call for a record to its result, retries and their pauses included. Default: no bound. */
  readonly timeout?: Duration | undefined
  /** Calls after the first one that failed. Default 0. */
  readonly retries?: number | undefined
  readonly backoff?: BackoffOptions | undefined
  /** The result of a record whose time is up. Without it a timeout fails the attempt. */
  readonly onTimeout?: ((e: T) => F) | undefined
}

export interface ForkOptions {
  /** Whether results leave in the order of their records; none ever crosses a watermark. Default true. */
  readonly ordered?: boolean | undefined
}

export interface AsyncOptions<in T, out F> extends CallOptions<T, F>, ForkOptions {}

/** Behind a keyBy also 'per-key': in order within each key, so that a slow key holds up no other. */
export interface KeyedForkOptions {
  readonly ordered?: boolean | 'per-key' | undefined
}

export interface KeyedAsyncOptions<in T, out F> extends CallOptions<T, F>, KeyedForkOptions {}

/** One lane of a fork: one result for each record. */
export interface Lane<out T> {
  readonly '~type': T
  /** Refuses a function that returns a promise. */
  map<P extends PromiseLike<unknown>>(fn: (e: T) => P): 0 extends 1 & P ? Lane<any> : 'map is synchronous: use asyncMap(id, fn)'
  map<R>(fn: (e: T) => R): Lane<R>
  asyncMap<R, F = never>(id: string, fn: (e: T, ctx: AsyncContext) => Promise<R>, o?: CallOptions<T, F>): Lane<R | F>
}
