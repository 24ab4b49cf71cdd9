// Windows: q5 (hot items), q7 (highest bid), q8 (new sellers), q11 and q12 (bids of a user by session and by the clock), k1 (bids of an
// auction), r1 (a user's recent past: half an hour of it, every minute).

import { session, sliding, tumbling } from 'millrace'
import { type Bid, isAuction, isBid, isPerson } from '../events.ts'
import { fold, foldInt, hash2, hash3, hash4, hash5, query, seed } from '../query.ts'
import { mix } from '../tables.ts'

const counting = {
  init: () => ({ n: 0 }),
  add(acc: { n: number }) {
    acc.n++
    return acc
  },
  merge(a: { n: number }, b: { n: number }) {
    a.n += b.n
    return a
  },
}

interface Hot {
  readonly auction: number
  readonly bids: number
}

/** The auctions with most bids in the last ten seconds, every two seconds. */
export const q5 = query<Hot>({
  id: 'q5',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(({ auction }) => auction)
      .window(sliding('10 s', '2 s'))
      .aggregate('bids', { ...counting, result: ({ n }, { key, window }) => ({ auction: key, bids: n, end: window.end }) })
      .keyBy(({ end }) => end)
      .window(tumbling('2 s'))
      .aggregate('most', {
        init: () => ({ bids: 0, auctions: [] as number[] }),
        add(most, { auction, bids }) {
          if (bids < most.bids) return most
          if (bids > most.bids) {
            most.bids = bids
            most.auctions = []
          }
          most.auctions.push(auction)
          return most
        },
        merge(most, { bids, auctions }) {
          if (bids < most.bids) return most
          if (bids > most.bids) {
            most.bids = bids
            most.auctions = []
          }
          most.auctions.push(...auctions)
          return most
        },
      })
      .flatMap(({ bids, auctions }) => auctions.map((auction) => ({ auction, bids }))),
  hash: ({ auction, bids }) => hash2(auction, bids),
})

const each = <T>(rows: readonly T[]): readonly T[] => rows

/** The highest bids of each ten seconds. */
export const q7 = query<Bid>({
  id: 'q7',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(() => 0)
      .window(tumbling('10 s'))
      .aggregate('highest', {
        init: (): Bid[] => [],
        add(highest, bid) {
          const price = highest[0]?.price ?? 0
          if (bid.price > price) return [bid]
          if (bid.price === price) highest.push(bid)
          return highest
        },
        merge(highest, others) {
          const price = highest[0]?.price ?? 0
          const other = others[0]?.price ?? 0
          if (other > price) return others.slice()
          if (other === price) highest.push(...others)
          return highest
        },
      })
      .flatMap(each),
  hash: ({ auction, price, bidder, dateTime, extra }) => hash5(auction, price, bidder, dateTime, extra.length),
})

interface NewSeller {
  readonly id: number
  readonly name: string
  readonly start: number
}

/** People who came and opened an auction within the same ten seconds. */
export const q8 = query<NewSeller>({
  id: 'q8',
  define: (events) =>
    events
      .filter(isPerson)
      .map(({ id, name }) => ({ id, name }))
      .keyBy(({ id }) => id)
      .coGroup(
        'new-sellers',
        events
          .filter(isAuction)
          .map(({ seller }) => seller)
          .keyBy((seller) => seller),
        tumbling('10 s'),
        (people, sales, { window }) => (sales.length === 0 ? [] : people.map(({ id, name }) => ({ id, name, start: window.start }))),
      ),
  hash: ({ id, name, start }) => hash3(id, name.length, start),
})

interface Session {
  readonly bidder: number
  readonly bids: number
  readonly start: number
  readonly end: number
}

const hashOfSession = ({ bidder, bids, start, end }: Session): number => hash4(bidder, bids, start, end)

/** Bids of each session of a user; a session ends when no bid came for ten seconds. */
export const q11 = query<Session>({
  id: 'q11',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(({ bidder }) => bidder)
      .window(session('10 s'))
      .aggregate('sessions', {
        ...counting,
        result: ({ n }, { key, window }) => ({ bidder: key, bids: n, start: window.start, end: window.end }),
      }),
  hash: hashOfSession,
})

/** Bids of a user in each ten seconds of the machine's clock. */
export const q12 = query<Session>({
  id: 'q12',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(({ bidder }) => bidder)
      .window(tumbling('10 s', { time: 'processing' }))
      .aggregate('by-the-clock', {
        ...counting,
        result: ({ n }, { key, window }) => ({ bidder: key, bids: n, start: window.start, end: window.end }),
      }),
  hash: hashOfSession,
})

interface BidsOfAuction {
  readonly auction: number
  readonly bids: number
  readonly start: number
}

/** Bids of each auction in each second. */
export const k1 = query<BidsOfAuction>({
  id: 'k1',
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(({ auction }) => auction)
      .window(tumbling('1 s'))
      .aggregate('bids', { ...counting, result: ({ n }, { key, window }) => ({ auction: key, bids: n, start: window.start }) }),
  hash: ({ auction, bids, start }) => hash3(auction, bids, start),
})

/** Number and sum of bids, and auction and time of the latest ten, oldest first. */
interface Recent {
  count: number
  sum: number
  readonly auctions: number[]
  readonly times: number[]
}

const latest = 10

function put({ auctions, times }: Recent, auction: number, time: number): void {
  let at = times.length
  if (at === latest) {
    if (time < times[0]!) return
    auctions.shift()
    times.shift()
    at--
  }
  while (at > 0 && times[at - 1]! > time) at--
  if (at === times.length) {
    auctions.push(auction)
    times.push(time)
  } else {
    auctions.splice(at, 0, auction)
    times.splice(at, 0, time)
  }
}

/** Puts those of `b` behind those of `a`, where none of them is earlier. */
function append(a: Recent, b: Recent): void {
  const kept = Math.min(a.times.length, latest - b.times.length)
  const dropped = a.times.length - kept
  for (let i = 0; i < kept; i++) {
    a.auctions[i] = a.auctions[i + dropped]!
    a.times[i] = a.times[i + dropped]!
  }
  for (let i = 0; i < b.times.length; i++) {
    a.auctions[kept + i] = b.auctions[i]!
    a.times[kept + i] = b.times[i]!
  }
}

export interface RecentPast {
  readonly bidder: number
  readonly end: number
  readonly count: number
  readonly sum: number
  /** Auctions of the latest ten bids, oldest first. */
  readonly auctions: readonly number[]
}

/** What a user did in the last half hour, every minute: number and sum of bids, and the auctions of the latest ten. */
export const r1 = query<RecentPast>({
  id: 'r1',
  intervalUs: 100_000,
  define: (events) =>
    events
      .filter(isBid)
      .keyBy(({ bidder }) => bidder)
      .window(sliding('30 min', '1 min'))
      .aggregate('recent', {
        init: (): Recent => ({ count: 0, sum: 0, auctions: [], times: [] }),
        add(acc, { auction, price, dateTime }) {
          acc.count++
          acc.sum += price
          put(acc, auction, dateTime)
          return acc
        },
        merge(a, b) {
          a.count += b.count
          a.sum += b.sum
          if (a.times.length === 0 || b.times[0]! >= a.times.at(-1)!) append(a, b)
          else for (let i = 0; i < b.times.length; i++) put(a, b.auctions[i]!, b.times[i]!)
          return a
        },
        result: ({ count, sum, auctions }, { key, window }) => ({ bidder: key, end: window.end, count, sum, auctions: auctions.slice() }),
      }),
  hash({ bidder, end, count, sum, auctions }) {
    let h = fold(foldInt(fold(foldInt(seed, bidder), end), count), sum)
    for (const auction of auctions) h = foldInt(h, auction)
    return mix(h)
  },
})
