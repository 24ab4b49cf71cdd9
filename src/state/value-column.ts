// Value state: one value a key, numbers packed.

import { CellColumn } from './cell-column.ts'
import type { ColumnSite } from './column.ts'
import { copyPlain } from './copy-plain.ts'
import type { ValueState } from './declarations.ts'

export class ValueColumn extends CellColumn {
  override readonly handle: ValueState<unknown>
  readonly #initial: unknown

  constructor(site: ColumnSite) {
    super(site)
    this.#initial = site.declaration.initial
    site.store.freeze?.(this.#initial)
    this.handle = { get: () => this.#get(), set: (value) => this.#set(value), clear: () => this.clear() }
  }

  #get(): unknown {
    const store = this.store
    const { slot } = store
    if (slot < 0 || (store.held[slot]! & this.bit) === 0) {
      if (slot < 0) store.check(`state ${this.name}`)
      return this.#initial
    }
    if (this.stamped !== undefined && !this.stamped.read(slot)) {
      this.drop(slot)
      return this.#initial
    }
    const value = this.cells.get(slot)
    if (store.freeze !== undefined) store.freeze(value)
    return value
  }

  #set(value: unknown): void {
    const store = this.store
    const slot = store.slot >= 0 ? store.slot : store.own(`state ${this.name}`)
    if (store.freeze !== undefined) store.freeze(value)
    store.held[slot]! |= this.bit
    this.cells.set(slot, value)
    if (this.stamped !== undefined) this.stamped.touch(slot)
  }

  override restore(slot: number, namespace: unknown, value: unknown): void {
    this.store.freeze?.(value)
    super.restore(slot, namespace, value)
  }

  override peek(slot: number): unknown {
    return copyPlain((this.store.held[slot]! & this.bit) === 0 ? this.#initial : this.cells.get(slot))
  }
}
