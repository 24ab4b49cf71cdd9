// Declarations of keyed state: what a process function says that it holds, and the live handles that it is given for it.
//
// A declaration is plain data, made once with the job and checked then; tables and handles are made of it for every subtask. What a
// handle gives belongs to the engine: read it, and change it only through the handle.

import { type Duration, toMs } from '../model/duration.ts'
import { MillraceError } from '../model/errors.ts'
import type { Key } from '../model/key.ts'
import { copyPlain } from './copy-plain.ts'

export interface StateOptions<T> {
  /** What was not written (or read, see `ttlOn`) for this long is gone; for lists and maps each element by itself. Default: kept for ever. */
  ttl?: Duration | undefined
  /** Whether only writing keeps state alive (the default) or reading too. */
  ttlOn?: 'write' | 'read' | undefined
  /** The clock that `ttl` counts: processing time (the default), or the watermark. */
  ttlTime?: 'processing' | 'event' | undefined
  /** Version of the values' shape in checkpoints, 1 unless set. */
  version?: number | undefined
  /** Makes a value out of one saved under an older version; per element for lists and maps. Without it older versions are refused. */
  migrate?: ((old: unknown, from: number) => T) | undefined
}

/** A declared state: what the handle is, and what an ask for it gives. */
export interface StateDecl<out Live, out Snap> {
  readonly '~type': [Live, Snap]
}

/** One value a key. */
export interface ValueState<T> {
  /** The value, or the declared initial one. */
  get(): T
  set(v: T): void
  clear(): void
}

/** A list a key, in the order of adding. */
export interface ListState<T> extends Iterable<T> {
  add(v: T): void
  get(): readonly T[]
  set(v: readonly T[]): void
  clear(): void
  readonly size: number
}

/**
 * A map a key, in the order of first writing; with a `ttl` in the order of the last, or with `ttlOn: 'read'` of the last reading or
 * writing.
 */
export interface MapState<K, V> extends Iterable<[K, V]> {
  get(k: K): V | undefined
  set(k: K, v: V): void
  has(k: K): boolean
  delete(k: K): void
  keys(): Iterable<K>
  values(): Iterable<V>
  clear(): void
  readonly size: number
}

/** All that was added, folded into one value. */
export interface ReducingState<T> {
  /** Undefined before the first `add`. */
  get(): T | undefined
  add(v: T): void
  clear(): void
}

/** All that was added, folded into an accumulator. */
export interface AggregatingState<In, Out> {
  /** The result; of a fresh accumulator before the first `add`. */
  get(): Out
  add(v: In): void
  clear(): void
}

export type StateSpec = Record<string, StateDecl<unknown, unknown>>
export type Live<S> = { readonly [K in keyof S]: S[K] extends StateDecl<infer L, unknown> ? L : never }
export type Snapshot<S> = { readonly [K in keyof S]: S[K] extends StateDecl<unknown, infer P> ? P : never }

/** What the engine reads of a declaration. */
export interface Declaration {
  readonly kind: 'value' | 'list' | 'map' | 'reducing' | 'aggregating'
  /** Of a value. */
  readonly initial?: unknown
  /** Of reducing and aggregating state. */
  readonly fold?: Fold | undefined
  readonly ttlMs: number | undefined
  readonly ttlOn: 'write' | 'read'
  readonly ttlTime: 'processing' | 'event'
  readonly version: number
  readonly migrate: ((old: unknown, from: number) => unknown) | undefined
}

/** How values become an accumulator, and an accumulator a result. */
export interface Fold {
  readonly first: (value: unknown) => unknown
  readonly add: (accumulator: unknown, value: unknown) => unknown
  /** What an ask or `get` gives; shares no mutable part with the accumulator unless that is the job's own `result`. */
  readonly result: (accumulator: unknown) => unknown
  /** What `get` gives before anything was added. */
  readonly empty: () => unknown
}

const declarations = new WeakSet<object>()

/** The engine's view of a declaration. Throws JOB_INVALID, naming the state, for anything that was not made here. */
export function declarationOf(name: string, declared: StateDecl<unknown, unknown>): Declaration {
  if (typeof declared === 'object' && declared !== null && declarations.has(declared)) return declared as unknown as Declaration
  throw new MillraceError('JOB_INVALID', `state ${name} is not declared: write value(…), list(), map(), reducing(…) or aggregating(…)`)
}

function declare<Live, Snap>(
  what: Pick<Declaration, 'kind' | 'initial' | 'fold'>,
  options: StateOptions<never> = {},
): StateDecl<Live, Snap> {
  const { ttl, ttlOn = 'write', ttlTime = 'processing', version = 1, migrate } = options
  const ttlMs = ttl === undefined ? undefined : toMs(ttl, `the ttl of a ${what.kind} state`)
  if (ttlMs !== undefined && ttlMs <= 0)
    throw new MillraceError('JOB_INVALID', `a ttl of ${ttlMs} ms keeps nothing: it must be more than 0`)
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new MillraceError('JOB_INVALID', `version ${version} of a ${what.kind} state is not usable: count versions from 1`)
  }
  const declaration: Declaration = Object.freeze({ ...what, ttlMs, ttlOn, ttlTime, version, migrate })
  declarations.add(declaration)
  return declaration as unknown as StateDecl<Live, Snap>
}

/**
 * One value a key.
 * @param initial what `get` gives before the first `set`; never changed, so do not change it in place
 */
export function value<T>(initial: T, o?: StateOptions<NoInfer<T>>): StateDecl<ValueState<T>, T>
export function value<T>(): StateDecl<ValueState<T | undefined>, T | undefined>
export function value<T>(initial?: T, o?: StateOptions<NoInfer<T>>): StateDecl<ValueState<T | undefined>, T | undefined> {
  return declare({ kind: 'value', initial }, o as StateOptions<never> | undefined)
}

/** A list a key. */
export function list<T>(o?: StateOptions<NoInfer<T>>): StateDecl<ListState<T>, readonly T[]> {
  return declare({ kind: 'list' }, o as StateOptions<never> | undefined)
}

/** A map a key. Keys of the map are primitives, as keys of a stream are. */
export function map<K extends Key, V>(o?: StateOptions<NoInfer<V>>): StateDecl<MapState<K, V>, ReadonlyMap<K, V>> {
  return declare({ kind: 'map' }, o as StateOptions<never> | undefined)
}

/**
 * All that was added, folded into one value.
 * @param fn must change neither argument
 */
export function reducing<T>(fn: (a: T, b: T) => T, o?: StateOptions<NoInfer<T>>): StateDecl<ReducingState<T>, T | undefined> {
  const fold: Fold = {
    first: (added) => added,
    add: fn as (a: unknown, b: unknown) => unknown,
    result: (reduced) => reduced,
    empty: () => undefined,
  }
  return declare({ kind: 'reducing', fold }, o as StateOptions<never> | undefined)
}

/** All that was added, folded into an accumulator. `add` may change and return it; `result` must not give away a mutable part of it. */
export function aggregating<In, A, Out = A>(
  spec: { init: () => A; add: (a: NoInfer<A>, v: In) => NoInfer<A>; result?: ((a: NoInfer<A>) => Out) | undefined },
  o?: StateOptions<NoInfer<A>>,
): StateDecl<AggregatingState<In, Out>, Out> {
  return declare({ kind: 'aggregating', fold: aggregatingFold(spec as AnyAggregating) }, o as StateOptions<never> | undefined)
}

interface AnyAggregating {
  readonly init: () => unknown
  readonly add: (accumulator: unknown, value: unknown) => unknown
  readonly result?: ((accumulator: unknown) => unknown) | undefined
}

/** The fold of an aggregate. */
function aggregatingFold({ init, add, result = copyPlain }: AnyAggregating): Fold {
  return { first: (added) => add(init(), added), add, result, empty: () => result(init()) }
}
