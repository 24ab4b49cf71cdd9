// A batch: records side by side in parallel arrays, owned by exactly one holder at a time.
//
// The sender fills it, the receiver reads it and returns it to the sender's pool (`release`). A batch that goes to several receivers
// is not pooled. Behind a keyBy the key and its group travel with each record, so a key is hashed once.
//
// A partial, which is what a combiner has folded of one key in one slice, travels in the place of a record, without an object of its own:
// its accumulator as the value, the start of the slice as the time, and how many records are in it. Whoever takes it owns the accumulator;
// whoever sent it never touches it again.

import { frameCreditMin, frameRecordsMax } from './limits.ts'

export interface Batch {
  /** Records; of a partial its accumulator. */
  readonly values: unknown[]
  /** Event times in ms since the epoch; NaN = none. Of a partial the start of its slice. */
  readonly times: Float64Array
  /** Keys, filled only behind a keyBy. */
  readonly keys: unknown[]
  /** Key groups, filled only behind a keyBy. */
  readonly groups: Uint16Array
  /** Records that are folded into a partial; 0 = it is a record. */
  readonly counts: Uint32Array
  length: number
  /** How many are partials: without any nobody looks at `counts`. */
  partials: number
}

export function createBatch(capacity: number = frameRecordsMax): Batch {
  return {
    values: new Array(capacity),
    times: new Float64Array(capacity),
    keys: new Array(capacity),
    groups: new Uint16Array(capacity),
    counts: new Uint32Array(capacity),
    length: 0,
    partials: 0,
  }
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

/** Credit that a frame costs on a local channel: its records, but not less than the room that a batch takes up; nothing without records. */
export function creditOf(batch: Batch | null): number {
  return batch === null ? 0 : Math.max(batch.length, frameCreditMin)
}
