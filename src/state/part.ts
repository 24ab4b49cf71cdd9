// Parts: the pieces of an operator's state that go into checkpoints, and how they are copied out while processing goes on.
//
// A keyed part is a table of entries, each belonging to a key group. `begin` freezes it in no time: it only remembers that every entry
// now present belongs to the cut. `copy` then appends frozen entries to the cut, a bounded number a call. Whoever changes or removes an
// entry that is frozen and not yet copied copies it first. Entries made after `begin` do not belong to the cut. So the cut is exactly the
// state at `begin`, and the world never stops.
//
// An operator part is small and has no key: it is taken whole, at once.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import type { KeyIndex } from './key-index.ts'
import type { RowShape } from './row-shape.ts'

/** Where the frozen entries of one keyed part go. */
export interface Cut {
  /**
   * Appends an entry. It is encoded before this returns, or, inside of `copy`, when `copy` has returned and before anything else happens:
   * afterwards it may change.
   * @param namespace what stands beside the key: a window, a map's key, a timer; undefined where there is nothing
   */
  append(group: KeyGroup, key: Key, namespace: unknown, value: unknown): void
  /**
   * Appends entries that lie as rows: the first `count` of `slots`. They are copied before this returns. Left out by cuts that take single
   * entries only.
   * @param stamps by slot: the namespaces; undefined where there are none
   */
  appendRows?(index: KeyIndex, slots: Int32Array, count: number, cells: RowCells, stamps: Float64Array | undefined): void
}

/** What a cut reads of cells that hold numbers, or flat numeric objects as rows of numbers. */
export interface RowCells {
  readonly rows: Float64Array | undefined
  /** Undefined: a row is a number. */
  readonly shape: RowShape | undefined
  readonly width: number
}

/** Entries of one group as a checkpoint gives them back when keys and values are numbers or flat numeric objects. */
export interface SavedRows {
  readonly count: number
  readonly keys: Float64Array
  /** Namespaces, where those are numbers; undefined where there are none. */
  readonly stamps: Float64Array | undefined
  /** Names of the fields; undefined: values are numbers. */
  readonly fields: readonly string[] | undefined
  /** Row by row. */
  readonly values: Float64Array
}

export interface KeyedPart {
  /** Unique in the operator, stable over versions of the job: 'value.total', 'timers', 'slices'. */
  readonly name: string
  /** Version of the values' shape, 1 unless the user says otherwise. */
  readonly version: number
  begin(cut: Cut): void
  /** Appends at most `budget` frozen entries. True when all have been copied: the cut is then complete and must not be used again. */
  copy(budget: number): boolean
  /** Forgets the open cut, if any. */
  abandon(): void
  /** Takes back one entry, before the first record. `version` is the one that it was written under. */
  restore(group: KeyGroup, key: Key, namespace: unknown, value: unknown, version: number): void
  /** Takes back entries of the current version at once. False, or left out: give them one by one; nothing was taken. */
  restoreRows?(group: KeyGroup, rows: SavedRows): boolean
  /** So many entries are going to be restored. */
  expect?(entries: number): void
}

/** How an operator part is spread when the parallelism changes. */
export type Redistribution =
  /** A list: its items are dealt round robin over the new subtasks, in order. */
  | 'deal'
  /** All copies are alike: new subtask i takes copy i mod old parallelism. */
  | 'copy'
  /** Every new subtask takes the items of all old ones, in order. */
  | 'union'

export interface OperatorPart {
  readonly name: string
  readonly version: number
  readonly redistribution: Redistribution
  /** The items now; encoded before the next record. One item for 'copy'. */
  collect(): readonly unknown[]
  restore(items: readonly unknown[], version: number): void
}
