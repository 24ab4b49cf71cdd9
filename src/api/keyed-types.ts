// The types of keyed streams, as a user sees them: what can be done where records of one key come together.

import type { Duration } from '../model/duration.ts'
import type { Key } from '../model/key.ts'
import type { StateSpec } from '../state/declarations.ts'
import type { Assigner } from '../windows/assigner.ts'
import type { Aggregator } from '../windows/fold.ts'
import type { AnyWindow } from '../windows/window.ts'
import type { AsyncContext, KeyedAsyncOptions, KeyedForkOptions, Lane } from './async-types.ts'
import type { KeyedConnected } from './connect-types.ts'
import type { NoOutputDeclared, Outputs, Processed, ProcessSpec } from './process-types.ts'
import type { Broadcast, Stateful, Stream } from './stream-types.ts'
import type { WindowedStream } from './windowed-types.ts'

/** A stream whose records have a key. `filter` keeps it; what changes records gives a stream without key. */
export interface KeyedStream<out T, out K extends Key> extends Stream<T> {
  filter<U extends T>(test: (e: T) => e is U): KeyedStream<U, K>
  filter(test: (e: T) => boolean): KeyedStream<T, K>
  asyncMap<R, F = never>(id: string, fn: (e: T, ctx: AsyncContext) => Promise<R>, o?: KeyedAsyncOptions<T, F>): Stream<R | F>
  fork<B extends Record<string, unknown>>(
    id: string,
    lanes: { [N in keyof B]: (lane: Lane<T>) => Lane<B[N]> } & { input?: never },
    o?: KeyedForkOptions,
  ): Stream<{ readonly input: T } & Readonly<B>>
  /** Cuts the records of each key into windows. */
  window<W extends AnyWindow, M extends boolean>(assigner: Assigner<T, W, M>): WindowedStream<T, K, W, M>
  /** The running result of each key: one record out for each that comes in. */
  reduce(id: string, fn: (a: T, b: T) => T): Stateful<T, K, T | undefined>
  /** The same with an accumulator of its own type. */
  aggregate<A, R = A>(id: string, spec: Aggregator<T, { readonly key: K }, A, R>): Stateful<R, K, R | undefined>
  /** State, timers and side outputs for each key. */
  process<S extends StateSpec = {}, O = NoOutputDeclared, Side extends Outputs = {}, const N extends readonly string[] = never[]>(
    id: string,
    spec: ProcessSpec<T, K, S, O, Side, N>,
  ): Processed<O, K, S, Side>
  /** Pairs of records with the same key: those near in time, or those of the same window. */
  join<U, R>(id: string, right: KeyedStream<U, K>, on: JoinOn<T | U>, fn: (l: T, r: U, ctx: { readonly key: K }) => R): Stream<R>
  /** What both sides have in a window, either of them possibly empty. */
  coGroup<U, W extends AnyWindow, R>(
    id: string,
    right: KeyedStream<U, K>,
    window: Assigner<T | U, W, boolean>,
    fn: (l: readonly T[], r: readonly U[], ctx: { readonly key: K; readonly window: W }) => Iterable<R>,
  ): Stream<R>
  connect<B>(b: Broadcast<B>): KeyedConnected<T, B, K>
}

/** `between`: the right record is that much later than the left one (negative: earlier), both bounds included unless `exclusive`. */
export type JoinOn<E> =
  | { readonly between: readonly [Duration, Duration]; readonly exclusive?: 'lower' | 'upper' | 'both' | undefined }
  | { readonly window: Assigner<E, AnyWindow, boolean> }
