// Which entries an open cut still wants, for tables whose entries come and go while it is copied.
//
// Entries carry a stamp, the time of their making or of their last copy, on a clock that moves with every beginning. An entry belongs to
// the cut, uncopied, when its stamp is older than the beginning. Parts between which entries move share a clock.

import type { Cut } from '../state/part.ts'

export class StampedCut {
  readonly #clock: { stamp: number }
  cut: Cut | undefined
  /** Places to look through: those below. */
  places = 0
  /** Places below have been copied. */
  cursor = 0
  #since = 0

  constructor(clock: { stamp: number } = { stamp: 0 }) {
    this.#clock = clock
  }

  /** Stamp of what is made or copied now. */
  get now(): number {
    return this.#clock.stamp
  }

  begin(cut: Cut, places: number): void {
    this.cut = cut
    this.places = places
    this.cursor = 0
    this.#since = ++this.#clock.stamp
  }

  wants(stamp: number): boolean {
    return this.cut !== undefined && stamp < this.#since
  }

  abandon(): void {
    this.cut = undefined
    this.places = 0
    this.cursor = 0
  }
}
