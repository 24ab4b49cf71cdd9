// What a query of the benchmark is: a piece of a job from the events to its rows, and how a row counts in the checksum.

import type { Job, Key, Stream } from 'millrace'
import type { Bid, NexmarkEvent } from './events.ts'
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

/** What the hash of a row begins with. */
export const seed = 17

/** Goes on with a hash by an integer of at most 53 bits: a sum, a time. */
export function fold(h: number, column: number): number {
  const low = column | 0
  const folded = foldInt(h, low)
  return low === column && low >= 0 ? folded : (folded + Math.floor(column / 4_294_967_296)) | 0
}

/** The same by an integer from 0 to 2³¹-1, for which V8 needs no doubles. */
export const foldInt = (h: number, column: number): number => Math.imul(Math.imul(h, 31) + column, 31)

// Rows of few columns, without the array that the columns of `rowHash` are gathered in: it is ten nanoseconds of a bid. Columns that are
// called after their place may be long, the others are below 2³¹.
export const hash2 = (a: number, b: number): number => mix(foldInt(foldInt(seed, a), b))
export const hash3 = (a: number, b: number, third: number): number => mix(fold(foldInt(foldInt(seed, a), b), third))
export const hash4 = (a: number, b: number, third: number, fourth: number): number =>
  mix(fold(fold(foldInt(foldInt(seed, a), b), third), fourth))
export const hash5 = (a: number, b: number, third: number, fourth: number, e: number): number =>
  mix(foldInt(fold(fold(foldInt(foldInt(seed, a), b), third), fourth), e))

export const hash7 = (a: number, b: number, c: number, d: number, e: number, f: number, g: number): number =>
  mix(foldInt(foldInt(foldInt(foldInt(foldInt(foldInt(foldInt(seed, a), b), c), d), e), f), g))

/** Of a bid with all of its fields. */
export const foldBid = ({ auction, bidder, price, channel, url, dateTime, extra }: Bid): number =>
  foldInt(
    fold(foldInt(foldInt(foldInt(foldInt(foldInt(seed, auction), bidder), price), channel.length), url.length), dateTime),
    extra.length,
  )

/** Hash of a row of integers. A text counts by its length, a time in ms. */
export function rowHash(...columns: readonly number[]): number {
  let h = seed
  for (let i = 0; i < columns.length; i++) h = fold(h, columns[i]!)
  return mix(h)
}
