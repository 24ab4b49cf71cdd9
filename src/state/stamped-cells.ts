// Cells with a TTL: a stamp beside each value.

import { Cells } from './cells.ts'
import type { Declaration } from './declarations.ts'
import { type Retention, retentionOf, type StoreClock, stampOr } from './retention.ts'

export class StampedCells extends Cells {
  readonly #retention: Retention
  /** By slot. */
  stamps = new Float64Array(16)

  constructor(retention: Retention, objectsMax: number) {
    super(objectsMax)
    this.#retention = retention
  }

  /** Undefined for a state without TTL. */
  static of(declaration: Declaration, clock: StoreClock, objectsMax: number): StampedCells | undefined {
    const retention = retentionOf(declaration, clock)
    return retention === undefined ? undefined : new StampedCells(retention, objectsMax)
  }

  /** False when the value has expired; otherwise reading may have kept it alive. */
  read(slot: number): boolean {
    if (this.isGone(slot)) return false
    if (this.#retention.touchedByReading || this.isUndated(slot)) this.touch(slot)
    return true
  }

  isGone(slot: number): boolean {
    return this.#retention.expired(this.stamps[slot]!)
  }

  isUndated(slot: number): boolean {
    return this.#retention.isUndated(this.stamps[slot]!)
  }

  touch(slot: number): void {
    this.#stamp(slot, this.#retention.now)
  }

  stampOf(slot: number): number {
    return this.stamps[slot]!
  }

  restore(slot: number, namespace: unknown): void {
    this.#stamp(slot, stampOr(namespace))
  }

  #stamp(slot: number, stamp: number): void {
    if (slot >= this.stamps.length) {
      const stamps = new Float64Array(Math.max(2 * this.stamps.length, slot + 1))
      stamps.set(this.stamps)
      this.stamps = stamps
    }
    this.stamps[slot] = stamp
  }
}
