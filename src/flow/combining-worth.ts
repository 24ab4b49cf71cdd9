// Whether it pays to fold records before an exchange: it does where keys repeat while their slices are held, and costs where they do not.
//
// It owns that judgement, made from what came and what went for it; it holds no records. A trial fills a part of the table, to be cheap
// where nothing repeats. If too much goes out all the same, a rest begins: each rest is twice as long as the last one, and the trial behind
// it fills twice as much of the table, up to the whole of it.

import { combinerRestFirstMs, combinerRestMaxMs, combinerShareMax, combinerTrialShare } from '../model/limits.ts'

export class CombiningWorth {
  resting = false
  /** Entries at which there is something to decide. */
  limit: number
  readonly #entriesMax: number
  #trial: number
  #restMs = combinerRestFirstMs
  #restingSince = Number.POSITIVE_INFINITY
  /** Since the last judgement. */
  #records = 0
  #sent = 0

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
    this.#trial = Math.ceil(entriesMax * combinerTrialShare)
    this.limit = this.#trial
  }

  /** So many records went out as so many. */
  went(records: number, sent: number): void {
    this.#records += records
    this.#sent += sent
  }

  /**
   * Whether a table that has reached the limit of a trial should be filled further: if at least as many records were of keys that it had as
   * would be by chance where the whole table holds all keys (n² / 2K of n, by the birthday problem).
   */
  goesOn(records: number, entries: number): boolean {
    if (this.limit === this.#entriesMax || records - entries < (entries * entries) / (2 * this.#entriesMax)) return false
    this.limit = this.#entriesMax
    return true
  }

  /** Looks at what went, if that is enough to tell. @returns whether a rest begins */
  judge(): boolean {
    if (this.#records < this.limit) return false
    this.resting = this.#sent > this.#records * combinerShareMax
    this.#records = this.#sent = 0
    if (this.resting) this.#restingSince = Number.POSITIVE_INFINITY
    else {
      this.limit = this.#entriesMax
      this.#restMs = combinerRestFirstMs
    }
    return this.resting
  }

  /** The processing time of a turn; a clock may go back. @returns whether a rest ends */
  tick(now: number): boolean {
    this.#restingSince = Math.min(this.#restingSince, now)
    if (!this.resting || now - this.#restingSince < this.#restMs) return false
    this.resting = false
    this.#restMs = Math.min(2 * this.#restMs, combinerRestMaxMs)
    this.#trial = Math.min(2 * this.#trial, this.#entriesMax)
    this.limit = this.#trial
    return true
  }
}
