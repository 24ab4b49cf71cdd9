// The types of streams joined with a broadcast, as a user sees them.

import type { Key } from '../model/key.ts'
import type { Live, MapState, StateDecl, StateSpec } from '../state/declarations.ts'
import type { Context, Emitter, NoOutputDeclared, Output, OutputOf, Outputs, Processed, Timer } from './process-types.ts'
import type { Stream } from './stream-types.ts'

/** Shared state as `onElement` sees it: maps as read-only maps, everything else as its value. */
export type ReadOnlyLive<S> = {
  readonly [K in keyof S]: S[K] extends StateDecl<MapState<infer A, infer B>, unknown>
    ? ReadonlyMap<A, B>
    : S[K] extends StateDecl<unknown, infer P>
      ? P
      : never
}

/** What `onElement` is given where there are no keys. */
export interface PlainContext<Sh, O, Side> extends Emitter<O, Side> {
  readonly shared: ReadOnlyLive<Sh>
  readonly timestamp: number | undefined
  readonly watermark: number
}

/** What `onBroadcast` is given. It runs in every subtask, so what it does must depend on the record and the shared state only. */
export interface BroadcastContext<Sh, O, Side> extends Emitter<O, Side> {
  readonly shared: Live<Sh>
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

/** The stream of a function without keys. */
export interface Sided<out O, out Side extends Outputs> extends Stream<O> {
  readonly id: string
  side<N extends keyof Side>(name: N): Stream<OutputOf<Side[N]>>
}

export interface Connected<out T, out B> {
  process<Sh extends StateSpec = {}, O = NoOutputDeclared, Side extends Outputs = {}>(
    id: string,
    spec: ConnectSpec<T, B, Sh, O, Side>,
  ): Sided<O, Side>
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

export interface KeyedConnected<out T, out B, out K extends Key> {
  process<
    Sh extends StateSpec = {},
    S extends StateSpec = {},
    O = NoOutputDeclared,
    Side extends Outputs = {},
    const N extends readonly string[] = never[],
  >(id: string, spec: KeyedConnectSpec<T, B, K, Sh, S, O, Side, N>): Processed<O, K, S, Side>
}
