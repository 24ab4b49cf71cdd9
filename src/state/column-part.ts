// One column's share of the checkpoints: copies the entries of a keyed store's column while the store goes on changing.
//
// Which slots belong to the open cuts, and which of them have been copied early, is known to the store, for all columns at once; a part
// has its own cut and how far it has come. Slots below the cursor have been looked at.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import type { Column, ColumnSite } from './column.ts'
import type { Declaration } from './declarations.ts'
import type { KeyedStore } from './keyed-store.ts'
import { migrated } from './migrate.ts'
import type { Cut, KeyedPart } from './part.ts'

export class ColumnPart implements KeyedPart {
  readonly name: string
  readonly version: number
  readonly bit: number
  cut: Cut | undefined
  readonly #store: KeyedStore
  readonly #column: Column
  readonly #declaration: Declaration
  #cursor = 0

  constructor({ store, bit, name, declaration }: ColumnSite, column: Column) {
    this.name = `${declaration.kind}.${name}`
    this.version = declaration.version
    this.bit = bit
    this.#store = store
    this.#column = column
    this.#declaration = declaration
  }

  begin(cut: Cut): void {
    this.cut = cut
    this.#cursor = 0
    this.#store.freezeSlots()
  }

  /** Whole keys are copied, so a list or map may go over the budget by its length. */
  copy(budget: number): boolean {
    const { cut } = this
    if (cut === undefined) return true
    const { settled, held, frozen } = this.#store
    for (let left = budget; this.#cursor < frozen; this.#cursor++) {
      if (settled[this.#cursor] === 1 || (held[this.#cursor]! & this.bit) === 0) continue
      if (left <= 0) return false
      left -= this.#column.append(cut, this.#cursor)
    }
    this.abandon()
    return true
  }

  abandon(): void {
    this.cut = undefined
    this.#store.thaw()
  }

  /** The slot is about to change: copies it unless that has been done. */
  settle(slot: number): void {
    if (this.cut !== undefined && slot >= this.#cursor && (this.#store.held[slot]! & this.bit) !== 0) this.#column.append(this.cut, slot)
  }

  restore(group: KeyGroup, key: Key, namespace: unknown, value: unknown, version: number): void {
    const store = this.#store
    const current = migrated(store.operator, `its state ${this.name} was`, 'the state', this.#declaration, value, version)
    const slot = store.insert(key, group)
    store.held[slot]! |= this.bit
    this.#column.restore(slot, namespace, current)
  }
}
