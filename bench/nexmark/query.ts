// What a query of the benchmark is: a piece of a job from the events to its rows, and how a row counts in the checksum.

import type { Job, Key, Stream } from 'millrace'
import type { NexmarkEvent } from './events.ts'
import { mix } from './tables.ts'

export interface Query<R> {
  readonly id: string
  /** Microseconds of event time between events; 100 unless set. */
  readonly intervalUs?: number | undefined
  readonly define: (events: Stream<NexmarkEvent>, job: Job) => Stream<R>
  /** The columns of a row, folded: see `rowHash`. */
  readonly hash: (row: R) => number
  /** Of a query whose rows replace each other: which row a row replaces. */
  readonly key?: ((row: R) => Key) | undefined
}

/** A query whose rows are known to itself only. */
export type AnyQuery = Query<never>

export const query = <R>(of: Query<R>): AnyQuery => of as unknown as AnyQuery

/** Goes on with a hash by an integer of at most 53 bits. */
export function fold(h: number, column: number): number {
  const low = column | 0
  const folded = Math.imul(Math.imul(h, 31) + low, 31)
  return low === column && low >= 0 ? folded : (folded + Math.floor(column / 4_294_967_296)) | 0
}

/** Hash of a row of integers. A text counts by its length, a time in ms. */
export function rowHash(...columns: readonly number[]): number {
  let h = 17
  for (let i = 0; i < columns.length; i++) h = fold(h, columns[i]!)
  return mix(h)
}
