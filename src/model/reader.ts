// The synchronous half of a source's reader: all that the data path needs of it.

import type { Json } from './manifest.ts'

/** What a reader gives its records to, one call a record, in order. */
export interface RecordSink<in T> {
  record(value: T): void
  /**
   * Takes the place of `record` for a piece of input that cannot be read as a record: a line that is no JSON, a row with too few cells.
   * It counts as one record of the poll, and the reader goes on behind it. It is then treated as a record that fails the source's schema.
   * @param raw the input as far as it can be shown, cut where it is long
   * @param issue what is wrong with it, as a sentence without where it is
   */
  malformed(raw: unknown, issue: string): void
}

export interface PollingReader<out T> {
  /**
   * Gives at most `max` records to `out`, without blocking.
   * @returns 'more' call again; 'wait' call again later; 'end' there are no more records, ever
   */
  poll(out: RecordSink<T>, max: number): 'more' | 'wait' | 'end'
  /** Position after the last record given by a poll that has returned. */
  offset(): Json
  /** Where the record being given right now stands, for error messages: 'clicks.jsonl line 17'. */
  where(): string
}
