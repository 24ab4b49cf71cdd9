// Reducing and aggregating state: one accumulator a key.

import { CellColumn } from './cell-column.ts'
import type { ColumnSite } from './column.ts'
import { copyPlain } from './copy-plain.ts'
import type { AggregatingState, Fold } from './declarations.ts'
import { HotObjects } from './hot-objects.ts'
import type { Cut } from './part.ts'

export class FoldColumn extends CellColumn {
  override readonly handle: AggregatingState<unknown, unknown>
  readonly #fold: Fold
  readonly #hot: HotObjects
  /** Whether accumulators are changed in place: a reduce gives out what it is given. */
  readonly #inPlace: boolean

  constructor(site: ColumnSite) {
    super(site)
    this.#fold = site.declaration.fold!
    this.#hot = new HotObjects(this.cells)
    this.#inPlace = site.declaration.kind === 'aggregating'
    this.handle = { get: () => this.#get(), add: (value) => void this.add(value), clear: () => this.clear() }
  }

  /** Adds to the selected key. */
  add(value: unknown): void {
    if (this.#isHot()) this.#addHot(value)
    else if (this.#isNew()) this.#begin(value)
    else {
      const accumulator = this.#addCold(value)
      this.cells.set(this.store.slot, accumulator)
      this.#changed()
    }
  }

  /** Adds to the selected key; returns a copy of the accumulator. One that lies as a row is made once more, at a fifth of the cost. */
  addCopied(value: unknown): unknown {
    this.add(value)
    const accumulator = this.#settled(this.store.slot)
    return this.cells.shape === undefined ? copyPlain(accumulator) : accumulator
  }

  /** Adds to the selected key; returns the accumulator as a job's function may see it, which may keep and give out what was not changed. */
  addShown(value: unknown): unknown {
    if (this.#isHot()) return this.#addHot(value)
    if (this.#isNew()) return this.#begin(value)
    const accumulator = this.#addCold(value)
    const shown = this.cells.setShown(this.store.slot, accumulator)
    this.#changed()
    return shown
  }

  /** Whether the accumulator of the selected key is at hand as an object. */
  #isHot(): boolean {
    const { slot } = this.store
    return this.#hot.has(slot) && (this.stamped === undefined || !this.stamped.isGone(slot))
  }

  /** Whether the selected key has no accumulator, or one that is gone. */
  #isNew(): boolean {
    const { slot } = this.store
    return slot < 0 || !this.#holds(slot) || this.stamped?.isGone(slot) === true
  }

  #holds(slot: number): boolean {
    return (this.store.held[slot]! & this.bit) !== 0
  }

  #addHot(value: unknown): unknown {
    const { store } = this
    const { slot } = store
    if (store.freeze !== undefined) store.freeze(value)
    const accumulator = this.#fold.add(this.#hot.get(slot), value)
    this.#hot.set(slot, accumulator)
    if (this.stamped !== undefined) this.stamped.touch(slot)
    return accumulator
  }

  /** Adds to what lies in the cells; it is to be set there. */
  #addCold(value: unknown): unknown {
    const { store } = this
    const { slot } = store
    if (store.freeze !== undefined) store.freeze(value)
    return this.#fold.add(this.#inPlace ? this.cells.borrow(slot) : this.cells.get(slot), value)
  }

  /** The first value of the selected key, which has a slot from now on. */
  #begin(value: unknown): unknown {
    const { store } = this
    const slot = store.own(`state ${this.name}`)
    if (store.freeze !== undefined) store.freeze(value)
    const accumulator = this.#fold.first(value)
    store.held[slot]! |= this.bit
    this.#hot.forget(slot)
    if (this.#inPlace && this.cells.shape !== undefined) this.#hot.put(slot, accumulator)
    else this.cells.set(slot, accumulator)
    if (this.stamped !== undefined) this.stamped.touch(slot)
    return accumulator
  }

  /** The accumulator of the selected key lies in the cells. */
  #changed(): void {
    const { slot } = this.store
    if (this.stamped !== undefined) this.stamped.touch(slot)
    if (this.#inPlace) this.#hot.offer(slot)
  }

  /** The accumulator of a slot that has one: of one that lies as a row, an object of its own. */
  #settled(slot: number): unknown {
    this.#hot.settle(slot)
    return this.cells.get(slot)
  }

  /** What a slot has; undefined = nothing. */
  accumulatorOf(slot: number): { readonly value: unknown } | undefined {
    return slot >= 0 && this.#holds(slot) ? { value: this.#settled(slot) } : undefined
  }

  #get(): unknown {
    const store = this.store
    const { slot } = store
    if (slot < 0) store.check(`state ${this.name}`)
    const result = slot >= 0 && this.#holds(slot) && this.#read(slot) ? this.#fold.result(this.#settled(slot)) : this.#fold.empty()
    store.freeze?.(result)
    return result
  }

  #read(slot: number): boolean {
    if (this.stamped === undefined || this.stamped.read(slot)) return true
    this.drop(slot)
    return false
  }

  override peek(slot: number): unknown {
    return this.#holds(slot) ? this.#fold.result(this.#settled(slot)) : this.#fold.empty()
  }

  protected override drop(slot: number): void {
    this.#hot.forget(slot)
    super.drop(slot)
  }

  override appendAll(cut: Cut, slots: Int32Array, count: number): number {
    for (let i = 0; i < count; i++) this.#hot.settle(slots[i]!)
    return super.appendAll(cut, slots, count)
  }
}
