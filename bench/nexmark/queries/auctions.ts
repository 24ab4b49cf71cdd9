// Auctions and what they were sold for: q4 (average by category), q6 (average of a seller's last ten), q9 (winning bids).
//
// A bid counts from the auction's time to its expiry, both included; bids may come before their auction.

import { type KeyedStream, list, output, type Stream, value } from 'millrace'
import type { Auction, Bid, NexmarkEvent } from '../events.ts'
import { hash2, query, rowHash } from '../query.ts'

export interface Won {
  readonly auction: Auction
  readonly bid: Bid
}

const counts = ({ dateTime }: Bid, auction: Auction): boolean => dateTime >= auction.dateTime && dateTime <= auction.expires
/** Higher wins, then earlier. */
const beats = (a: Bid, b: Bid): boolean => a.price > b.price || (a.price === b.price && a.dateTime < b.dateTime)

const byAuction = (events: Stream<NexmarkEvent>): KeyedStream<Auction | Bid, number> =>
  events.filter((e): e is Auction | Bid => e.type !== 'person').keyBy((e) => (e.type === 'bid' ? e.auction : e.id))

interface Sale extends Won {
  /** The bid that this one outdoes. */
  readonly before: Bid | undefined
}

/** Each bid that leads its auction, as it comes. */
const leading = (events: Stream<NexmarkEvent>): Stream<Sale> =>
  byAuction(events).process('leading', {
    state: { auction: value<Auction>(), lead: value<Bid>(), early: list<Bid>() },
    emits: output<Sale>(),
    onElement(e, { state, emit }) {
      if (e.type === 'auction') {
        state.auction.set(e)
        let lead: Bid | undefined
        for (const bid of state.early) if (counts(bid, e) && (lead === undefined || beats(bid, lead))) lead = bid
        state.early.clear()
        if (lead === undefined) return
        state.lead.set(lead)
        emit({ auction: e, bid: lead, before: undefined })
        return
      }
      const auction = state.auction.get()
      if (auction === undefined) {
        state.early.add(e)
        return
      }
      const before = state.lead.get()
      if (!counts(e, auction) || (before !== undefined && !beats(e, before))) return
      state.lead.set(e)
      emit({ auction, bid: e, before })
    },
  })

interface Average {
  readonly category: number
  readonly average: number
}

/** Average price that auctions of a category go for, rounded down, as far as is known. */
export const q4 = query<Average>({
  id: 'q4',
  define: (events) =>
    leading(events)
      .keyBy(({ auction }) => auction.category)
      .aggregate('averages', {
        init: () => ({ auctions: 0, sum: 0 }),
        add(total, { bid, before }) {
          if (before === undefined) total.auctions++
          total.sum += bid.price - (before?.price ?? 0)
          return total
        },
        result: ({ auctions, sum }, { key }) => ({ category: key, average: Math.floor(sum / auctions) }),
      }),
  hash: ({ category, average }) => hash2(category, average),
  key: ({ category }) => category,
})

interface Closed {
  readonly seller: number
  readonly auction: number
  readonly expires: number
  readonly price: number
}

interface SellerAverage {
  readonly seller: number
  readonly average: number
}

const sales = 10

/** Average price of the last ten auctions of each seller that expired with a bid, rounded down. */
export const q6 = query<SellerAverage>({
  id: 'q6',
  define: (events) =>
    byAuction(events)
      .process('closed', {
        state: { auction: value<Auction>(), price: value(0), early: list<Bid>() },
        timers: ['expired'],
        emits: output<Closed>(),
        onElement(e, { state, timers }) {
          if (e.type === 'auction') {
            state.auction.set(e)
            for (const bid of state.early) if (counts(bid, e) && bid.price > state.price.get()) state.price.set(bid.price)
            state.early.clear()
            timers.eventTime(e.expires, 'expired')
            return
          }
          const auction = state.auction.get()
          if (auction === undefined) state.early.add(e)
          else if (counts(e, auction) && e.price > state.price.get()) state.price.set(e.price)
        },
        onTimer({ at }, { key, state, emit }) {
          const price = state.price.get()
          if (price > 0) emit({ seller: state.auction.get()!.seller, auction: key, expires: at, price })
        },
      })
      .keyBy(({ seller }) => seller)
      .aggregate('last-sales', {
        init: (): Closed[] => [],
        add(last, closed) {
          last.push(closed)
          last.sort((a, b) => a.expires - b.expires || a.auction - b.auction)
          if (last.length > sales) last.shift()
          return last
        },
        result: (last, { key }) => ({ seller: key, average: Math.floor(last.reduce((sum, { price }) => sum + price, 0) / last.length) }),
      }),
  hash: ({ seller, average }) => hash2(seller, average),
  key: ({ seller }) => seller,
})

/** The winning bid of each auction, as far as is known. */
export const q9 = query<Won>({
  id: 'q9',
  define: (events) => leading(events).map(({ auction, bid }) => ({ auction, bid })),
  hash: ({ auction, bid }) =>
    rowHash(
      auction.id,
      auction.itemName.length,
      auction.description.length,
      auction.initialBid,
      auction.reserve,
      auction.dateTime,
      auction.expires,
      auction.seller,
      auction.category,
      auction.extra.length,
      bid.auction,
      bid.bidder,
      bid.price,
      bid.dateTime,
      bid.extra.length,
    ),
  key: ({ auction }) => auction.id,
})
