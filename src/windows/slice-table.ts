// One slice: an accumulator for each key that has a record in it, and its share of an open cut.
//
// Accumulators lie by slot of the key. The index is the slice's own; or, where keys of a slice go on to the queues of sliding windows
// anyway, that of the queues, so that a key is hashed in once and not once a slice: then slots without a record hold `absent`. Entries are
// numbered in the order of keys' first records and are never removed: a slice goes as a whole.
//
// While a cut is open, entries below `#frozen` belong to it, and those whose mark is 0 have not been copied yet. Whoever changes an
// accumulator or gives it away calls `beforeChange` first, unless `settled`.

import type { KeyIndex } from '../state/key-index.ts'
import type { Cut } from '../state/part.ts'
import { larger } from './larger.ts'
import type { SliceLists } from './slice-lists.ts'

/** Stands for "no record yet": any value may be an accumulator. */
export const absent: unique symbol = Symbol('absent')

/** Accumulators are no symbols, for no checkpoint could hold one. V8 makes a call of `acc === absent`, 4 ns, and two instructions of this. */
export const isAbsent = (acc: unknown): boolean => typeof acc === 'symbol'

export class SliceTable {
  start = Number.NaN
  end = Number.NaN
  readonly index: KeyIndex
  /** By slot; `absent` or beyond the end where the key has nothing. */
  readonly accs: unknown[]
  /** Entries. */
  count = 0
  /** Whose index it is, where it is not the slice's own. */
  readonly #lists: SliceLists | undefined
  /** By entry: slot. Only with the index of the queues. */
  #slots = new Int32Array(0)
  #cut: Cut | undefined
  #frozen = 0
  #cursor = 0
  /** By slot: 1 = copied, or younger than the cut. */
  #marks = new Uint8Array(0)

  /** @param index empty, for this slice alone; or that of `lists` */
  constructor(index: KeyIndex, lists: SliceLists | undefined) {
    this.index = index
    this.accs = lists === undefined ? [] : new Array(lists.index.high).fill(absent)
    this.#lists = lists
  }

  /** Becomes the table of a slice, or of another one: then it must be settled, and every slot `absent`. */
  reopen(start: number, end: number): void {
    this.start = start
    this.end = end
    this.count = 0
  }

  /** What a slot has, or `absent`. */
  at(slot: number): unknown {
    return slot >= 0 && slot < this.accs.length ? this.accs[slot] : absent
  }

  /** Gives a slot its first accumulator. */
  push(slot: number, acc: unknown): void {
    const { accs } = this
    if (this.#lists !== undefined) {
      while (accs.length <= slot) accs.push(absent)
      if (this.count === this.#slots.length) this.#slots = larger(this.#slots, this.count + 1)
      this.#slots[this.count] = slot
      this.#lists.hold(slot)
      if (slot < this.#marks.length) this.#marks[slot] = 1
    }
    // Slots of an own index come one behind the other.
    accs[slot] = acc
    this.count++
  }

  /** Slot of an entry. */
  slotAt(entry: number): number {
    return this.#lists === undefined ? entry : this.#slots[entry]!
  }

  /** Whether nothing is left to copy, so that accumulators may change freely. */
  get settled(): boolean {
    return this.#cut === undefined
  }

  begin(cut: Cut): void {
    this.#cut = cut
    this.#frozen = this.count
    this.#cursor = 0
    this.#marks = new Uint8Array(this.accs.length)
    if (this.#frozen === 0) this.abandon()
  }

  /** Copies at most `budget` accumulators into the cut; how many steps are left of it. */
  copy(budget: number): number {
    for (; budget > 0 && this.#cursor < this.#frozen; this.#cursor++, budget--) this.beforeChange(this.slotAt(this.#cursor))
    if (this.#cursor >= this.#frozen) this.abandon()
    return budget
  }

  abandon(): void {
    this.#cut = undefined
    this.#frozen = 0
    this.#cursor = 0
    this.#marks = new Uint8Array(0)
  }

  /** Copies what a slot has into the cut that still needs it. */
  beforeChange(slot: number): void {
    if (slot >= this.#marks.length || this.#marks[slot] === 1) return
    this.#marks[slot] = 1
    this.#cut!.append(this.index.groupAt(slot), this.index.keyAt(slot), this.start, this.accs[slot])
  }
}
