// What the queries must give, computed without an engine: from the list of all events, each as directly as its definition reads.
//
// They share nothing with the queries but the events; whole lists are searched again and again, so they are for small inputs.

import { type Auction, type Bid, isAuction, isBid, isPerson, type NexmarkEvent, type Person } from '../../bench/nexmark/events.ts'

type Rows = readonly object[]
type Naive = (events: readonly NexmarkEvent[]) => Rows

function groupBy<T>(elements: Iterable<T>, key: (e: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const e of elements) {
    const group = groups.get(key(e))
    if (group === undefined) groups.set(key(e), [e])
    else group.push(e)
  }
  return groups
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const bidsBy = (events: readonly NexmarkEvent[], key: (bid: Bid) => string): Bid[][] => [...groupBy(events.filter(isBid), key).values()]
const windowStart = (time: number, size: number): number => Math.floor(time / size) * size

/** Bids of each auction that were in time, the best first. */
function inTime(events: readonly NexmarkEvent[]): { auction: Auction; bids: Bid[] }[] {
  const bids = groupBy(events.filter(isBid), (bid) => `${bid.auction}`)
  return events.filter(isAuction).map((auction) => ({
    auction,
    bids: (bids.get(`${auction.id}`) ?? [])
      .filter((bid) => auction.dateTime <= bid.dateTime && bid.dateTime <= auction.expires)
      .sort((a, b) => b.price - a.price || a.dateTime - b.dateTime),
  }))
}

const euros = ({ auction, bidder, price, dateTime, extra }: Bid) => ({ auction, bidder, price: price * 908, dateTime, extra })

const rank = ({ price }: Bid): number => [10_000, 1_000_000].filter((bound) => price >= bound).length
const byRank = (bids: readonly Bid[], of: (bids: readonly Bid[]) => number): number[] => [
  of(bids),
  ...[0, 1, 2].map((wanted) => of(bids.filter((bid) => rank(bid) === wanted))),
]
const statistics = (bids: readonly Bid[]) => ({
  bids: byRank(bids, (some) => some.length),
  bidders: byRank(bids, (some) => new Set(some.map(({ bidder }) => bidder)).size),
  auctions: byRank(bids, (some) => new Set(some.map(({ auction }) => auction)).size),
})
const dayOf = ({ dateTime }: Bid): string => new Date(dateTime).toISOString().slice(0, 10)

/** Bids of each group in each sliding window that holds one. */
function windowed(bids: readonly Bid[], size: number, slide: number): Map<number, Bid[]> {
  const windows = new Map<number, Bid[]>()
  for (const bid of bids)
    for (let start = windowStart(bid.dateTime, slide); start > bid.dateTime - size; start -= slide) {
      const held = windows.get(start + size)
      if (held === undefined) windows.set(start + size, [bid])
      else held.push(bid)
    }
  return windows
}

function mostBids(events: readonly NexmarkEvent[]): Rows {
  return [...windowed(events.filter(isBid), 10_000, 2_000).values()].flatMap((bids) => {
    const counts = [...groupBy(bids, ({ auction }) => `${auction}`).values()]
    const most = Math.max(...counts.map(({ length }) => length))
    return counts.filter(({ length }) => length === most).map((of) => ({ auction: of[0]!.auction, bids: most }))
  })
}

function sessions(bids: readonly Bid[]): Bid[][] {
  const found: Bid[][] = []
  for (const bid of bids) {
    const last = found.at(-1)
    if (last !== undefined && bid.dateTime - last.at(-1)!.dateTime <= 10_000) last.push(bid)
    else found.push([bid])
  }
  return found
}

function lastSales(events: readonly NexmarkEvent[]): Rows {
  const sold = inTime(events).filter(({ bids }) => bids.length > 0)
  return [...groupBy(sold, ({ auction }) => `${auction.seller}`).values()].map((sales) => {
    sales.sort((a, b) => a.auction.expires - b.auction.expires || a.auction.id - b.auction.id)
    const last = sales.slice(-10)
    return { seller: sales[0]!.auction.seller, average: Math.floor(sum(last.map(({ bids }) => bids[0]!.price)) / last.length) }
  })
}

function joined(events: readonly NexmarkEvent[], keep: (auction: Auction) => boolean): { bid: Bid; auction: Auction }[] {
  const auctions = new Map(
    events
      .filter(isAuction)
      .filter(keep)
      .map((auction) => [auction.id, auction]),
  )
  return events.filter(isBid).flatMap((bid) => (auctions.has(bid.auction) ? [{ bid, auction: auctions.get(bid.auction)! }] : []))
}

const people = (events: readonly NexmarkEvent[]): Map<number, Person> =>
  new Map(events.filter(isPerson).map((person) => [person.id, person]))

function bidsOfSellers(events: readonly NexmarkEvent[]): Rows {
  const auctions = groupBy(events.filter(isAuction), ({ seller }) => `${seller}`)
  const known = people(events)
  return events.filter(isBid).flatMap((bid) => {
    const person = known.get(bid.bidder)
    return person === undefined ? [] : (auctions.get(`${bid.bidder}`) ?? []).map((auction) => ({ bid, auction, person }))
  })
}

const hour = (ms: number): number => new Date(ms).getUTCHours()
const timeOfDay = (h: number): string => (h >= 8 && h <= 18 ? 'dayTime' : h <= 6 || h >= 20 ? 'nightTime' : 'otherTime')
const known = ['apple', 'google', 'facebook', 'baidu']

function channelled({ auction, bidder, price, channel, url }: Bid): Rows {
  const name = known.indexOf(channel.toLowerCase())
  const channelId = name >= 0 ? `${name}` : new URL(url).searchParams.get('channel_id')
  return channelId === null ? [] : [{ auction, bidder, price, channel, channelId }]
}

function newSellers(events: readonly NexmarkEvent[]): Rows {
  const sold = new Set(events.filter(isAuction).map(({ seller, dateTime }) => `${seller} ${windowStart(dateTime, 10_000)}`))
  return events
    .filter(isPerson)
    .map(({ id, name, dateTime }) => ({ id, name, start: windowStart(dateTime, 10_000) }))
    .filter(({ id, start }) => sold.has(`${id} ${start}`))
}

function recentPast(events: readonly NexmarkEvent[]): Rows {
  return bidsBy(events, ({ bidder }) => `${bidder}`).flatMap((bids) =>
    [...windowed(bids, 1_800_000, 60_000)].map(([end, held]) => ({
      bidder: held[0]!.bidder,
      end,
      count: held.length,
      sum: sum(held.map(({ price }) => price)),
      auctions: held.slice(-10).map(({ auction }) => auction),
    })),
  )
}

function statisticsOfAuctions(events: readonly NexmarkEvent[]): Rows {
  return bidsBy(events, (bid) => `${bid.auction} ${dayOf(bid)}`).map((bids) => {
    const prices = bids.map(({ price }) => price).sort((a, b) => a - b)
    const [all, low, middle, high] = byRank(bids, (some) => some.length)
    return {
      auction: bids[0]!.auction,
      day: windowStart(bids[0]!.dateTime, 86_400_000) / 86_400_000,
      bids: all,
      low,
      middle,
      high,
      min: prices[0],
      max: prices.at(-1),
      average: Math.floor(sum(prices) / prices.length),
      sum: sum(prices),
    }
  })
}

/** Rows of each query; of those whose rows replace each other the last ones. */
export const naive: Readonly<Record<string, Naive>> = {
  q0: (events) => events.filter(isBid),
  q1: (events) => events.filter(isBid).map(euros),
  q2: (events) =>
    events
      .filter(isBid)
      .filter(({ auction }) => auction % 123 === 0)
      .map(({ auction, price }) => ({ auction, price })),
  q3(events) {
    const known = people(events)
    return events.filter(isAuction).flatMap(({ id, seller, category }) => {
      const person = known.get(seller)
      if (category !== 10 || person === undefined || !['OR', 'ID', 'CA'].includes(person.state)) return []
      return [{ name: person.name, city: person.city, state: person.state, auction: id }]
    })
  },
  q4: (events) =>
    [
      ...groupBy(
        inTime(events).filter(({ bids }) => bids.length > 0),
        ({ auction }) => `${auction.category}`,
      ),
    ].map(([category, sold]) => ({
      category: Number(category),
      average: Math.floor(sum(sold.map(({ bids }) => bids[0]!.price)) / sold.length),
    })),
  q5: mostBids,
  q6: lastSales,
  q7: (events) =>
    bidsBy(events, ({ dateTime }) => `${windowStart(dateTime, 10_000)}`).flatMap((bids) => {
      const highest = bids.reduce((price, bid) => Math.max(price, bid.price), 0)
      return bids.filter(({ price }) => price === highest)
    }),
  q8: newSellers,
  q9: (events) => inTime(events).flatMap(({ auction, bids: [bid] }) => (bid === undefined ? [] : [{ auction, bid }])),
  q11: (events) =>
    bidsBy(events, ({ bidder }) => `${bidder}`)
      .flatMap(sessions)
      .map((bids) => ({ bidder: bids[0]!.bidder, bids: bids.length, start: bids[0]!.dateTime, end: bids.at(-1)!.dateTime + 10_000 })),
  q13: (events) =>
    events.filter(isBid).map(({ auction, bidder, price, dateTime }) => ({
      auction,
      bidder,
      price,
      dateTime,
      value: `side-${auction % 10_000}`,
    })),
  q14: (events) =>
    events
      .filter(isBid)
      .map((bid) => ({ ...euros(bid), timeOfDay: timeOfDay(hour(bid.dateTime)), cs: bid.extra.split('c').length - 1 }))
      .filter(({ price }) => price > 1e9 && price < 50e9),
  q15: (events) => bidsBy(events, dayOf).map((bids) => ({ day: dayOf(bids[0]!), ...statistics(bids) })),
  q16: (events) =>
    bidsBy(events, (bid) => `${bid.channel} ${dayOf(bid)}`).map((bids) => ({
      channel: bids[0]!.channel,
      day: dayOf(bids[0]!),
      minute: new Date(bids.at(-1)!.dateTime).toISOString().slice(11, 16),
      ...statistics(bids),
    })),
  q17: statisticsOfAuctions,
  q18: (events) => bidsBy(events, ({ bidder, auction }) => `${bidder} ${auction}`).map((bids) => bids.at(-1)!),
  q19: (events) =>
    bidsBy(events, ({ auction }) => `${auction}`).flatMap((bids) =>
      bids
        .sort((a, b) => b.price - a.price)
        .slice(0, 10)
        .map((bid, i) => ({ bid, rank: i + 1 })),
    ),
  q20: (events) => joined(events, ({ category }) => category === 10),
  q21: (events) => events.filter(isBid).flatMap(channelled),
  q22: (events) =>
    events.filter(isBid).map(({ auction, bidder, price, channel, url }) => {
      const [dir1, dir2, dir3] = new URL(url).pathname.slice(1).split('/')
      return { auction, bidder, price, channel, dir1, dir2, dir3 }
    }),
  q23: bidsOfSellers,
  k1: (events) =>
    bidsBy(events, ({ auction, dateTime }) => `${auction} ${windowStart(dateTime, 1_000)}`).map((bids) => ({
      auction: bids[0]!.auction,
      bids: bids.length,
      start: windowStart(bids[0]!.dateTime, 1_000),
    })),
  r1: recentPast,
}
