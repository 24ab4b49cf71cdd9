// The types of windowed streams, as a user sees them.

import type { Duration } from '../model/duration.ts'
import type { Key } from '../model/key.ts'
import type { Evictor } from '../windows/evictor.ts'
import type { Aggregator, OpenWindow, SessionsNeedMerge, WindowInfo } from '../windows/fold.ts'
import type { Trigger } from '../windows/trigger.ts'
import type { TimeWindow } from '../windows/window.ts'
import type { Stateful, Stream } from './stream-types.ts'

/** Windows that wait for their function. */
export interface WindowedStream<out T, out K extends Key, out W, out Merging extends boolean> {
  /**
   * How long after its end a window still takes late records: each fires it again. Time windows only; default 0.
   * @throws JOB_INVALID for a negative duration
   */
  allowedLateness(this: WindowedStream<T, K, TimeWindow, Merging>, d: Duration): this
  /** When the function runs, instead of at the end of each window. */
  trigger(t: Trigger<T>): this
  /** What a window lets go of before or after its function runs. It then keeps its records. */
  evictor(e: Evictor<T>): this
  /**
   * An accumulator for each window. With `merge`, overlapping windows share their work and senders combine; session windows need it.
   * Asked for a key, it gives each open window as if it fired now, earliest end first.
   */
  aggregate<A, R = A>(
    id: string,
    spec: Aggregator<T, WindowInfo<K, W>, A, R> & (Merging extends true ? SessionsNeedMerge<A> : unknown),
  ): Windowed<R, T, K, readonly OpenWindow<W, R>[]>
  /** Folds the records of a window into one of the same type. `fn` must be associative, for parts are folded first. */
  reduce(id: string, fn: (a: T, b: T) => T): Windowed<T, T, K, readonly OpenWindow<W, T>[]>
  /**
   * All records of a window at once, in the order in which they came. Where they came out of the order of time: in sliding windows first
   * those of the earliest slide, in sessions that grew together first those of the earliest.
   */
  process<O>(
    id: string,
    fn: (elements: readonly T[], info: WindowInfo<K, W>) => Iterable<O>,
  ): Windowed<O, T, K, readonly OpenWindow<W, readonly T[]>[]>
}

/** Results of windows. */
export interface Windowed<out R, out T, out K extends Key, out Answer> extends Stateful<R, K, Answer> {
  /** Records that no window took because they were late. Where nobody reads them they are counted. */
  late(): Stream<T>
}
