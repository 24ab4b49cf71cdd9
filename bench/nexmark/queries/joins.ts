// Joins without windows: q3 (who sells in some states), q13 (a table beside the stream), q20 (bids with their auction), q23 (three ways).
//
// Each brings both sides to one key, keeps what is unique by key, and holds the other side only until its partner has come.

import { list, output, value } from 'millrace'
import { type Auction, type Bid, isAuction, isBid, isPerson, type NexmarkEvent, type Person } from '../events.ts'
import { hash4, hash5, query, rowHash } from '../query.ts'

interface Seller {
  readonly name: string
  readonly city: string
  readonly state: string
  readonly auction: number
}

const inCategory10 = (e: NexmarkEvent): e is Auction => e.type === 'auction' && e.category === 10
const nearby = ({ state }: Person): boolean => state === 'OR' || state === 'ID' || state === 'CA'
const nearbyOrCategory10 = (e: NexmarkEvent): e is Person | Auction => (e.type === 'person' && nearby(e)) || inCategory10(e)
const sold = ({ name, city, state }: Pick<Seller, 'name' | 'city' | 'state'>, auction: number): Seller => ({ name, city, state, auction })

/** Auctions of category 10 whose seller lives in Oregon, Idaho or California. */
export const q3 = query<Seller>({
  id: 'q3',
  define: (events) =>
    events
      .filter(nearbyOrCategory10)
      .keyBy((e) => (e.type === 'person' ? e.id : e.seller))
      .process('sellers', {
        state: { person: value<{ name: string; city: string; state: string }>(), early: list<number>() },
        emits: output<Seller>(),
        onElement(e, { state, emit }) {
          if (e.type === 'auction') {
            const person = state.person.get()
            if (person === undefined) state.early.add(e.id)
            else emit(sold(person, e.id))
            return
          }
          state.person.set({ name: e.name, city: e.city, state: e.state })
          for (const auction of state.early) emit(sold(e, auction))
          state.early.clear()
        },
      }),
  hash: ({ name, city, state, auction }) => hash4(name.length, city.length, state.length, auction),
})

interface Valued {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
  readonly value: string
}

interface Side {
  readonly type: 'side'
  readonly key: number
  readonly value: string
}

const sideKeys = 10_000
/** The table: a text for each number below 10,000. */
const sideInput: readonly Side[] = Array.from({ length: sideKeys }, (_, key) => ({ type: 'side', key, value: `side-${key}` }))

const valued = ({ auction, bidder, price, dateTime }: Bid, text: string): Valued => ({ auction, bidder, price, dateTime, value: text })

/** Bids with what a table says of their auction, by its number modulo 10,000. */
export const q13 = query<Valued>({
  id: 'q13',
  define: (events, job) =>
    events
      .filter(isBid)
      .union(job.source('side', sideInput))
      .keyBy((e) => (e.type === 'side' ? e.key : e.auction % sideKeys))
      .process('side-join', {
        state: { text: value<string>(), early: list<Bid>() },
        emits: output<Valued>(),
        onElement(e, { state, emit }) {
          if (e.type === 'bid') {
            const text = state.text.get()
            if (text === undefined) state.early.add(e)
            else emit(valued(e, text))
            return
          }
          state.text.set(e.value)
          for (const bid of state.early) emit(valued(bid, e.value))
          state.early.clear()
        },
      }),
  hash: (row) => hash5(row.auction, row.bidder, row.price, row.dateTime, row.value.length),
})

export interface BidOnAuction {
  readonly bid: Bid
  readonly auction: Auction
}

const bidOrCategory10 = (e: NexmarkEvent): e is Bid | Auction => e.type === 'bid' || inCategory10(e)

/** Bids on auctions of category 10, with the auction. */
export const q20 = query<BidOnAuction>({
  id: 'q20',
  define: (events) =>
    events
      .filter(bidOrCategory10)
      .keyBy((e) => (e.type === 'bid' ? e.auction : e.id))
      .process('auctions', {
        state: { auction: value<Auction>(), early: list<Bid>() },
        emits: output<BidOnAuction>(),
        onElement(e, { state, emit }) {
          if (e.type === 'bid') {
            const auction = state.auction.get()
            if (auction === undefined) state.early.add(e)
            else emit({ bid: e, auction })
            return
          }
          state.auction.set(e)
          for (const bid of state.early) emit({ bid, auction: e })
          state.early.clear()
        },
      }),
  hash: ({ bid, auction }) =>
    rowHash(
      bid.auction,
      bid.bidder,
      bid.price,
      bid.channel.length,
      bid.url.length,
      bid.dateTime,
      bid.extra.length,
      auction.itemName.length,
      auction.description.length,
      auction.initialBid,
      auction.reserve,
      auction.dateTime,
      auction.expires,
      auction.seller,
      auction.category,
      auction.extra.length,
    ),
})

export interface BidBySeller extends BidOnAuction {
  readonly person: Person
}

/** Bids of people who sell: each with the person and each of the person's auctions. */
export const q23 = query<BidBySeller>({
  id: 'q23',
  define: (events) =>
    events
      .keyBy((e) => (e.type === 'bid' ? e.bidder : e.type === 'person' ? e.id : e.seller))
      .process('bids-by-sellers', {
        state: { person: value<Person>(), auctions: list<Auction>(), bids: list<Bid>() },
        emits: output<BidBySeller>(),
        onElement(e, { state: { person: held, auctions, bids }, emit }) {
          const person = isPerson(e) ? e : held.get()
          if (isPerson(e)) held.set(e)
          else if (isAuction(e)) auctions.add(e)
          else bids.add(e)
          if (person === undefined) return
          for (const auction of isAuction(e) ? [e] : auctions) for (const bid of isBid(e) ? [e] : bids) emit({ bid, auction, person })
        },
      }),
  hash: ({ bid, auction, person }) =>
    rowHash(
      bid.bidder,
      bid.price,
      bid.channel.length,
      bid.url.length,
      bid.extra.length,
      person.id,
      person.name.length,
      person.email.length,
      person.creditCard.length,
      person.city.length,
      person.state.length,
      person.extra.length,
      auction.itemName.length,
      auction.description.length,
      auction.initialBid,
      auction.reserve,
      auction.dateTime,
      auction.expires,
      auction.seller,
      auction.category,
      auction.extra.length,
    ),
})
