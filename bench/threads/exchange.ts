// threads/keyby: bids of all fields across a thread boundary. Each thread imports this module.
//
// The bids are prepared, and their keys belong to the other thread: one subtask reads them, another one counts them.

import { type Job, job, join, output, type Source } from 'millrace'
import { keyGroupOf, subtaskOfGroup } from '../../src/model/key.ts'
import { maxParallelismDefault } from '../../src/model/limits.ts'
import type { Figure, Outcome, Size } from '../figure.ts'
import { type Bid, eventAt, isBid } from '../nexmark/events.ts'
import { counting, digest, Tally } from '../prepared.ts'
import { inThreads, type Part, tallyOf } from './parts.ts'

const preparedBids = 65_536
const threads = 2
const records: Readonly<Record<Size, number>> = { full: 12_000_000, quick: 100_000 }

/** Bids on auctions whose owner is subtask 1. */
function bidsOfTheOther(): Bid[] {
  const bids: Bid[] = []
  for (let n = 0; bids.length < preparedBids; n++) {
    const event = eventAt(n, 100)
    if (!isBid(event)) continue
    if (subtaskOfGroup(keyGroupOf(event.auction, maxParallelismDefault), maxParallelismDefault, threads) === 1) bids.push(event)
  }
  return bids
}

/** The same bids again and again, from one split. */
function repeated(bids: readonly Bid[], count: number, tally: Tally): Source<Bid> {
  return {
    '~type': undefined as never,
    bounded: true,
    describe: `${count} prepared bids`,
    guarantee: 'replays from any bid',
    replayable: true,
    splits: () => [{ id: 'all' }],
    open: (_, offset) => {
      let next = typeof offset === 'number' ? offset : 0
      return {
        poll(out, max) {
          if (Number.isNaN(tally.began)) tally.begin()
          const end = Math.min(count, next + max)
          for (; next < end; next++) out.record(bids[next % preparedBids]!)
          return next < count ? 'more' : 'end'
        },
        ready: () => Promise.resolve(),
        offset: () => next,
        where: () => `bid ${next}`,
      }
    },
  }
}

function exchangeJob(size: Size, parts: Part[]): Job {
  const tally = new Tally()
  const made = job('exchange', { checkpointEvery: '1 h' })
  made
    .source('bids', repeated(bidsOfTheOther(), records[size], tally))
    .parallelism(1)
    .keyBy(({ auction }) => auction)
    .process('pass', { emits: output<Bid>(), onElement: (bid, { emit }) => emit(bid) })
    .parallelism(threads)
    .to(
      'counter',
      inThreads(
        counting(tally, ({ auction, price, bidder }) => digest(auction, price, bidder)),
        tally,
        parts,
      ),
    )
  return made
}

/** The job that a thread loads. */
export const exchange = exchangeJob(process.env.MILLRACE_BENCH_SIZE === 'quick' ? 'quick' : 'full', [])

async function keyby(size: Size): Promise<Outcome> {
  process.env.MILLRACE_BENCH_SIZE = size
  const parts: Part[] = []
  await (await join(exchangeJob(size, parts), { threads, module: import.meta.url })).done
  const tally = tallyOf(parts)
  return { value: tally.rateOf(records[size]), check: tally.check }
}

export const exchangeFigures: readonly Figure[] = [
  { id: 'threads/keyby', unit: 'records/s', judged: 'value', more: true, must: 3_000_000, aim: 6_000_000, engine: keyby },
]
