// What a process function declares and what it is given: the types that a user of `process` and `connect` meets, and `output`.
//
// Everything is inferred from the declaration: the handles of states, the names of timers, the types of outputs.

import type { Live, MapState, StateDecl, StateSpec } from '../state/declarations.ts'

/** Stands for a main output that was not declared, so that `emit` does not compile and says why. */
export interface NoOutputDeclared {
  readonly 'to emit, declare emits: output<T>()': never
}

/** A declared output. */
export interface Output<out O> {
  readonly '~type': ['output', O]
}
export type Outputs = Record<string, Output<unknown>>
export type OutputOf<X> = X extends Output<infer O> ? O : never

/** Declares an output and the type of what it carries. */
export function output<O>(): Output<O> {
  return Object.freeze({ kind: 'output' }) as unknown as Output<O>
}

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

export interface Context<K, S, O, Side, N> {
  readonly key: K
  readonly state: Live<S>
  readonly timers: Timers<N>
  /** Event time of the record, or of the event-time timer; undefined where there is none. */
  readonly timestamp: number | undefined
  /** Event time that this key has reached; in an event-time timer, the watermark that made it fire. */
  readonly watermark: number
  /** Processing time, ms since the epoch; the same for all records of a turn. */
  readonly now: number
  /** Emits to the main output, with the context's timestamp. */
  emit(value: O): void
  /** Emits to a side output, with the context's timestamp. */
  emitTo<N extends keyof Side>(name: N, value: OutputOf<Side[N]>): void
}

export interface ProcessSpec<T, K, S extends StateSpec, O, Side extends Outputs, N extends readonly string[]> {
  /** State by name, kept for each key. */
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

/** Shared state as `onElement` sees it: maps as read-only maps, everything else as its value. */
export type ReadOnlyLive<S> = {
  readonly [K in keyof S]: S[K] extends StateDecl<MapState<infer A, infer B>, unknown>
    ? ReadonlyMap<A, B>
    : S[K] extends StateDecl<unknown, infer P>
      ? P
      : never
}

export interface PlainContext<Sh, O, Side> {
  readonly shared: ReadOnlyLive<Sh>
  readonly timestamp: number | undefined
  readonly watermark: number
  emit(value: O): void
  emitTo<N extends keyof Side>(name: N, value: OutputOf<Side[N]>): void
}

export interface BroadcastContext<Sh, O, Side> {
  readonly shared: Live<Sh>
  emit(value: O): void
  emitTo<N extends keyof Side>(name: N, value: OutputOf<Side[N]>): void
}

/** A process function over a stream without keys and a broadcast stream. */
export interface ConnectSpec<T, B, Sh extends StateSpec, O, Side extends Outputs> {
  /** State that is alike in all subtasks. */
  shared?: Sh
  emits?: Output<O>
  outputs?: Side
  onElement(e: T, ctx: PlainContext<Sh, O, Side>): void | undefined
  /** May change `shared` and nothing else, and must not depend on the order of records from different senders. */
  onBroadcast(b: B, ctx: BroadcastContext<Sh, O, Side>): void | undefined
}

/** A process function over a keyed stream and a broadcast stream. */
export interface KeyedConnectSpec<
  T,
  B,
  K,
  Sh extends StateSpec,
  S extends StateSpec,
  O,
  Side extends Outputs,
  N extends readonly string[],
> {
  /** State that is alike in all subtasks. */
  shared?: Sh
  state?: S
  timers?: N
  emits?: Output<O>
  outputs?: Side
  onElement(e: T, ctx: Context<K, S, O, Side, N[number]> & { readonly shared: ReadOnlyLive<Sh> }): void | undefined
  /** May change `shared` and nothing else, and must not depend on the order of records from different senders. */
  onBroadcast(b: B, ctx: BroadcastContext<Sh, O, Side>): void | undefined
  onTimer?(timer: Timer<N[number]>, ctx: Context<K, S, O, Side, N[number]> & { readonly shared: ReadOnlyLive<Sh> }): void | undefined
}
