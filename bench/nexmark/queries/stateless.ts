// The queries without state: q0 (pass), q1 (currency), q2 (selection), q14 (calculation), q21 (channel ids), q22 (directories of a URL).

import type { Bid } from '../events.ts'
import { isBid } from '../events.ts'
import { hash2, hash5, hash7, query, rowHash } from '../query.ts'

interface Bought {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
  readonly extra: string
}

const hashOfBought = ({ auction, bidder, price, dateTime, extra }: Bought): number => hash5(auction, bidder, price, dateTime, extra.length)

/** All bids as they are. */
export const q0 = query<Bid>({ id: 'q0', define: (events) => events.filter(isBid), hash: hashOfBought })

/** Bids in thousandths of euros: the price in dollars times 908. */
export const q1 = query<Bought>({
  id: 'q1',
  define: (events) =>
    events.filter(isBid).map(({ auction, bidder, price, dateTime, extra }) => ({ auction, bidder, price: price * 908, dateTime, extra })),
  hash: hashOfBought,
})

/** Bids on some auctions. */
export const q2 = query<{ auction: number; price: number }>({
  id: 'q2',
  define: (events) =>
    events
      .filter(isBid)
      .filter(({ auction }) => auction % 123 === 0)
      .map(({ auction, price }) => ({ auction, price })),
  hash: ({ auction, price }) => hash2(auction, price),
})

type TimeOfDay = 'dayTime' | 'nightTime' | 'otherTime'

interface Calculated extends Bought {
  readonly timeOfDay: TimeOfDay
  /** How often the letter c is in `extra`. */
  readonly cs: number
}

function timeOfDay(ms: number): TimeOfDay {
  const hour = Math.floor(ms / 3_600_000) % 24
  if (hour >= 8 && hour <= 18) return 'dayTime'
  return hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime'
}

function countOf(letter: string, text: string): number {
  let n = 0
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) n++
  return n
}

/** Bids between 1,000,000 and 50,000,000 euros, the price as in q1, with the time of day and a function of a text. */
export const q14 = query<Calculated>({
  id: 'q14',
  define: (events) =>
    events
      .filter(isBid)
      .filter(({ price }) => price * 908 > 1_000_000_000 && price * 908 < 50_000_000_000)
      .map(({ auction, bidder, price, dateTime, extra }) => ({
        auction,
        bidder,
        price: price * 908,
        dateTime,
        extra,
        timeOfDay: timeOfDay(dateTime),
        cs: countOf('c', extra),
      })),
  hash: (row) => rowHash(row.auction, row.bidder, row.price, row.timeOfDay.length, row.dateTime, row.extra.length, row.cs),
})

interface Channelled {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly channelId: string
}

const knownChannels = new Map([
  ['apple', '0'],
  ['google', '1'],
  ['facebook', '2'],
  ['baidu', '3'],
])
const channelInUrl = /[?&]channel_id=([^&]*)/

/** Bids with the id of their channel: known by name, or from the URL; others are left out. */
export const q21 = query<Channelled>({
  id: 'q21',
  define: (events) =>
    events.filter(isBid).flatMap(({ auction, bidder, price, channel, url }) => {
      const channelId = knownChannels.get(channel.toLowerCase()) ?? channelInUrl.exec(url)?.[1]
      return channelId === undefined ? [] : [{ auction, bidder, price, channel, channelId }]
    }),
  hash: (row) => hash5(row.auction, row.bidder, row.price, row.channel.length, row.channelId.length),
})

interface Directories {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly dir1: string
  readonly dir2: string
  readonly dir3: string
}

/** Where the path of a URL begins: behind the third slash. */
const pathOf = (url: string): number => url.indexOf('/', url.indexOf('//') + 2) + 1

/** Bids with the three directories of their URL. */
export const q22 = query<Directories>({
  id: 'q22',
  define: (events) =>
    events.filter(isBid).map(({ auction, bidder, price, channel, url }) => {
      const first = pathOf(url)
      const second = url.indexOf('/', first) + 1
      const third = url.indexOf('/', second) + 1
      return {
        auction,
        bidder,
        price,
        channel,
        dir1: url.slice(first, second - 1),
        dir2: url.slice(second, third - 1),
        dir3: url.slice(third, url.indexOf('/', third)),
      }
    }),
  hash: (row) => hash7(row.auction, row.bidder, row.price, row.channel.length, row.dir1.length, row.dir2.length, row.dir3.length),
})
