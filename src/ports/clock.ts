// Time, as the engine reads it. Guarantees needed: `monotonic` never goes back; a timer fires once, not before its delay has passed, on
// this thread, never during the call that set it. `now` may jump either way: people's clocks do.

export type Cancel = () => void

export interface Clock {
  /** Wall clock, ms since the epoch. */
  now(): number
  /** For measuring: ms from an arbitrary origin. */
  monotonic(): number
  setTimer(delayMs: number, fire: () => void): Cancel
}
