// Reducing and aggregating state: one accumulator a key.
//
// An entry of a checkpoint is the accumulator; its namespace is the stamp where the state has a TTL.

import { Cells } from './cells.ts'
import type { Column, ColumnSite } from './column.ts'
import type { AggregatingState, Fold } from './declarations.ts'
import type { KeyedStore } from './keyed-store.ts'
import type { Cut } from './part.ts'
import { StampedCells } from './stamped-cells.ts'

export class FoldColumn implements Column {
  readonly name: string
  readonly handle: AggregatingState<unknown, unknown>
  readonly #store: KeyedStore
  readonly #bit: number
  readonly #cells: Cells | StampedCells
  readonly #stamped: StampedCells | undefined
  readonly #fold: Fold

  constructor(site: ColumnSite) {
    this.name = site.name
    this.#store = site.store
    this.#bit = site.bit
    this.#fold = site.declaration.fold!
    this.#stamped = StampedCells.of(site.declaration, site.store.clock)
    this.#cells = this.#stamped ?? new Cells()
    this.handle = { get: () => this.#get(), add: (value) => void this.add(value), clear: () => this.#clear() }
  }

  /** Adds to the selected key; returns the accumulator. */
  add(value: unknown): unknown {
    const store = this.#store
    const slot = store.slot >= 0 ? store.slot : store.own(`state ${this.name}`)
    if (store.freeze !== undefined) store.freeze(value)
    const known = (store.held[slot]! & this.#bit) !== 0 && (this.#stamped === undefined || !this.#stamped.isGone(slot))
    const accumulator = known ? this.#fold.add(this.#cells.get(slot), value) : this.#fold.first(value)
    store.held[slot]! |= this.#bit
    this.#cells.set(slot, accumulator)
    if (this.#stamped !== undefined) this.#stamped.touch(slot)
    return accumulator
  }

  /** What a slot has; undefined = nothing. */
  accumulatorOf(slot: number): { readonly value: unknown } | undefined {
    const store = this.#store
    return slot >= 0 && (store.held[slot]! & this.#bit) !== 0 ? { value: this.#cells.get(slot) } : undefined
  }

  #get(): unknown {
    const store = this.#store
    const { slot } = store
    if (slot < 0) store.check(`state ${this.name}`)
    const result =
      slot >= 0 && (store.held[slot]! & this.#bit) !== 0 && this.#read(slot) ? this.#fold.result(this.#cells.get(slot)) : this.#fold.empty()
    store.freeze?.(result)
    return result
  }

  #read(slot: number): boolean {
    if (this.#stamped === undefined || this.#stamped.read(slot)) return true
    this.#drop(slot)
    return false
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
    return (this.#store.held[slot]! & this.#bit) === 0 ? this.#fold.empty() : this.#fold.result(this.#cells.get(slot))
  }
}
