// A column: one declared state of all keys, beside the other columns of its store.
//
// The store says which slot is in hand, which columns hold something for a slot (one bit each), and copies entries into checkpoints
// before they change; a column keeps the data, and says what of a slot is an entry.

import type { Declaration } from './declarations.ts'
import type { KeyedStore } from './keyed-store.ts'
import type { Cut, SavedRows } from './part.ts'

export interface Column {
  readonly name: string
  /** What user code is given. */
  readonly handle: unknown
  /** Appends all entries of a slot that this column holds; returns how many. */
  append(cut: Cut, slot: number): number
  /** The same for several slots at once. Left out: they are appended one by one. */
  appendAll?(cut: Cut, slots: Int32Array, count: number): number
  /** Takes back rows of the current version whose keys have these slots. False: the column cannot, and took nothing. */
  restoreRows?(slots: Int32Array, rows: SavedRows): boolean
  /** Makes room for slots below. */
  reserve?(slots: number): void
  /** Takes back one entry, of the current version. */
  restore(slot: number, namespace: unknown, value: unknown): void
  /** Whether `expire` has something to do for a slot that this column holds. */
  isDue(slot: number): boolean
  /** Removes what has expired, and the slot's bit with the last of it; dates what has no date yet. */
  expire(slot: number): void
  /** A plain copy for a query. */
  peek(slot: number): unknown
}

/** Where a column lives. */
export interface ColumnSite {
  readonly store: KeyedStore
  readonly bit: number
  readonly name: string
  readonly declaration: Declaration
}
