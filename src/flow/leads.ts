// Which channels of a subtask are far ahead of the others in event time, so that reading them can wait.
//
// What comes from a sender that is ahead only lies in windows until the others have come as far: state that nobody needs yet, and that falls
// out of the caches. Senders that began a moment apart, or had to share a core for a while, would stay apart for good. So a channel that is
// ahead is not read for a while, its credit runs out, and its sender leaves the core to the one behind.
//
// 1. A lead is counted in records, whatever their times: those in front of watermarks of a channel that the merged one has not reached.
// 2. It must not become a stop. A wait in which the lead has not become smaller for `aheadWaitMs` is given up, and the next one tried only
//    after a rest, twice as long each time: the sender behind may have little to read, or read another period of time altogether.
// 3. It is no part of the protocol: a barrier, a checkpoint and a restore do not know of it.

import { aheadRecordsMax, aheadRestFirstMs, aheadRestMaxMs, aheadWaitMs } from '../model/limits.ts'

interface Mark {
  readonly time: number
  readonly records: number
}

export class Leads {
  readonly #marks: readonly Mark[][]
  /** By channel: records in all of its marks, and behind the last of them. */
  readonly #leads: Float64Array
  readonly #since: Float64Array
  /** Channels with too great a lead. */
  #ahead = 0
  #waitingSince = Number.POSITIVE_INFINITY
  #resting = false
  #restingSince = Number.POSITIVE_INFINITY
  #restMs = aheadRestFirstMs

  constructor(channels: number) {
    this.#marks = Array.from({ length: channels }, () => [])
    this.#leads = new Float64Array(channels)
    this.#since = new Float64Array(channels)
  }

  /** Whether a channel should not be read now. */
  isAhead(channel: number): boolean {
    return !this.#resting && this.#ahead > 0 && this.#leads[channel]! > aheadRecordsMax
  }

  /** So many records were read. */
  read(channel: number, records: number): void {
    this.#since[channel]! += records
  }

  /** A watermark was read, behind these records. @param merged that of all channels together, as it is with this one */
  watermark(channel: number, time: number, merged: number): void {
    const records = this.#since[channel]!
    this.#since[channel] = 0
    if (time > merged && records > 0) {
      this.#marks[channel]!.push({ time, records })
      this.#add(channel, records)
    }
  }

  /** The merged watermark may have risen. */
  reached(merged: number): void {
    for (let channel = 0; channel < this.#marks.length; channel++) {
      const marks = this.#marks[channel]!
      let passed = 0
      while (passed < marks.length && marks[passed]!.time <= merged) this.#add(channel, -marks[passed++]!.records)
      if (passed > 0) marks.splice(0, passed)
    }
  }

  #add(channel: number, records: number): void {
    const before = this.#leads[channel]! > aheadRecordsMax
    this.#leads[channel]! += records
    const after = this.#leads[channel]! > aheadRecordsMax
    if (before !== after) this.#ahead += after ? 1 : -1
    if (!before || records > 0) return
    // The others come nearer: the wait is worth it.
    this.#waitingSince = Number.POSITIVE_INFINITY
    this.#restMs = aheadRestFirstMs
  }

  /** The processing time of a turn; a clock may go back. */
  tick(now: number): void {
    if (this.#resting) {
      this.#restingSince = Math.min(this.#restingSince, now)
      if (now - this.#restingSince < this.#restMs) return
      this.#resting = false
      this.#restMs = Math.min(2 * this.#restMs, aheadRestMaxMs)
    }
    this.#waitingSince = this.#ahead === 0 ? Number.POSITIVE_INFINITY : Math.min(this.#waitingSince, now)
    if (now - this.#waitingSince < aheadWaitMs) return
    this.#resting = true
    this.#restingSince = now
    this.#waitingSince = Number.POSITIVE_INFINITY
  }

  /** Processing time at which a wait is given up; Infinity = there is none. */
  get nextTime(): number {
    return this.#waitingSince + aheadWaitMs
  }
}
