// What travels on a channel: a batch of records, or one control element, or records and then one control element.
//
// Every frame carries its attempt, channel and sequence number, on a local channel as on a network, so that a gap, a duplicate or a frame
// of another attempt is seen by the same machine everywhere.

import type { Batch } from './batch.ts'
import type { Control } from './elements.ts'
import type { Attempt, ChannelId } from './ids.ts'

export interface Frame {
  readonly attempt: Attempt
  readonly channel: ChannelId
  /** 1, 2, 3, … on each channel. */
  readonly seq: number
  /** Records, or null when the frame is control only. */
  readonly batch: Batch | null
  readonly control: Control | null
}
