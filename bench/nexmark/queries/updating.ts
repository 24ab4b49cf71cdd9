// Queries whose rows replace each other: q15 and q16 (statistics of a day), q17 (of an auction), q18 (last bids), q19 (top ten).

import { output, value } from 'millrace'
import { dayOf, minuteOf } from '../clock.ts'
import { type Bid, isBid } from '../events.ts'
import { fold, foldBid, foldInt, query, rowHash, seed } from '../query.ts'
import { mix } from '../tables.ts'

const dayMs = 86_400_000

/** 0 below 10,000, 1 below 1,000,000, else 2. */
const rankOf = (price: number): 0 | 1 | 2 => (price < 10_000 ? 0 : price < 1_000_000 ? 1 : 2)

/** Of all, and of each rank. */
export type Four = [number, number, number, number]
const zero = (): Four => [0, 0, 0, 0]

/** How many different ones there are, of all and by rank. */
interface Distinct {
  /** By member: a bit for each rank that it was seen in. */
  readonly ranks: Map<number, number>
  readonly counts: Four
}

const distinct = (): Distinct => ({ ranks: new Map(), counts: zero() })

function see({ ranks, counts }: Distinct, member: number, rank: 0 | 1 | 2): void {
  const before = ranks.get(member)
  const bit = 1 << rank
  if (before === undefined) counts[0]++
  else if ((before & bit) !== 0) return
  counts[rank + 1]!++
  ranks.set(member, (before ?? 0) | bit)
}

interface Statistics {
  last: number
  readonly bids: Four
  readonly bidders: Distinct
  readonly auctions: Distinct
}

const statistics = {
  init: (): Statistics => ({ last: 0, bids: zero(), bidders: distinct(), auctions: distinct() }),
  add(acc: Statistics, { price, bidder, auction, dateTime }: Bid): Statistics {
    const rank = rankOf(price)
    acc.last = Math.max(acc.last, dateTime)
    acc.bids[0]++
    acc.bids[rank + 1]!++
    see(acc.bidders, bidder, rank)
    see(acc.auctions, auction, rank)
    return acc
  },
}

const copy = ([all, first, second, third]: Four): Four => [all, first, second, third]

export interface DayStatistics {
  readonly day: string
  readonly bids: Four
  readonly bidders: Four
  readonly auctions: Four
}

/** Bids, bidders and auctions of each day, by rank of price. */
export const q15 = query<DayStatistics>({
  id: 'q15',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(({ dateTime }) => Math.floor(dateTime / dayMs))
      .aggregate('of-day', {
        ...statistics,
        result: ({ bids, bidders, auctions }, { key }) => ({
          day: dayOf(key * dayMs),
          bids: copy(bids),
          bidders: copy(bidders.counts),
          auctions: copy(auctions.counts),
        }),
      }),
  hash: (row) => rowHash(row.day.length, ...row.bids, ...row.bidders, ...row.auctions),
  key: (row) => row.day,
})

export interface ChannelStatistics extends DayStatistics {
  readonly channel: string
  /** Of the latest bid, as 09:05. */
  readonly minute: string
}

/** The same for each channel, with the minute of its latest bid. */
export const q16 = query<ChannelStatistics>({
  id: 'q16',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(({ channel, dateTime }) => `${Math.floor(dateTime / dayMs)} ${channel}`)
      .aggregate('of-channel', {
        ...statistics,
        result: ({ last, bids, bidders, auctions }, { key }) => ({
          channel: key.slice(key.indexOf(' ') + 1),
          day: dayOf(last),
          minute: minuteOf(last),
          bids: copy(bids),
          bidders: copy(bidders.counts),
          auctions: copy(auctions.counts),
        }),
      }),
  hash: (row) => rowHash(row.channel.length, row.day.length, row.minute.length, ...row.bids, ...row.bidders, ...row.auctions),
  key: (row) => `${row.day} ${row.channel}`,
})

export interface AuctionStatistics {
  readonly auction: number
  /** Days since 1970. */
  readonly day: number
  readonly bids: number
  /** Bids below 10,000. */
  readonly low: number
  /** Bids below 1,000,000 that are not low. */
  readonly middle: number
  readonly high: number
  readonly min: number
  readonly max: number
  /** Rounded down. */
  readonly average: number
  readonly sum: number
}

const dayFactor = 1 << 20

/** Bids of each auction and day by rank of price, with their least, greatest, mean price and sum. */
export const q17 = query<AuctionStatistics>({
  id: 'q17',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(({ auction, dateTime }) => auction * dayFactor + Math.floor(dateTime / dayMs))
      .aggregate('of-auction', {
        init: () => ({ low: 0, middle: 0, high: 0, min: Number.MAX_SAFE_INTEGER, max: 0, sum: 0 }),
        add(acc, { price }) {
          if (price < 10_000) acc.low++
          else if (price < 1_000_000) acc.middle++
          else acc.high++
          if (price < acc.min) acc.min = price
          if (price > acc.max) acc.max = price
          acc.sum += price
          return acc
        },
        result({ low, middle, high, min, max, sum }, { key }) {
          const auction = Math.floor(key / dayFactor)
          const bids = low + middle + high
          return { auction, day: key - auction * dayFactor, bids, low, middle, high, min, max, average: Math.floor(sum / bids), sum }
        },
      }),
  hash({ auction, bids, low, middle, high, min, max, average, sum }) {
    // The day counts by its length as a text: 2023-11-15.
    const counts = foldInt(foldInt(foldInt(foldInt(foldInt(foldInt(seed, auction), 10), bids), low), middle), high)
    return mix(fold(foldInt(foldInt(foldInt(counts, min), max), average), sum))
  },
  key: ({ auction, day }) => auction * dayFactor + day,
})

/** Both numbers in one key, exact: auctions and bidders stay below 2²⁶. */
const pairOf = ({ bidder, auction }: Bid): number => bidder * 67_108_864 + auction

/** The last bid of each bidder on each auction. */
export const q18 = query<Bid>({
  id: 'q18',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(pairOf)
      .reduce('last', (last, bid) => (bid.dateTime >= last.dateTime ? bid : last)),
  hash: (bid) => mix(foldBid(bid)),
  key: pairOf,
})

export interface Ranked {
  readonly bid: Bid
  /** From 1. */
  readonly rank: number
}

const ranks = 10

/** The ten highest bids of each auction; of equal ones the first. */
export const q19 = query<Ranked>({
  id: 'q19',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(({ auction }) => auction)
      .process('top-ten', {
        state: { top: value<readonly Bid[]>([]) },
        emits: output<Ranked>(),
        onElement(bid, { state, emit }) {
          const top = state.top.get()
          let at = top.length
          while (at > 0 && top[at - 1]!.price < bid.price) at--
          if (at === ranks) return
          const next = top.toSpliced(at, 0, bid)
          if (next.length > ranks) next.pop()
          state.top.set(next)
          for (let i = at; i < next.length; i++) emit({ bid: next[i]!, rank: i + 1 })
        },
      }),
  hash: ({ bid, rank }) => mix(foldInt(foldBid(bid), rank)),
  key: ({ bid, rank }) => bid.auction * 16 + rank,
})
