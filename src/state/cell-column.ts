// What columns with one cell a key share: clearing, expiring, and their entries in checkpoints. How a cell is read and written is theirs.
//
// An entry of a checkpoint is the cell's value; its namespace is the stamp where the state has a TTL. Fields are plain because subclasses read
// them for every record.

import { Cells } from './cells.ts'
import type { Column, ColumnSite } from './column.ts'
import type { KeyedStore } from './keyed-store.ts'
import type { Cut, SavedRows } from './part.ts'
import { StampedCells } from './stamped-cells.ts'

/**
 * Keys up to which accumulators stay objects, which fit into the near cache: 5 ns an update of 1,000 keys against 18 of rows, 25 against 16 of
 * 32,000. Bounded also because V8, once it has seen enough new objects stay alive, makes all of that kind in the old generation, which
 * costs 460 ns each: a first run of nexmark/q17 took 430 ns an event with 65,536 here, 270 with 4,096.
 */
const accumulatorObjectsMax = 4_096

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
    // A value is replaced by a new object at each change, an accumulator is mostly changed in place.
    const objectsMax = declaration.kind === 'value' ? 0 : accumulatorObjectsMax
    this.stamped = StampedCells.of(declaration, store.clock, objectsMax)
    this.cells = this.stamped ?? new Cells(objectsMax)
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

  appendAll(cut: Cut, slots: Int32Array, count: number): number {
    const { cells, stamped } = this
    if (cells.rows === undefined || cut.appendRows === undefined) for (let i = 0; i < count; i++) this.append(cut, slots[i]!)
    else cut.appendRows(this.store.index, slots, count, cells, stamped?.stamps)
    return count
  }

  restoreRows(slots: Int32Array, { count, stamps, fields, values }: SavedRows): boolean {
    if (!this.cells.takeRows(slots, count, fields, values)) return false
    if (this.stamped !== undefined) for (let i = 0; i < count; i++) this.stamped.restore(slots[i]!, stamps?.[i])
    return true
  }

  reserve(slots: number): void {
    this.cells.reserve(slots)
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
