// What columns with one cell a key share: clearing, expiring, and their entries in checkpoints. How a cell is read and written is theirs.
//
// An entry of a checkpoint is the cell's value; its namespace is the stamp where the state has a TTL. Fields are plain because subclasses read
// them for every record.

import { Cells } from './cells.ts'
import type { Column, ColumnSite } from './column.ts'
import type { KeyedStore } from './keyed-store.ts'
import type { Cut } from './part.ts'
import { StampedCells } from './stamped-cells.ts'

export abstract class CellColumn implements Column {
  readonly name: string
  abstract readonly handle: unknown
  protected readonly store: KeyedStore
  protected readonly bit: number
  protected readonly cells: Cells | StampedCells
  /** The cells once more, where the state has a TTL. */
  protected readonly stamped: StampedCells | undefined

  constructor({ name, store, bit, declaration }: ColumnSite) {
    this.name = name
    this.store = store
    this.bit = bit
    this.stamped = StampedCells.of(declaration, store.clock)
    this.cells = this.stamped ?? new Cells()
  }

  abstract peek(slot: number): unknown

  protected clear(): void {
    const slot = this.store.heldSlot(`state ${this.name}`, this.bit)
    if (slot >= 0) this.drop(slot)
  }

  protected drop(slot: number): void {
    this.cells.clear(slot)
    this.store.drop(slot, this.bit)
  }

  append(cut: Cut, slot: number): number {
    const { index } = this.store
    cut.append(index.groupAt(slot), index.keyAt(slot), this.stamped?.stampOf(slot), this.cells.get(slot))
    return 1
  }

  restore(slot: number, namespace: unknown, value: unknown): void {
    this.cells.set(slot, value)
    this.stamped?.restore(slot, namespace)
  }

  isDue(slot: number): boolean {
    return this.stamped !== undefined && (this.stamped.isGone(slot) || this.stamped.isUndated(slot))
  }

  expire(slot: number): void {
    if (this.stamped?.isGone(slot) === true) this.drop(slot)
    else if (this.stamped?.isUndated(slot) === true) this.stamped.touch(slot)
  }
}
