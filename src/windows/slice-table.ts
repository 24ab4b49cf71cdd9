// One slice: an accumulator for each key that has a record in it, and its share of an open cut.
//
// Accumulators lie in places 0, 1, 2, … in the order of keys' first records and never move: a slice goes as a whole. Keys are found through
// an index of the slice's own, whose slots are the places; or, where keys of a slice go on to the queues of sliding windows anyway, through
// the index of the queues, with the place of each slot noted here. Then a key is hashed in once, not once a slice.
//
// While a cut is open, places below `frozen` belong to it; those from `cursor` on have not been copied yet, save those marked as early.
// Whoever changes an accumulator or gives it away calls `beforeChange` first, unless `settled`.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { KeyIndex } from '../state/key-index.ts'
import type { Cut } from '../state/part.ts'
import { larger } from './larger.ts'
import type { SliceLists } from './slice-lists.ts'

export class SliceTable {
  readonly start: number
  readonly end: number
  readonly index: KeyIndex
  readonly accs: unknown[] = []
  /** Whose index it is, where it is not the slice's own. */
  readonly #lists: SliceLists | undefined
  /** By slot: place + 1; 0 = the key is not here. Only with the index of the queues. */
  #places = new Int32Array(0)
  /** By place: slot. */
  #slots = new Int32Array(0)
  #frozen = 0
  #cursor = 0
  /** By place: 1 = copied before its turn. */
  #early: Uint8Array | undefined
  #cut: Cut | undefined

  constructor(start: number, end: number, maxParallelism: number, lists: SliceLists | undefined) {
    this.start = start
    this.end = end
    this.index = lists?.index ?? new KeyIndex(maxParallelism)
    this.#lists = lists
    if (lists !== undefined) this.#places = new Int32Array(lists.index.high)
  }

  /** Place of a slot of the index; -1 or the next place = it has none. */
  placeOf(slot: number): number {
    if (this.#lists === undefined) return slot
    return slot < this.#places.length ? this.#places[slot]! - 1 : -1
  }

  has(place: number): boolean {
    return place >= 0 && place < this.accs.length
  }

  /** Gives a slot that has no place the next one. */
  push(slot: number, acc: unknown): void {
    if (this.#lists !== undefined) {
      const place = this.accs.length
      if (slot >= this.#places.length) this.#places = larger(this.#places, slot + 1)
      if (place >= this.#slots.length) this.#slots = larger(this.#slots, place + 1)
      this.#places[slot] = place + 1
      this.#slots[place] = slot
      this.#lists.hold(slot)
    }
    this.accs.push(acc)
  }

  slotAt(place: number): number {
    return this.#lists === undefined ? place : this.#slots[place]!
  }

  /** What a key has here, or undefined. */
  find(key: Key): { readonly place: number; readonly acc: unknown } | undefined {
    const slot = this.index.find(key)
    const place = slot < 0 ? -1 : this.placeOf(slot)
    return this.has(place) ? { place, acc: this.accs[place] } : undefined
  }

  keyAt(place: number): Key {
    return this.index.keyAt(this.slotAt(place))
  }

  groupAt(place: number): KeyGroup {
    return this.index.groupAt(this.slotAt(place))
  }

  /** Whether nothing is left to copy, so that accumulators may change freely. */
  get settled(): boolean {
    return this.#cursor >= this.#frozen
  }

  begin(cut: Cut): void {
    this.#cut = cut
    this.#frozen = this.accs.length
    this.#cursor = 0
    this.#early = undefined
  }

  /** Copies at most `budget` accumulators into the cut; how many steps are left of it. */
  copy(budget: number): number {
    while (budget > 0 && this.#cursor < this.#frozen) {
      if (this.#early?.[this.#cursor] !== 1) this.#append(this.#cursor)
      this.#cursor++
      budget--
    }
    if (this.settled) this.abandon()
    return budget
  }

  abandon(): void {
    this.#cut = undefined
    this.#early = undefined
    this.#frozen = 0
    this.#cursor = 0
  }

  beforeChange(place: number): void {
    if (place >= this.#frozen || place < this.#cursor) return
    this.#early ??= new Uint8Array(this.#frozen)
    if (this.#early[place] === 1) return
    this.#early[place] = 1
    this.#append(place)
  }

  #append(place: number): void {
    this.#cut!.append(this.groupAt(place), this.keyAt(place), this.start, this.accs[place])
  }
}
