// The types of streams without keys, as a user sees them. Interfaces only: they carry `out T`, and a phantom `'~type'` that lets inferred
// types be told apart; nothing is there at run time under that name.

import type { Key } from '../model/key.ts'
import type { Sink } from '../ports/sink.ts'
import type { AsyncContext, AsyncOptions, ForkOptions, Lane } from './async-types.ts'
import type { Connected } from './connect-types.ts'
import type { KeyedStream } from './keyed-types.ts'

/**
 * Records on their way: a handle that operators are hung on, and that `ask`, tests and `toAsyncIterable` take. Nothing runs before the job
 * does. A stream may be read any number of times.
 */
export interface Stream<out T> {
  readonly '~type': T
  /** Refuses a function that returns a promise. */
  map<P extends PromiseLike<unknown>>(fn: (e: T) => P): 0 extends 1 & P ? Stream<any> : 'map is synchronous: use asyncMap(id, fn)'
  /** One record for each. The function must not change its argument. */
  map<R>(fn: (e: T) => R): Stream<R>
  /** Keeps the records that pass the test; a type guard narrows. */
  filter<U extends T>(test: (e: T) => e is U): Stream<U>
  filter(test: (e: T) => boolean): Stream<T>
  /** Any number of records for each, with its timestamp. */
  flatMap<R>(fn: (e: T) => Iterable<R>): Stream<R>
  /** The records of all, as they come. */
  union<U extends unknown[]>(...others: { [I in keyof U]: Stream<U[I]> }): Stream<T | U[number]>
  /**
   * Brings records of the same key together. A key is a string, number, bigint or boolean; several fields become one by
   * `JSON.stringify([a, b])`. The function must give the same key for the same record, always.
   */
  keyBy<K extends Key>(key: (e: T) => K): KeyedStream<T, K>
  /** Deals records round robin over the subtasks that follow. Their order is kept no longer. */
  rebalance(): Stream<T>
  /** Every subtask gets every record: for rules and other small things that `connect` joins in. */
  broadcast(): Broadcast<T>
  /** Named streams, by tests in order: the first that says true takes the record, `rest` takes what is left. Type guards narrow. */
  split<P extends Record<string, (e: T) => boolean>>(tests: P & { readonly rest?: never }): Split<T, P>
  /**
   * Calls a function that returns a promise, many at a time; the result takes the record's place and keeps its timestamp.
   *
   * A call may be repeated after a restart. What it throws (when retries are used up) fails the attempt.
   * @param id names it in errors, metrics and checkpoints, which hold the records in flight
   */
  asyncMap<R, F = never>(id: string, fn: (e: T, ctx: AsyncContext) => Promise<R>, o?: AsyncOptions<T, F>): Stream<R | F>
  /** Sends each record through several lanes at once, and joins their results: `{ input, …one field a lane }`. */
  fork<B extends Record<string, unknown>>(
    id: string,
    lanes: { [K in keyof B]: (lane: Lane<T>) => Lane<B[K]> } & { input?: never },
    o?: ForkOptions,
  ): Stream<{ readonly input: T } & Readonly<B>>
  /** `fn(stream)`: for reusable pieces of a job. */
  pipe<R>(fn: (s: this) => R): R
  /** Joins in a broadcast stream, through state that all subtasks share. */
  connect<B>(b: Broadcast<B>): Connected<T, B>
  /** Ends the branch in a sink. */
  to(id: string, sink: Sink<T>, o?: SinkOptions): void
  /** Subtasks of the operator that made this stream. Default: those of its input, or the job's where records are spread anew. */
  parallelism(n: number): this
  /** Runs the job in this process and gives the records of this stream; leaving the loop stops the job. */
  toAsyncIterable(): AsyncIterable<T>
}

export interface SinkOptions {
  /** Subtasks of the sink. Default: those of its input. */
  readonly parallelism?: number | undefined
}

/** What a stream carries. */
export type ElementOf<S> = S extends Stream<infer T> ? T : never

/** A record of `job.merge`: the record, and which stream it is from. */
export type Tagged<K, T> = T extends unknown ? { readonly type: K } & T : never

/** A stream whose records go to every subtask. */
export interface Broadcast<out B> {
  readonly '~type': ['broadcast', B]
}

/**
 * The stream of a source.
 * @typeParam In what may be told to it from outside; never = nothing
 */
export interface SourceStream<out T, in In = never> extends Stream<T> {
  readonly id: string
  readonly '~in': (event: In) => void
  /** Records that do not match the source's schema. Where nobody reads them, the first one fails the job. */
  onInvalid(): Stream<Invalid>
}

/** A record that does not match its source's schema. */
export interface Invalid {
  readonly raw: unknown
  /** What its schema says is wrong, and at which fields. */
  readonly issues: readonly { readonly message: string; readonly path?: readonly (string | number)[] }[]
  /** Where it stands in its source: 'clicks.jsonl line 17'. */
  readonly offset: string
}

type Guarded<T, F> = F extends (e: any) => e is infer U ? T & U : T
type Taken<P> = { [K in keyof P]: P[K] extends (e: any) => e is infer U ? U : never }[keyof P]
export type Split<T, P> = { readonly [K in keyof P]: Stream<Guarded<T, P[K]>> } & { readonly rest: Stream<Exclude<T, Taken<P>>> }

/** A stream whose operator can be asked for the state of a key: `node.ask(stream, key)`. */
export interface Stateful<out T, out K extends Key, out Answer> extends Stream<T> {
  readonly id: string
  readonly '~answer': readonly [K, Answer]
}
