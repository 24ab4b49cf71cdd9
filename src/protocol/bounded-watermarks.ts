// The watermark of one source split, from its records: bounded out-of-orderness, or punctuation. And whether the split is idle.
//
// It does not decide when a watermark is sent, nor merge splits: WatermarkMerge does, with one channel a split.
// 1. The watermark is the greatest time seen, less the lag; it never falls. Records equal to the greatest time are never late.
// 2. A split is idle after `idleAfterMs` without a record, and active at its next record. The idle clock stands still while the source is
//    back-pressured: it had no chance to read.
// The state (`greatest`, `idle`) is saved with the split and moves with it.

import { watermarkMin } from '../model/elements.ts'

export class SplitWatermarks {
  /** Greatest time observed; -Infinity = none. */
  greatest: number = watermarkMin
  idle = false
  readonly #lagMs: number
  readonly #idleAfterMs: number
  #quietMs = 0
  #tickedAt = Number.NaN
  #seen = false

  /**
   * @param lagMs the watermark stands this much behind the greatest time observed; see the makers below
   * @param idleAfterMs undefined = never idle
   */
  constructor(lagMs: number, idleAfterMs: number | undefined) {
    this.#lagMs = lagMs
    this.#idleAfterMs = idleAfterMs ?? Number.POSITIVE_INFINITY
  }

  /** A record with this event time, or a punctuation, has been read. */
  observe(time: number): void {
    if (time > this.greatest) this.greatest = time
    this.#seen = true
  }

  /** A record without any time has been read. */
  touch(): void {
    this.#seen = true
  }

  /**
   * Counts quiet time, once a turn.
   * @param now processing time in ms
   * @param blocked the source could not read since the last turn for lack of credit
   * @returns true when `idle` changed
   */
  tick(now: number, blocked: boolean): boolean {
    const passed = now - this.#tickedAt
    this.#tickedAt = now
    if (this.#seen) this.#quietMs = 0
    else if (!blocked && passed > 0) this.#quietMs += passed
    this.#seen = false
    const idle = this.#quietMs >= this.#idleAfterMs
    if (idle === this.idle) return false
    this.idle = idle
    return true
  }

  /** Quiet time that is still missing until this split is idle, ms; Infinity when it never will be, or is already. */
  get idleInMs(): number {
    return this.idle ? Number.POSITIVE_INFINITY : this.#idleAfterMs - this.#quietMs
  }

  get watermark(): number {
    return this.greatest - this.#lagMs
  }

  restore(greatest: number | undefined, idle: boolean): void {
    this.greatest = greatest ?? watermarkMin
    this.idle = idle
    // A split that was idle stays so until a record comes.
    this.#quietMs = idle ? this.#idleAfterMs : 0
  }
}

/** Records come at most `outOfOrderMs` behind the greatest time seen; 0 = ascending. */
export function boundedWatermarks(outOfOrderMs: number, idleAfterMs: number | undefined): SplitWatermarks {
  return new SplitWatermarks(outOfOrderMs + 1, idleAfterMs)
}

/** What is observed are watermarks themselves. */
export function punctuatedWatermarks(idleAfterMs: number | undefined): SplitWatermarks {
  return new SplitWatermarks(0, idleAfterMs)
}
