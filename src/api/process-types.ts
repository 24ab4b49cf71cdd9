// The types of process functions, as a user sees them: what they declare, and what they are given.

import type { Key } from '../model/key.ts'
import type { Live, Snapshot, StateSpec } from '../state/declarations.ts'
import type { Stateful, Stream } from './stream-types.ts'

/** Stands where no output was declared, so that the compiler says what to do. */
export interface NoOutputDeclared {
  readonly 'to emit, declare emits: output<T>()': never
}

/** The declared type of an output. */
export interface Output<out O> {
  readonly '~type': ['output', O]
}
export type Outputs = Record<string, Output<unknown>>
export type OutputOf<X> = X extends Output<infer O> ? O : never

/** Timers of the key in hand. The same (key, name, time) twice is one timer. Times are ms since the epoch. */
export interface Timers<in N> {
  /** Fires when the watermark reaches `at`; at once if it has. */
  eventTime(at: number, name?: N): void
  /** Fires when the clock reaches `at`. */
  processingTime(at: number, name?: N): void
  /** Takes back a timer of either kind; one that is not there is no error. */
  cancel(at: number, name?: N): void
}

/** A timer that fires. */
export interface Timer<out N> {
  readonly at: number
  readonly name: N | undefined
  readonly time: 'event' | 'processing'
}

export interface Emitter<O, Side> {
  /** Emits on the main output, with the timestamp of the record in hand, or of the timer. */
  emit(value: O): void
  /** Emits on a side output. */
  emitTo<N extends keyof Side>(name: N, value: OutputOf<Side[N]>): void
}

/** What a process function is given. Valid during the call only. */
export interface Context<K, S, O, Side, N> extends Emitter<O, Side> {
  readonly key: K
  readonly state: Live<S>
  readonly timers: Timers<N>
  /** Event time of the record in hand, or of the timer; undefined = none. */
  readonly timestamp: number | undefined
  /** Event time so far; -Infinity = unknown. */
  readonly watermark: number
  /** Processing time, ms since the epoch. */
  readonly now: number
}

export interface ProcessSpec<T, K, S extends StateSpec, O, Side extends Outputs, N extends readonly string[]> {
  /** What is kept for each key: `value`, `list`, `map`, `reducing`, `aggregating`. */
  state?: S
  /** Names of its timers. */
  timers?: N
  /** The main output: `output<T>()`. */
  emits?: Output<O>
  /** Side outputs by name. */
  outputs?: Side
  onElement(e: T, ctx: Context<K, S, O, Side, N[number]>): void | undefined
  onTimer?(timer: Timer<N[number]>, ctx: Context<K, S, O, Side, N[number]>): void | undefined
}

/** The stream of a process function. Asked for a key, it gives its state, or undefined where there is none. */
export interface Processed<out T, out K extends Key, out S, out Side extends Outputs> extends Stateful<T, K, Snapshot<S> | undefined> {
  /** A side output, by the name that it was declared with. */
  side<N extends keyof Side>(name: N): Stream<OutputOf<Side[N]>>
}

/** Declares an output: `emits: output<Alert>()`. */
export function output<O>(): Output<O> {
  return declared as Output<O>
}

const declared: object = Object.freeze({ output: true })
