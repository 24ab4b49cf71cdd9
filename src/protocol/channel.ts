// The two ends of a channel: sequence numbers, attempts and credit. One call a frame; no allocation, no I/O.
//
// Credit is counted in units that the channel's owner chooses: records on a local channel, bytes on an encoded one. Only records cost
// credit; control never does. Limits are absolute offsets from the beginning of the channel, so a limit that is lost, repeated or late
// does no harm: the greatest one counts.
// 1. What the receiver takes is a prefix of what the sender sent, each frame once.
// 2. A frame of another attempt is never taken: an older one is dropped and counted, a newer one says that this receiver is a leftover.
// 3. sent ≤ limit at the sender, so sent - consumed ≤ window: credit belongs to one channel alone and is never shared.
// 4. A missing frame is seen at the next one ('gap'). What to do about it is the caller's: a local channel has no way to lose a frame, so
//    there a gap is a fault.

import { assert, MillraceError } from '../model/errors.ts'
import type { Attempt } from '../model/ids.ts'

export class ChannelSender {
  readonly attempt: Attempt
  /** Sequence number of the next frame. */
  next = 1
  /** Credit used since the beginning. */
  sent = 0
  /** `sent` may grow up to here. */
  limit: number

  /** @param limit what may be sent before the receiver says anything: its window where both ends know it, else 0 */
  constructor(attempt: Attempt, limit: number) {
    this.attempt = attempt
    this.limit = limit
  }

  /** Whether a frame of this cost may go now; one without records always may. */
  mayRecord(cost: number): boolean {
    return this.sent + cost <= this.limit
  }

  /** Takes the sequence number of the frame that goes now. */
  send(cost: number): number {
    this.sent += cost
    assert(cost === 0 || this.sent <= this.limit, () => `a frame was sent without credit: ${this.sent} of ${this.limit}`)
    return this.next++
  }

  /** The receiver advertised `limit`. Returns true when that is news. */
  grant(limit: number): boolean {
    if (limit <= this.limit) return false
    this.limit = limit
    return true
  }
}

/** take: next in order · older, duplicate: dropped and counted · newer: this receiver is a leftover and must stop · gap: frames are missing */
export type Verdict = 'take' | 'older' | 'duplicate' | 'newer' | 'gap'

export class ChannelReceiver {
  readonly attempt: Attempt
  readonly window: number
  /** Sequence number of the next frame. */
  expected = 1
  /** Cost of the frames taken, and of those also consumed. */
  received = 0
  consumed = 0
  /** The limit that the sender knows, or will. */
  advertised: number
  /** Frames dropped, for metrics. */
  olderDropped = 0
  duplicatesDropped = 0

  /**
   * @param window credit in flight, at least two full frames, or a barrier behind a full frame could wait for ever
   * @param advertised the limit that the sender starts with
   */
  constructor(attempt: Attempt, window: number, advertised: number) {
    this.attempt = attempt
    this.window = window
    this.advertised = advertised
  }

  /** Judges a frame that has arrived. Only after 'take' may it be put into the inbox. */
  accept(attempt: Attempt, seq: number, cost: number): Verdict {
    if (attempt !== this.attempt) {
      if (attempt > this.attempt) return 'newer'
      this.olderDropped++
      return 'older'
    }
    if (seq < this.expected) {
      this.duplicatesDropped++
      return 'duplicate'
    }
    if (seq > this.expected) return 'gap'
    this.received += cost
    assert(cost === 0 || this.received <= this.advertised, () => `frame ${seq} exceeds its credit: ${this.received} of ${this.advertised}`)
    this.expected++
    return 'take'
  }

  /**
   * The subtask is done with a frame of this cost. A held channel is not consumed, so its credit stops by itself.
   * @returns the limit to advertise now, or 0 while less than half of the window is used up since the last one
   */
  consume(cost: number): number {
    this.consumed += cost
    assert(this.consumed <= this.received, () => `consumed ${this.consumed} of ${this.received} received`)
    const limit = this.consumed + this.window
    if ((limit - this.advertised) * 2 < this.window) return 0
    this.advertised = limit
    return limit
  }

  /** The error for a gap that cannot be repaired. */
  gapError(seq: number, where: string): MillraceError {
    return new MillraceError(
      'CHANNEL_BROKEN',
      `${where}: frame ${seq} came where ${this.expected} was due; the job goes back to its last checkpoint`,
    )
  }
}
