// What flows besides records: the control elements of a channel, and the watermark's bounds.
//
// A control element ends the frame that carries it. All of them are ordered with the records of their channel.

import type { Epoch } from './ids.ts'

/** The least watermark: nothing is known yet. */
export const watermarkMin = Number.NEGATIVE_INFINITY
/** The greatest watermark: no record will come any more. */
export const watermarkMax = Number.POSITIVE_INFINITY
/** Timestamp of a record that has none. */
export const noTime = Number.NaN

export type Control =
  /** No record with a timestamp ≤ `time` is expected behind it. */
  | { readonly kind: 'WATERMARK'; readonly time: number }
  /** Separates what belongs to checkpoint `epoch` from what does not. */
  | { readonly kind: 'BARRIER'; readonly epoch: Epoch }
  /** The channel does not hold back event time until ACTIVE. Idle is not finished: records may still come. */
  | { readonly kind: 'IDLE' }
  | { readonly kind: 'ACTIVE' }
  /** Nothing comes behind it, ever. */
  | { readonly kind: 'END' }

export const idleControl: Control = { kind: 'IDLE' }
export const activeControl: Control = { kind: 'ACTIVE' }
export const endControl: Control = { kind: 'END' }
