// Reducing and aggregating state: one accumulator a key.

import { CellColumn } from './cell-column.ts'
import type { ColumnSite } from './column.ts'
import { copyPlain } from './copy-plain.ts'
import type { AggregatingState, Fold } from './declarations.ts'

export class FoldColumn extends CellColumn {
  override readonly handle: AggregatingState<unknown, unknown>
  readonly #fold: Fold
  /** Whether `add` may be given an accumulator that is used again: it is not what a reduce gives out. */
  readonly #borrows: boolean

  constructor(site: ColumnSite) {
    super(site)
    this.#fold = site.declaration.fold!
    this.#borrows = site.declaration.kind === 'aggregating'
    this.handle = { get: () => this.#get(), add: (value) => void this.add(value), clear: () => this.clear() }
  }

  /** Adds to the selected key; returns the accumulator, which the next call may change. */
  add(value: unknown): unknown {
    const accumulator = this.#folded(value)
    const { slot } = this.store
    this.cells.set(slot, accumulator)
    if (this.stamped !== undefined) this.stamped.touch(slot)
    return accumulator
  }

  /** Adds to the selected key; returns a copy of the accumulator. One that lies as a row is made once more, at a fifth of the cost. */
  addCopied(value: unknown): unknown {
    const accumulator = this.add(value)
    return this.cells.shape === undefined ? copyPlain(accumulator) : this.cells.get(this.store.slot)
  }

  /** Adds to the selected key; returns the accumulator as a job's function may see it, which may keep and give out what was not changed. */
  addShown(value: unknown): unknown {
    const accumulator = this.#folded(value)
    const { slot } = this.store
    const shown = this.cells.setShown(slot, accumulator)
    if (this.stamped !== undefined) this.stamped.touch(slot)
    return shown
  }

  /** The accumulator of the selected key, which has a slot from now on, with a value added. */
  #folded(value: unknown): unknown {
    const store = this.store
    const slot = store.slot >= 0 ? store.slot : store.own(`state ${this.name}`)
    if (store.freeze !== undefined) store.freeze(value)
    const known = (store.held[slot]! & this.bit) !== 0 && (this.stamped === undefined || !this.stamped.isGone(slot))
    const accumulator = known
      ? this.#fold.add(this.#borrows ? this.cells.borrow(slot) : this.cells.get(slot), value)
      : this.#fold.first(value)
    store.held[slot]! |= this.bit
    return accumulator
  }

  /** What a slot has; undefined = nothing. */
  accumulatorOf(slot: number): { readonly value: unknown } | undefined {
    const store = this.store
    return slot >= 0 && (store.held[slot]! & this.bit) !== 0 ? { value: this.cells.get(slot) } : undefined
  }

  #get(): unknown {
    const store = this.store
    const { slot } = store
    if (slot < 0) store.check(`state ${this.name}`)
    const result =
      slot >= 0 && (store.held[slot]! & this.bit) !== 0 && this.#read(slot) ? this.#fold.result(this.cells.get(slot)) : this.#fold.empty()
    store.freeze?.(result)
    return result
  }

  #read(slot: number): boolean {
    if (this.stamped === undefined || this.stamped.read(slot)) return true
    this.drop(slot)
    return false
  }

  override peek(slot: number): unknown {
    return (this.store.held[slot]! & this.bit) === 0 ? this.#fold.empty() : this.#fold.result(this.cells.get(slot))
  }
}
