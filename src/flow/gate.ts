// The receiving side of a subtask: one inbox a channel, bounded by the channel's credit, read round robin.
//
// 1. A frame is taken from its inbox only when the subtask processes it; credit for it goes back when that is done.
// 2. A channel held by barrier alignment is not read, so its credit stops and its sender with it.
// 3. A channel that is far ahead of the others in event time is not read either, if there are `leads`; but while a barrier is being aligned
//    all of the others are, for it may be behind what such a channel has sent.
// 4. What arrives out of order breaks the channel: on a local link nothing can be lost, so that is a fault of the attempt.

import { type Batch, creditOf } from '../model/batch.ts'
import type { Frame } from '../model/frame.ts'
import type { Attempt, ChannelId } from '../model/ids.ts'
import { localWindowRecords } from '../model/limits.ts'
import { ChannelReceiver } from '../protocol/channel.ts'
import type { Leads } from './leads.ts'

/** What goes back to the sender of a channel. */
export interface BackLink {
  grant(limit: number): void
  release(batch: Batch): void
}

export class InputChannel {
  readonly id: ChannelId
  /** Position among the subtask's channels. */
  readonly index: number
  /** Which input of the root operator its records are for. */
  readonly input: number
  readonly #receiver: ChannelReceiver
  readonly #back: BackLink
  readonly #frames: Frame[] = []
  records = 0

  constructor(attempt: Attempt, id: ChannelId, index: number, input: number, back: BackLink) {
    this.id = id
    this.index = index
    this.input = input
    this.#back = back
    this.#receiver = new ChannelReceiver(attempt, localWindowRecords, localWindowRecords)
  }

  /** Takes a frame from the link. Throws CHANNEL_BROKEN where frames are missing. */
  deliver(frame: Frame): void {
    const verdict = this.#receiver.accept(frame.attempt, frame.seq, creditOf(frame.batch))
    if (verdict === 'take') this.#enqueue(frame)
    else if (verdict === 'gap') throw this.#receiver.gapError(frame.seq, `channel ${this.id}`)
  }

  /** A watermark right behind a watermark takes its place: control costs no credit, and so what waits stays bounded all the same. */
  #enqueue(frame: Frame): void {
    const frames = this.#frames
    const last = frames.at(-1)
    if (frame.batch === null && frame.control?.kind === 'WATERMARK' && last?.control?.kind === 'WATERMARK') {
      frames[frames.length - 1] = { ...last, control: frame.control }
    } else frames.push(frame)
  }

  get empty(): boolean {
    return this.#frames.length === 0
  }

  take(): Frame {
    return this.#frames.shift()!
  }

  /** The records of a frame have been processed. */
  done(batch: Batch): void {
    this.records += batch.length
    const limit = this.#receiver.consume(creditOf(batch))
    this.#back.release(batch)
    if (limit > 0) this.#back.grant(limit)
  }

  get waitingFrames(): number {
    return this.#frames.length
  }
}

export class Gate {
  readonly channels: readonly InputChannel[]
  readonly leads: Leads | undefined
  readonly #held: Uint8Array
  #next = 0

  /**
   * @param held 1 = do not read this channel; the alignment's own array
   * @param leads none = channels are read however far they are ahead
   */
  constructor(channels: readonly InputChannel[], held: Uint8Array, leads?: Leads) {
    this.channels = channels
    this.#held = held
    this.leads = leads
  }

  /** The next channel with a frame that may be taken. */
  next(): InputChannel | undefined {
    const { channels } = this
    const count = channels.length
    let at = this.#next
    for (let tried = 0; tried < count; tried++) {
      const channel = channels[at]!
      at = at + 1 === count ? 0 : at + 1
      if (!channel.empty && this.#held[channel.index] === 0 && !this.#waits(channel.index)) {
        this.#next = at
        return channel
      }
    }
    return undefined
  }

  #waits(channel: number): boolean {
    return this.leads?.isAhead(channel) === true && !this.#held.includes(1)
  }
}
