// What a combiner holds of one slice: by slot of the key, the accumulator of its records.
//
// It owns the arrays and the order in which keys came; it folds nothing. Everything is reused: emptying it drops references and keeps room.

import { larger } from '../windows/larger.ts'

export class CombiningSlice {
  start = Number.NaN
  end = Number.NaN
  /** Keys that have something here. */
  size = 0
  /** By slot: records in it; 0 = none. */
  counts = new Int32Array(0)
  /** By slot: accumulator. */
  readonly held: unknown[] = []
  /** By slot: time of the first record. */
  times = new Float64Array(0)
  /** Slots in the order of their first records. */
  #slots = new Int32Array(0)

  begin(start: number, end: number): void {
    this.start = start
    this.end = end
  }

  /** The first record of a slot. */
  put(slot: number, acc: unknown, time: number): void {
    const { held } = this
    if (slot >= this.counts.length) {
      this.counts = larger(this.counts, slot + 1)
      this.times = larger(this.times, slot + 1)
    }
    if (this.size === this.#slots.length) this.#slots = larger(this.#slots, this.size + 1)
    while (held.length <= slot) held.push(undefined)
    this.counts[slot] = 1
    this.times[slot] = time
    held[slot] = acc
    this.#slots[this.size++] = slot
  }

  /** Records in all of it. */
  get records(): number {
    let records = 0
    for (let entry = 0; entry < this.size; entry++) records += this.counts[this.#slots[entry]!]!
    return records
  }

  slotAt(entry: number): number {
    return this.#slots[entry]!
  }

  clear(): void {
    for (let entry = 0; entry < this.size; entry++) {
      const slot = this.#slots[entry]!
      this.counts[slot] = 0
      this.held[slot] = undefined
    }
    this.size = 0
  }
}
