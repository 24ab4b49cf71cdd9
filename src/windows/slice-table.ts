// One slice: an accumulator for each key that has a record in it, and its share of an open cut.
//
// Slots are handed out in the order of keys' first records and never freed: a slice goes as a whole. While a cut is open, slots below
// `frozen` belong to it; those from `cursor` on have not been copied yet, save those marked in `early`. Whoever changes an accumulator or
// gives it away calls `beforeChange` first, unless `settled`.

import { KeyIndex } from '../state/key-index.ts'
import type { Cut } from '../state/part.ts'

export class SliceTable {
  readonly start: number
  readonly end: number
  readonly index: KeyIndex
  readonly accs: unknown[] = []
  /** Slots that belong to the open cut: those below. */
  frozen = 0
  /** Slots below have been copied. */
  cursor = 0
  /** By slot: 1 = copied before its turn. */
  #early: Uint8Array | undefined
  #cut: Cut | undefined

  constructor(start: number, end: number, maxParallelism: number) {
    this.start = start
    this.end = end
    this.index = new KeyIndex(maxParallelism)
  }

  /** Whether nothing is left to copy, so that accumulators may change freely. */
  get settled(): boolean {
    return this.cursor >= this.frozen
  }

  begin(cut: Cut): void {
    this.#cut = cut
    this.frozen = this.accs.length
    this.cursor = 0
    this.#early = undefined
  }

  /** Copies at most `budget` accumulators into the cut; how many steps are left of it. */
  copy(budget: number): number {
    while (budget > 0 && this.cursor < this.frozen) {
      if (this.#early?.[this.cursor] !== 1) this.#append(this.cursor)
      this.cursor++
      budget--
    }
    if (this.settled) this.abandon()
    return budget
  }

  abandon(): void {
    this.#cut = undefined
    this.#early = undefined
    this.frozen = 0
    this.cursor = 0
  }

  beforeChange(slot: number): void {
    if (slot >= this.frozen || slot < this.cursor) return
    this.#early ??= new Uint8Array(this.frozen)
    if (this.#early[slot] === 1) return
    this.#early[slot] = 1
    this.#append(slot)
  }

  #append(slot: number): void {
    this.#cut!.append(this.index.groupAt(slot), this.index.keyAt(slot), this.start, this.accs[slot])
  }
}
