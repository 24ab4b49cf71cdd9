// A batch: records side by side in parallel arrays, owned by exactly one holder at a time.
//
// The sender fills it, the receiver reads it and returns it to the sender's pool (`release`). A batch that goes to several receivers
// is not pooled. Its arrays have room for a few records and grow with those that come: a job with many channels has few records in each.
// Behind a keyBy the key and its group travel with each record, so a key is hashed once.
//
// A partial, which is what a combiner has folded of one key in one slice, travels in the place of a record, without an object of its own:
// its accumulator as the value, the start of the slice as the time, and how many records are in it. Whoever takes it owns the accumulator;
// whoever sent it never touches it again.

import { frameCreditMin, frameRecordsMax } from './limits.ts'
import { powerOfTwo } from './power-of-two.ts'
import { resized } from './resized.ts'

export interface Batch {
  /** Records; of a partial its accumulator. */
  readonly values: unknown[]
  /** Event times in ms since the epoch; NaN = none. Of a partial the start of its slice. */
  times: Float64Array
  /** Keys, filled only behind a keyBy. */
  readonly keys: unknown[]
  /** Key groups, filled only behind a keyBy. */
  groups: Uint16Array
  /** Records that are folded into a partial; 0 = it is a record. */
  counts: Uint32Array
  length: number
  /** How many are partials: without any nobody looks at `counts`. */
  partials: number
}

const roomFirst = 16

export function createBatch(): Batch {
  return {
    values: new Array(roomFirst),
    times: new Float64Array(roomFirst),
    keys: new Array(roomFirst),
    groups: new Uint16Array(roomFirst),
    counts: new Uint32Array(roomFirst),
    length: 0,
    partials: 0,
  }
}

/**
 * Makes room for so many records, at most `frameRecordsMax`, and what is there stays. To be called before a record is put beyond the room
 * that `times` has.
 */
export function growBatch(batch: Batch, records: number): void {
  const room = Math.min(frameRecordsMax, powerOfTwo(records))
  if (room <= batch.times.length) return
  batch.values.length = batch.keys.length = room
  batch.times = resized(batch.times, room)
  batch.groups = resized(batch.groups, room)
  batch.counts = resized(batch.counts, room)
}

/** Empties a batch for reuse. References are dropped, so a pooled batch keeps no record alive. */
export function clearBatch(batch: Batch): void {
  const { values, keys, length } = batch
  for (let i = 0; i < length; i++) values[i] = undefined
  if (keys[0] !== undefined) for (let i = 0; i < length; i++) keys[i] = undefined
  if (batch.partials > 0) batch.counts.fill(0, 0, length)
  batch.length = batch.partials = 0
}

/** Records in a batch, those that are folded into partials among them. */
export function recordsOf({ length, counts, partials }: Batch): number {
  if (partials === 0) return length
  let records = length - partials
  for (let i = 0; i < length; i++) records += counts[i]!
  return records
}

/** Credit that a frame costs on a local channel: its records, but not less than a batch takes up; nothing without records. */
export function creditOf(batch: Batch | null): number {
  return batch === null ? 0 : Math.max(batch.length, frameCreditMin)
}
