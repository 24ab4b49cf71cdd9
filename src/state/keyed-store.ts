// Keyed state of one operator: one index of keys, and beside it one column for each declared state (timers hold slots of it too).
//
// It owns the keys, the selected key, and the copying into checkpoints; columns own the data. Invariants:
//   1. User code runs between `select` and `deselect`; handles used at any other time throw, naming the state.
//   2. A key has a slot as long as one column or timer queue holds something for it (its bit in `held` is set), and no longer.
//   3. While a cut is open, a page (64 slots side by side) that belongs to it and has not been copied is copied whole when a key of it is
//      selected, before user code can change anything, in place or through a handle.
//   4. A key that is given a slot settles its page first, and slots taken for the first time after the cut began do not belong to it, so a
//      key that is younger than the cut never gets into it.

import { MillraceError } from '../model/errors.ts'
import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import type { Column, ColumnSite } from './column.ts'
import { ColumnPart, pageBits } from './column-part.ts'
import { type Declaration, declarationOf, type StateSpec } from './declarations.ts'
import { FoldColumn } from './fold-column.ts'
import { KeyIndex } from './key-index.ts'
import { ListColumn } from './list-column.ts'
import { MapColumn } from './map-column.ts'
import type { StoreClock } from './retention.ts'
import { ValueColumn } from './value-column.ts'

export interface StoreOptions {
  readonly operator: string
  readonly maxParallelism: number
  readonly clock: StoreClock
  /** Where handles work, for errors: 'onElement and onTimer' unless set. */
  readonly scope?: string | undefined
  /** Deep-freezes what is kept and handed out; only in test mode. */
  readonly freeze?: ((value: unknown) => void) | undefined
}

/** No key is selected. */
const unselected = -2
/** The selected key holds nothing yet. */
const absent = -1
/** One bit a column and timer queue. */
const holdersMax = 32

export class KeyedStore {
  readonly operator: string
  readonly clock: StoreClock
  readonly freeze: ((value: unknown) => void) | undefined
  readonly index: KeyIndex
  /** Slot of the selected key, -1 while it holds nothing; -2 = no key is selected. */
  slot = unselected
  /** By slot: who holds something for its key. */
  held = new Uint32Array(16)
  readonly columns: Column[] = []
  readonly parts: ColumnPart[] = []
  /** Slots below belong to the open cuts, unless their page is settled; 0 = none is open. */
  frozen = 0
  /** By page: 1 = all open cuts have copied it early. */
  settled = new Uint8Array(0)
  /** The key selected last, and its group or -1. */
  key: Key = 0
  group: KeyGroup = -1
  readonly #scope: string
  #holders = 0
  #expiring = 0
  #sweeping = 0

  constructor({ operator, maxParallelism, clock, scope, freeze }: StoreOptions) {
    this.operator = operator
    this.clock = clock
    this.freeze = freeze
    this.#scope = scope ?? 'onElement and onTimer'
    this.index = new KeyIndex(maxParallelism)
  }

  /** A bit for something that holds keys. */
  holder(): number {
    if (this.#holders === holdersMax) {
      throw new MillraceError('JOB_INVALID', `operator ${this.operator} declares too many states: at most ${holdersMax - 2}`)
    }
    return (1 << this.#holders++) >>> 0
  }

  /** Makes a column for each declared state; returns the handles by name. */
  declare(spec: StateSpec): Record<string, unknown> {
    return Object.fromEntries(Object.entries(spec).map(([name, declared]) => [name, this.add(name, declarationOf(name, declared)).handle]))
  }

  add(name: string, declaration: Declaration): Column {
    const site: ColumnSite = { store: this, bit: this.holder(), name, declaration }
    const column = createColumn(site)
    this.columns.push(column)
    this.parts.push(new ColumnPart(site, column))
    if (declaration.ttlMs !== undefined) this.#expiring |= site.bit
    return column
  }

  /** The key that user code is about to run for. Group -1 = not computed. */
  select(key: Key, group: KeyGroup): void {
    this.key = key
    this.group = group
    const slot = this.index.find(key)
    this.slot = slot
    if (slot < this.frozen && slot >= 0) this.settle(slot)
  }

  /** The same for a key whose slot is known. */
  selectSlot(slot: number): void {
    this.key = this.index.keyAt(slot)
    this.group = this.index.groupAt(slot)
    this.slot = slot
    if (slot < this.frozen) this.settle(slot)
  }

  deselect(): void {
    this.slot = unselected
  }

  /** Slot of the selected key, for writing. `name` is the state's, for the error. */
  own(name: string): number {
    return this.slot >= 0 ? this.slot : this.#make(name)
  }

  /** Throws unless a key is selected. */
  check(name: string): void {
    if (this.slot !== unselected) return
    throw new MillraceError(
      'USER_CODE',
      `operator ${this.operator}: ${name} was used outside of ${this.#scope}: it belongs to the key in hand there, so use it before the function returns, not in a callback`,
    )
  }

  /** Slot of the selected key where `bit` holds something for it, else -1. Throws unless a key is selected. */
  heldSlot(name: string, bit: number): number {
    this.check(name)
    const { slot } = this
    return slot >= 0 && (this.held[slot]! & bit) !== 0 ? slot : absent
  }

  /** Nobody holds anything for the slot by this bit any more; with the last bit the key goes. */
  drop(slot: number, bit: number): void {
    const left = this.held[slot]! & ~bit
    this.held[slot] = left
    if (left !== 0) return
    this.index.remove(slot)
    if (slot === this.slot) this.slot = absent
  }

  /** Slot of a key that is given back by a checkpoint. */
  insert(key: Key, group: KeyGroup): number {
    const { size } = this.index
    const slot = this.index.insert(key, group)
    if (this.index.size > size) this.#made(slot)
    return slot
  }

  /** The same for numbers, all of one group: their slots go into `slots`. */
  insertNumbers(keys: Float64Array, count: number, group: KeyGroup, slots: Int32Array): void {
    const { index } = this
    const first = index.append(keys, count, group)
    if (first >= 0) {
      this.#makeRoom(index.high)
      for (let i = 0; i < count; i++) slots[i] = first + i
    } else for (let i = 0; i < count; i++) slots[i] = this.insert(keys[i]!, group)
  }

  /** Makes room for so many more keys that checkpoints give back. */
  reserve(keys: number): void {
    this.index.reserve(this.index.size + keys)
  }

  /** Looks at some slots for expired state and removes it. To be called with no key selected. */
  sweep(slots: number): void {
    if (this.#expiring === 0) return
    const { index, held } = this
    for (let left = Math.min(slots, index.high); left > 0; left--) {
      if (this.#sweeping >= index.high) this.#sweeping = 0
      const slot = this.#sweeping++
      if (index.isLive(slot) && (held[slot]! & this.#expiring) !== 0) this.#expire(slot)
    }
  }

  /** A plain copy of all states of a key by name; undefined where it has none. To be called with no key selected. */
  query(key: Key): Record<string, unknown> | undefined {
    const slot = this.index.find(key)
    if (slot < 0) return undefined
    this.#expire(slot)
    const held = this.parts.some(({ bit }) => (this.held[slot]! & bit) !== 0)
    return held ? Object.fromEntries(this.columns.map((column) => [column.name, column.peek(slot)])) : undefined
  }

  #make(name: string): number {
    this.check(name)
    const slot = this.index.insert(this.key, this.group)
    this.slot = slot
    this.#made(slot)
    return slot
  }

  #made(slot: number): void {
    this.#makeRoom(slot + 1)
    this.held[slot] = 0
    if (slot < this.frozen) this.settle(slot)
  }

  #makeRoom(slots: number): void {
    if (slots <= this.held.length) return
    const held = new Uint32Array(Math.max(2 * this.held.length, slots))
    held.set(this.held)
    this.held = held
  }

  #expire(slot: number): void {
    if (!this.columns.some((column, i) => (this.held[slot]! & this.parts[i]!.bit) !== 0 && column.isDue(slot))) return
    if (slot < this.frozen) this.settle(slot)
    for (const [i, column] of this.columns.entries()) if ((this.held[slot]! & this.parts[i]!.bit) !== 0) column.expire(slot)
  }

  /** A cut begins for one of the columns. All of them begin at the same moment. */
  freezeSlots(): void {
    this.frozen = this.index.high
    const pages = (this.frozen >> pageBits) + 1
    if (this.settled.length < pages) this.settled = new Uint8Array(2 * pages)
    else this.settled.fill(0, 0, pages)
  }

  /** A cut has been completed or given up. */
  thaw(): void {
    if (this.parts.every(({ cut }) => cut === undefined)) this.frozen = 0
  }

  /** Copies the page of a slot into all open cuts, unless that has been done. */
  settle(slot: number): void {
    const page = slot >> pageBits
    if (this.settled[page] === 1) return
    this.settled[page] = 1
    for (const part of this.parts) part.settle(page)
  }
}

function createColumn(site: ColumnSite): Column {
  switch (site.declaration.kind) {
    case 'value':
      return new ValueColumn(site)
    case 'list':
      return new ListColumn(site)
    case 'map':
      return new MapColumn(site)
    case 'reducing':
    case 'aggregating':
      return new FoldColumn(site)
  }
}
