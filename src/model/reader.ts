// The synchronous half of a source's reader: all that the data path needs of it.

import type { Json } from './manifest.ts'

/** What a reader gives its records to, one call a record, in order. */
export interface RecordSink<in T> {
  record(value: T): void
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
