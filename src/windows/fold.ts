// What runs over a window: reduce, aggregate or a process function, brought to one shape for the window operators.
//
// It owns how accumulators begin, grow, merge, and what comes out of them; it keeps none. Rules that it relies on and keeps: `add` and
// `merge` may change and return their first argument, never change or keep the second; what is assembled from several accumulators
// starts from a fresh `init()`; nothing emitted shares a mutable part with state that lives on.

import { MillraceError } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { copyPlain } from '../state/copy-plain.ts'
import { migrated, type Versioned } from '../state/migrate.ts'
import type { AnyWindow } from './window.ts'

/** What `result` is told beside the accumulator. */
export interface WindowInfo<K, W> {
  readonly key: K
  readonly window: W
}

/** Answer for one open window: its value as if it fired now. */
export interface OpenWindow<W, R> {
  readonly window: W
  readonly value: R
}

/** An incremental aggregate. The accumulator's type comes from `init`. */
export interface Aggregator<T, Info, A, R> {
  init: () => A
  /** May change and return `acc`. */
  add: (acc: NoInfer<A>, e: T) => NoInfer<A>
  /** May change and return `a`, must not change or keep `b`. With it, overlapping windows share their work; sessions need it. */
  merge?: ((a: NoInfer<A>, b: NoInfer<A>) => NoInfer<A>) | undefined
  /** The accumulator itself unless set. Must not give away a mutable part of it. */
  result?: ((acc: NoInfer<A>, info: Info) => R) | undefined
  /** Version of the accumulator's shape in checkpoints; 1 unless set. */
  version?: number | undefined
  /** Makes an accumulator out of one that was saved under an older version. */
  migrate?: ((old: unknown, from: number) => NoInfer<A>) | undefined
}

/** What makes `merge` required where windows merge. */
export interface SessionsNeedMerge<A> {
  merge: (a: NoInfer<A>, b: NoInfer<A>) => NoInfer<A>
}

/** The function of a window, as the API takes it. */
export type WindowFunction =
  | { readonly kind: 'reduce'; readonly reduce: (a: never, b: never) => unknown }
  | { readonly kind: 'aggregate'; readonly aggregate: Aggregator<never, WindowInfo<never, never>, never, unknown> }
  | { readonly kind: 'process'; readonly process: (elements: readonly never[], info: WindowInfo<never, never>) => Iterable<unknown> }

type Acc = unknown

export interface Fold {
  readonly kind: WindowFunction['kind']
  readonly version: number
  /** Accumulator of one element. */
  first(element: unknown): Acc
  add(acc: Acc, element: unknown): Acc
  /** Undefined where the job gives none. */
  readonly merge: ((a: Acc, b: Acc) => Acc) | undefined
  /** An accumulator that may be merged into while `acc` stays as it is. Needs `merge`. */
  own(acc: Acc): Acc
  /** Whether `result` leaves the accumulator as it is and shares nothing with what it gives, also without copying it. */
  readonly reusable: boolean
  /**
   * What comes out of a window: one value, or for a process function the iterable of its outputs.
   * @param owned whether `acc` is given up, so that it may be emitted as it is
   */
  result(acc: Acc, key: Key, window: AnyWindow, owned: boolean): unknown
  /** Answer to a query; `acc` stays as it is. */
  peek(acc: Acc, key: Key, window: AnyWindow): unknown
  /** Accumulator out of a saved one of any version. Throws STATE_MISMATCH for a version that it does not know. */
  revive(operator: OperatorId, saved: unknown, version: number): Acc
}

export function foldOf(fn: WindowFunction): Fold {
  switch (fn.kind) {
    case 'reduce':
      return reduceFold(fn.reduce as (a: unknown, b: unknown) => unknown)
    case 'aggregate':
      return aggregateFold(fn.aggregate as unknown as Aggregator<unknown, WindowInfo<Key, AnyWindow>, unknown, unknown>)
    case 'process':
      return processFold(fn.process as (elements: readonly unknown[], info: WindowInfo<Key, AnyWindow>) => Iterable<unknown>)
  }
}

// Records are immutable, so the accumulator of a reduce may be shared and emitted as it is.
const reduceFold = (reduce: (a: unknown, b: unknown) => unknown): Fold => ({
  kind: 'reduce',
  version: 1,
  first: (element) => element,
  add: reduce,
  merge: reduce,
  own: (acc) => acc,
  reusable: true,
  result: (acc) => acc,
  peek: (acc) => acc,
  revive: (operator, saved, version) => reviveVersion(operator, saved, version, 1, undefined),
})

function aggregateFold(spec: Aggregator<unknown, WindowInfo<Key, AnyWindow>, unknown, unknown>): Fold {
  const { init, add, merge, result, migrate } = spec
  const version = spec.version ?? 1
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new MillraceError('JOB_INVALID', `version ${version} of an aggregate is not usable: count versions from 1`)
  }
  return {
    kind: 'aggregate',
    version,
    first: (element) => add(init(), element),
    add,
    merge,
    own: (acc) => merge!(init(), acc),
    reusable: result !== undefined,
    result:
      result === undefined
        ? (acc, _key, _window, owned) => (owned ? acc : copyPlain(acc))
        : (acc, key, window) => result(acc, { key, window }),
    peek: result === undefined ? (acc) => copyPlain(acc) : (acc, key, window) => result(acc, { key, window }),
    revive: (operator, saved, from) => reviveVersion(operator, saved, from, version, migrate),
  }
}

// The accumulator is the list of elements.
const processFold = (process: (elements: readonly unknown[], info: WindowInfo<Key, AnyWindow>) => Iterable<unknown>): Fold => ({
  kind: 'process',
  version: 1,
  first: (element) => [element],
  add: append,
  merge: concat,
  own: (acc) => (acc as unknown[]).slice(),
  reusable: false,
  result: (acc, key, window, owned) => process((owned ? acc : (acc as unknown[]).slice()) as unknown[], { key, window }),
  peek: (acc) => (acc as unknown[]).slice(),
  revive: (operator, saved, version) => reviveVersion(operator, saved, version, 1, undefined),
})

function append(acc: Acc, element: unknown): Acc {
  ;(acc as unknown[]).push(element)
  return acc
}

function concat(a: Acc, b: Acc): Acc {
  for (const element of b as unknown[]) (a as unknown[]).push(element)
  return a
}

const reviveVersion = (operator: OperatorId, saved: unknown, from: number, version: number, migrate: Versioned['migrate']): Acc =>
  migrated(operator, 'its accumulators were', 'the aggregate', { version, migrate }, saved, from)
