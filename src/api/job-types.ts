// The type of a job, as a user sees it.

import type { DeadLetter } from '../model/dead-letter.ts'
import type { Duration } from '../model/duration.ts'
import type { Plan } from '../model/plan.ts'
import type { Source } from '../ports/source.ts'
import type { SourceStream, Stream, Tagged } from './stream-types.ts'

/** Where event time is in the records of a source, and how far they may be out of order. */
export interface EventTime<in T> {
  /** Event time of a record, ms since the epoch. */
  timestamp: (e: T) => number
  /** Records may come this much behind the latest; later ones are late. Default 0: in order. */
  outOfOrder?: Duration | undefined
  /** A part of the source without records for this long no longer holds event time back. Default: it always does. */
  idleAfter?: Duration | undefined
  /** Instead of `outOfOrder`: the watermark that a record carries, ms since the epoch; undefined = this one carries none. */
  punctuation?: ((e: T) => number | undefined) | undefined
}

/** A graph of sources, operators and sinks. Building it runs nothing. */
export interface Job {
  readonly name: string
  /**
   * Begins a stream.
   * @param id names it in checkpoints, metrics and errors
   * @param from a connector's source; an array; or a function that gives a fresh (async) iterable each time, called again to replay
   * @param time needed by everything on event time: windows, joins, timers
   */
  source<T, In = never>(
    id: string,
    from: Source<T, In> | readonly T[] | (() => Iterable<T> | AsyncIterable<T>),
    time?: EventTime<NoInfer<T>>,
  ): SourceStream<T, In>
  /** One stream of all, each record with the name of its stream as `type`. For object types that have no `type` of their own. */
  merge<M extends Record<string, object & { type?: never }>>(
    streams: { [K in keyof M]: Stream<M[K]> },
  ): Stream<{ [K in keyof M]: Tagged<K, M[K]> }[keyof M]>
  /** Records that made user code fail in every attempt, from all operators. Reading it makes `onPoison` 'dead-letter'. */
  deadLetters(): Stream<DeadLetter>
  /**
   * What would be deployed.
   * @param overrides parallelism of operators that do not say otherwise, instead of the job's
   * @throws JOB_INVALID with all that is wrong with the job
   */
  plan(overrides?: PlanOverrides): Plan
}

export interface PlanOverrides {
  readonly parallelism?: number | undefined
}
