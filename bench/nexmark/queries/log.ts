// q10: all bids into files, exactly once, with the day and the minute that a reader finds them by.

import { type Job, job } from 'millrace'
import { csvSink } from 'millrace/files'
import type { Tally } from '../../prepared.ts'
import { dayOf, minuteOf } from '../clock.ts'
import { nexmark } from '../engine.ts'
import { isBid } from '../events.ts'

export interface Logged {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
  readonly extra: string
  /** As 2023-11-15. */
  readonly day: string
  /** As 09:05. */
  readonly minute: string
}

/** The job that writes bids to CSV files in a directory. */
export function q10(events: number, directory: string, tally: Tally): Job {
  const log = job('q10', { checkpointEvery: '1 s' })
  log
    .source('nexmark', nexmark(events, 100, tally), { timestamp: (e) => e.dateTime })
    .filter(isBid)
    .map(
      ({ auction, bidder, price, dateTime, extra }): Logged => ({
        auction,
        bidder,
        price,
        dateTime,
        extra,
        day: dayOf(dateTime),
        minute: minuteOf(dateTime),
      }),
    )
    .to('log', csvSink(directory))
  return log
}
