// The events of Nexmark (Tucker, Tufte, Papadimos, Maier: NEXMark – A Benchmark for Queries over Data Streams, 2002): people, auctions and
// bids, as 1 : 3 : 46 of every 50.
//
// An event is a function of its number and of the time between events, in arithmetic on 32-bit integers: whoever computes it gets the
// same. Half of the bids go to one hot auction of the last hundred, three of four come from one hot bidder, three of four auctions are of
// one hot seller.

import { channels, cities, creditCards, descriptions, emails, extras, items, mix, names, prices, states, step, urls } from './tables.ts'

export interface Person {
  readonly type: 'person'
  readonly id: number
  readonly name: string
  readonly email: string
  readonly creditCard: string
  readonly city: string
  readonly state: string
  /** ms since the epoch. */
  readonly dateTime: number
  readonly extra: string
}

export interface Auction {
  readonly type: 'auction'
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: number
  /** ms since the epoch. */
  readonly expires: number
  readonly seller: number
  readonly category: number
  readonly extra: string
}

export interface Bid {
  readonly type: 'bid'
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: number
  readonly extra: string
}

export type NexmarkEvent = Person | Auction | Bid

export const isPerson = (e: NexmarkEvent): e is Person => e.type === 'person'
export const isAuction = (e: NexmarkEvent): e is Auction => e.type === 'auction'
export const isBid = (e: NexmarkEvent): e is Bid => e.type === 'bid'

/** Time of the first event: 2023-11-15T00:00:00Z. */
export const firstTime = 1_700_006_400_000

const { floor, max, min } = Math
const round = 50
const firstId = 1_000

/** @param h a random 32-bit integer */
function priceOf(h: number): number {
  const k = h >>> 22
  const low = prices[k]!
  return low + ((((prices[k + 1]! - low) * (h & 0x3fffff)) / 4_194_304) | 0)
}

/** A place in a table of 1,000, from 16 random bits. */
const ofThousand = (bits: number): number => (bits * 1_000) >>> 16

/** One of the people active in a round, or of ten who are not there yet. */
function anyPerson(epoch: number, bits: number): number {
  const active = min(epoch + 1, 1_000)
  return epoch + 1 - active + ((bits * (active + 10)) >>> 16) + firstId
}

/**
 * Event number `i`.
 * @param i from 0, below 2³¹
 * @param intervalUs microseconds of event time between events
 */
export function eventAt(i: number, intervalUs: number): NexmarkEvent {
  const epoch = (i / round) | 0
  const place = i % round
  const dateTime = firstTime + floor((i * intervalUs) / 1_000)
  const a = mix((i + step) | 0)
  const b = mix((a + step) | 0)
  const c = mix((b + step) | 0)
  if (place > 3) return bid(epoch, dateTime, a, b, c)
  return place === 0 ? person(epoch, dateTime, a, b, c) : auction(epoch, place - 1, dateTime, intervalUs, a, b, c)
}

function bid(epoch: number, dateTime: number, a: number, b: number, c: number): Bid {
  const last = epoch * 3 + 2
  const oldest = max(last - 100, 0)
  const channel = (b & 1) !== 0 ? 1_000 + ((b >>> 1) & 3) : (((b >>> 3) & 0x1fff) * 1_000) >>> 13
  return {
    type: 'bid',
    auction: ((a & 1) !== 0 ? last - (last % 100) : oldest + (((a >>> 16) * (last - oldest + 11)) >>> 16)) + firstId,
    bidder: ((a >>> 1) & 3) !== 0 ? epoch - (epoch % 100) + 1 + firstId : anyPerson(epoch, b >>> 16),
    price: priceOf(c),
    channel: channels[channel]!,
    url: urls[channel]!,
    dateTime,
    extra: extras[(((a >>> 3) & 0x1fff) * 1_000) >>> 13]!,
  }
}

function person(epoch: number, dateTime: number, a: number, b: number, c: number): Person {
  return {
    type: 'person',
    id: epoch + firstId,
    name: names[ofThousand(a & 0xffff)]!,
    email: emails[ofThousand(b & 0xffff)]!,
    creditCard: creditCards[ofThousand(c & 0xffff)]!,
    city: cities[((b >>> 16) * 10) >>> 16]!,
    state: states[((a >>> 16) * 6) >>> 16]!,
    dateTime,
    extra: extras[ofThousand(c >>> 16)]!,
  }
}

function auction(epoch: number, place: number, dateTime: number, intervalUs: number, a: number, b: number, c: number): Auction {
  const d = mix((c + step) | 0)
  const e = mix((d + step) | 0)
  const initialBid = priceOf(b)
  const longest = 2 * max(1, floor((1_666 * intervalUs) / 1_000))
  return {
    type: 'auction',
    id: epoch * 3 + place + firstId,
    itemName: items[ofThousand(d & 0xffff)]!,
    description: descriptions[ofThousand(d >>> 16)]!,
    initialBid,
    reserve: initialBid + priceOf(c),
    dateTime,
    expires: dateTime + 1 + floor(((e >>> 16) * longest) / 65_536),
    seller: (a & 3) !== 0 ? epoch - (epoch % 100) + firstId : anyPerson(epoch, a >>> 16),
    category: 10 + ((((a >>> 2) & 0x3fff) * 5) >>> 14),
    extra: extras[ofThousand(e & 0xffff)]!,
  }
}
