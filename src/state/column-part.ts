// One column's share of the checkpoints: copies the entries of a keyed store's column while the store goes on changing.
//
// Which slots belong to the open cuts, and which pages of them have been copied early, is known to the store, for all columns at once; a
// part has its own cut and how far it has come. Pages below the cursor have been looked at.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import type { Column, ColumnSite } from './column.ts'
import type { Declaration } from './declarations.ts'
import type { KeyedStore } from './keyed-store.ts'
import { migrated } from './migrate.ts'
import type { Cut, KeyedPart, SavedRows } from './part.ts'

/** Slots that are copied together, side by side: 2 to the power of this. A page of rows takes 1 µs, one of objects 10. */
export const pageBits = 6

export class ColumnPart implements KeyedPart {
  readonly name: string
  readonly version: number
  readonly bit: number
  cut: Cut | undefined
  readonly #store: KeyedStore
  readonly #column: Column
  readonly #declaration: Declaration
  #cursor = 0
  readonly #slots: Int32Array

  constructor({ store, bit, name, declaration }: ColumnSite, column: Column) {
    this.name = `${declaration.kind}.${name}`
    this.version = declaration.version
    this.bit = bit
    this.#store = store
    this.#column = column
    this.#declaration = declaration
    this.#slots = new Int32Array(1 << pageBits)
  }

  begin(cut: Cut): void {
    this.cut = cut
    this.#cursor = 0
    this.#store.freezeSlots()
  }

  /** Whole pages are copied, so it may go over the budget by one of them, and by the length of its lists and maps. */
  copy(budget: number): boolean {
    const { cut } = this
    if (cut === undefined) return true
    const { settled, frozen } = this.#store
    for (let left = budget; this.#cursor << pageBits < frozen; this.#cursor++) {
      if (settled[this.#cursor] === 1) continue
      if (left <= 0) return false
      left -= this.#append(cut, this.#cursor)
    }
    this.abandon()
    return true
  }

  abandon(): void {
    this.cut = undefined
    this.#store.thaw()
  }

  /** A key of the page is about to change: copies the page unless that has been done. */
  settle(page: number): void {
    if (this.cut !== undefined && page >= this.#cursor) this.#append(this.cut, page)
  }

  #append(cut: Cut, page: number): number {
    const { held, frozen } = this.#store
    const column = this.#column
    const slots = this.#slots
    const end = Math.min((page + 1) << pageBits, frozen)
    let count = 0
    for (let slot = page << pageBits; slot < end; slot++) if ((held[slot]! & this.bit) !== 0) slots[count++] = slot
    if (count === 0) return 0
    if (column.appendAll !== undefined) return column.appendAll(cut, slots, count)
    let entries = 0
    for (let i = 0; i < count; i++) entries += column.append(cut, slots[i]!)
    return entries
  }

  expect(entries: number): void {
    this.#store.reserve(entries)
    this.#column.reserve?.(this.#store.index.size + entries)
  }

  restoreRows(group: KeyGroup, rows: SavedRows): boolean {
    const column = this.#column
    if (column.restoreRows === undefined) return false
    const slots = new Int32Array(rows.count)
    const store = this.#store
    store.insertNumbers(rows.keys, rows.count, group, slots)
    const taken = column.restoreRows(slots, rows)
    const { held } = store
    if (taken) for (let i = 0; i < rows.count; i++) held[slots[i]!]! |= this.bit
    return taken
  }

  restore(group: KeyGroup, key: Key, namespace: unknown, value: unknown, version: number): void {
    const store = this.#store
    const current = migrated(store.operator, `its state ${this.name} was`, 'the state', this.#declaration, value, version)
    const slot = store.insert(key, group)
    store.held[slot]! |= this.bit
    this.#column.restore(slot, namespace, current)
  }
}
