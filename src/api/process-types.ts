// The types of process functions, as a user sees them: what they declare, what they are given, and the streams that they give.
//
// Everything is inferred from the declaration: the handles of states, the names of timers, the types of outputs.

import type { Key } from '../model/key.ts'
import type { Live, Snapshot, StateSpec } from '../state/declarations.ts'
import type { Stateful, Stream } from './stream-types.ts'

/** Stands for a main output that was not declared, so that `emit` does not compile and says why. */
export type NoOutputDeclared = 'to emit, declare emits: output<T>()'

/** A declared output. */
export interface Output<out O> {
  readonly '~type': ['output', O]
}
export type Outputs = Record<string, Output<unknown>>
export type OutputOf<X> = X extends Output<infer O> ? O : never

const declared: object = Object.freeze({ kind: 'output' })

/** Declares an output and the type of what it carries: `emits: output<Alert>()`. */
export const output = <O>(): Output<O> => declared as Output<O>

/** Whether a value was made by `output`. */
export const isOutput = (value: unknown): boolean => value === declared

/** Timers of the key in hand. A timer is its time and its name: setting it twice is setting it once. */
export interface Timers<in N> {
  /** Fires when the watermark reaches `at`, ms since the epoch; with the next watermark if it has. */
  eventTime(at: number, name?: N): void
  /** Fires when processing time reaches `at`, ms since the epoch. Those still waiting at the end of input do not fire. */
  processingTime(at: number, name?: N): void
  /** Takes back the timers of that time and name, of both kinds. */
  cancel(at: number, name?: N): void
}

/** A timer that fires. */
export interface Timer<out N> {
  readonly at: number
  readonly name: N | undefined
  readonly time: 'event' | 'processing'
}

export interface Emitter<O, Side> {
  /** Emits to the main output, with the context's timestamp. */
  emit(value: O): void
  /** Emits to a side output, with the context's timestamp. */
  emitTo<N extends keyof Side>(name: N, value: OutputOf<Side[N]>): void
}

/** What a process function is given. Valid during the call only. */
export interface Context<K, S, O, Side, N> extends Emitter<O, Side> {
  readonly key: K
  readonly state: Live<S>
  readonly timers: Timers<N>
  /** Event time of the record, or of the event-time timer; undefined where there is none. */
  readonly timestamp: number | undefined
  /** Event time that this key has reached; in an event-time timer, the watermark that made it fire. */
  readonly watermark: number
  /** Processing time, ms since the epoch; the same for all records of a turn. */
  readonly now: number
}

export interface ProcessSpec<T, K, S extends StateSpec, O, Side extends Outputs, N extends readonly string[]> {
  /** State by name, kept for each key: `value`, `list`, `map`, `reducing`, `aggregating`. */
  state?: S
  /** Names of timers; a timer may also have none. */
  timers?: N
  /** The main output; leave it out when there are only side outputs. */
  emits?: Output<O>
  /** Side outputs by name. */
  outputs?: Side
  onElement(e: T, ctx: Context<K, S, O, Side, N[number]>): void | undefined
  /** At the end of input all event-time timers fire. One that is set then fires too, unless its name led to it: loops end. */
  onTimer?(timer: Timer<N[number]>, ctx: Context<K, S, O, Side, N[number]>): void | undefined
}

/** The stream of a process function. Asked for a key, it gives its state, or undefined where there is none. */
export interface Processed<out T, out K extends Key, out S, out Side extends Outputs> extends Stateful<T, K, Snapshot<S> | undefined> {
  /** A side output, by the name that it was declared with. */
  side<N extends keyof Side>(name: N): Stream<OutputOf<Side[N]>>
}
