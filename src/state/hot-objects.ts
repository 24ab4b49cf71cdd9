// The objects of slots that come again and again, in front of cells that keep objects as rows.
//
// To make an object of a row, and a row of it again, costs 25 ns an update, and in most streams some keys come all the time: the auction that
// everybody bids on, whoever is online. What is here is an object like any other: it is changed in place, and never used for another slot.
//
// Each slot has one place that it may take. It gets it when it is new, or has come there twice with no other slot in between, so keys that
// come in random order stay rows. Invariant: what is here is newer than the row of its slot, which is written when the slot loses its place,
// and before anybody else reads the row (`settle`).

import type { Cells } from './cells.ts'

/** A power of two. A slot that is new has the last so many behind it, none of which shares its place. */
const places = 256
/** No slot, and not what stands for one that there is not. */
const none = -0x8000_0000

export class HotObjects {
  readonly #cells: Cells
  /** By place: whose object is there. */
  readonly #slots = new Int32Array(places).fill(none)
  readonly #objects: unknown[] = new Array(places).fill(undefined)
  /** By place: the slot that came last without having it. */
  readonly #candidates = new Int32Array(places).fill(none)

  constructor(cells: Cells) {
    this.#cells = cells
  }

  has(slot: number): boolean {
    return this.#slots[slot & (places - 1)] === slot
  }

  /** The object of a slot that is here. */
  get(slot: number): unknown {
    return this.#objects[slot & (places - 1)]
  }

  /** Sets what a slot that is here has from now on. */
  set(slot: number, value: unknown): void {
    const place = slot & (places - 1)
    // To store what is there already costs the collector's barrier.
    if (this.#objects[place] !== value) this.#objects[place] = value
  }

  /** A slot that is not here has been used, and lies in the cells. */
  offer(slot: number): void {
    if (this.#cells.shape === undefined) return
    const place = slot & (places - 1)
    if (this.#candidates[place] !== slot) {
      this.#candidates[place] = slot
      return
    }
    this.put(slot, this.#cells.get(slot))
  }

  /** Takes in what a slot that is not here has from now on. */
  put(slot: number, value: unknown): void {
    const place = slot & (places - 1)
    const before = this.#slots[place]!
    if (before !== none) this.#cells.set(before, this.#objects[place])
    this.#slots[place] = slot
    this.#objects[place] = value
  }

  /** Writes the row of a slot, if its object is here, which it stays. */
  settle(slot: number): void {
    if (this.has(slot)) this.#cells.set(slot, this.get(slot))
  }

  /** The slot has nothing any more, or something new that lies in its row. */
  forget(slot: number): void {
    const place = slot & (places - 1)
    if (this.#slots[place] !== slot) return
    this.#slots[place] = none
    this.#objects[place] = undefined
  }
}
