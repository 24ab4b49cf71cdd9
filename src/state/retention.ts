// How long state lives: the clock of a state's TTL, and what has outlived it.
//
// A stamp is the time of the last write (or read), taken from processing time or from the watermark; it is kept with the state and in
// checkpoints. Before the first watermark the event clock stands at -Infinity: what was written then has no date yet, and gets one when it is
// first looked at behind a watermark.

import type { Declaration } from './declarations.ts'

/** The two clocks, read whenever they are needed. */
export interface StoreClock {
  readonly watermark: number
  readonly now: number
}

export class Retention {
  readonly touchedByReading: boolean
  readonly #ttlMs: number
  readonly #onEvent: boolean
  readonly #clock: StoreClock

  constructor(ttlMs: number, { ttlOn, ttlTime }: Pick<Declaration, 'ttlOn' | 'ttlTime'>, clock: StoreClock) {
    this.#ttlMs = ttlMs
    this.#onEvent = ttlTime === 'event'
    this.touchedByReading = ttlOn === 'read'
    this.#clock = clock
  }

  /** Stamp of what is written now. */
  get now(): number {
    return this.#onEvent ? this.#clock.watermark : this.#clock.now
  }

  expired(stamp: number): boolean {
    return stamp !== Number.NEGATIVE_INFINITY && this.now - stamp >= this.#ttlMs
  }

  /** Whether a stamp should be set to `now`, because it was made before there was a clock. */
  isUndated(stamp: number): boolean {
    return stamp === Number.NEGATIVE_INFINITY && this.now !== Number.NEGATIVE_INFINITY
  }
}

/** Retention of a declared state; undefined = for ever. */
export const retentionOf = (declaration: Declaration, clock: StoreClock): Retention | undefined =>
  declaration.ttlMs === undefined ? undefined : new Retention(declaration.ttlMs, declaration, clock)

/** The stamp that a checkpoint holds. State saved before it had a TTL has none: it is dated when it is first looked at. */
export const stampOr = (saved: unknown): number => (typeof saved === 'number' ? saved : Number.NEGATIVE_INFINITY)
