// Value state: one value a key, numbers packed.
//
// An entry of a checkpoint is the value; its namespace is the stamp where the state has a TTL.

import { Cells } from './cells.ts'
import type { Column, ColumnSite } from './column.ts'
import { copyPlain } from './copy-plain.ts'
import type { ValueState } from './declarations.ts'
import type { KeyedStore } from './keyed-store.ts'
import type { Cut } from './part.ts'
import { StampedCells } from './stamped-cells.ts'

export class ValueColumn implements Column {
  readonly name: string
  readonly handle: ValueState<unknown>
  readonly #store: KeyedStore
  readonly #bit: number
  readonly #cells: Cells | StampedCells
  readonly #stamped: StampedCells | undefined
  readonly #initial: unknown

  constructor(site: ColumnSite) {
    this.name = site.name
    this.#store = site.store
    this.#bit = site.bit
    this.#stamped = StampedCells.of(site.declaration, site.store.clock)
    this.#cells = this.#stamped ?? new Cells()
    this.#initial = site.declaration.initial
    site.store.freeze?.(this.#initial)
    this.handle = { get: () => this.#get(), set: (value) => this.#set(value), clear: () => this.#clear() }
  }

  #get(): unknown {
    const store = this.#store
    const { slot } = store
    if (slot < 0 || (store.held[slot]! & this.#bit) === 0) {
      if (slot < 0) store.check(`state ${this.name}`)
      return this.#initial
    }
    if (this.#stamped !== undefined && !this.#stamped.read(slot)) {
      this.#drop(slot)
      return this.#initial
    }
    return this.#cells.get(slot)
  }

  #set(value: unknown): void {
    const store = this.#store
    const slot = store.slot >= 0 ? store.slot : store.own(`state ${this.name}`)
    if (store.freeze !== undefined) store.freeze(value)
    store.held[slot]! |= this.#bit
    this.#cells.set(slot, value)
    if (this.#stamped !== undefined) this.#stamped.touch(slot)
  }

  #clear(): void {
    const store = this.#store
    store.check(`state ${this.name}`)
    if (store.slot >= 0 && (store.held[store.slot]! & this.#bit) !== 0) this.#drop(store.slot)
  }

  #drop(slot: number): void {
    this.#cells.clear(slot)
    this.#store.drop(slot, this.#bit)
  }

  append(cut: Cut, slot: number): number {
    const store = this.#store
    cut.append(store.index.groupAt(slot), store.index.keyAt(slot), this.#stamped?.stampOf(slot), this.#cells.get(slot))
    return 1
  }

  restore(slot: number, namespace: unknown, value: unknown): void {
    this.#store.freeze?.(value)
    this.#cells.set(slot, value)
    this.#stamped?.restore(slot, namespace)
  }

  isDue(slot: number): boolean {
    return this.#stamped !== undefined && (this.#stamped.isGone(slot) || this.#stamped.isUndated(slot))
  }

  expire(slot: number): void {
    if (this.#stamped?.isGone(slot) === true) this.#drop(slot)
    else if (this.#stamped?.isUndated(slot) === true) this.#stamped.touch(slot)
  }

  peek(slot: number): unknown {
    return copyPlain((this.#store.held[slot]! & this.#bit) === 0 ? this.#initial : this.#cells.get(slot))
  }
}
