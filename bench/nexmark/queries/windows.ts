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

/**
 * Number and sum of bids, and the latest ten: time and auction of each in turn, oldest first. One list of a length that is needed: every
 * list is two objects more for the collector, and one that grows from nothing has room for 17.
 */
interface Recent {
  count: number
  sum: number
  latest: number[]
}

const none: number[] = []
/** Of time and auction of ten bids. */
const room = 20

function put({ latest }: Recent, auction: number, time: number): void {
  let at = latest.length
  if (at === room) {
    if (time < latest[0]!) return
    at -= 2
    for (let i = 0; i < at; i++) latest[i] = latest[i + 2]!
  }
  for (; at > 0 && latest[at - 2]! > time; at -= 2) {
    latest[at] = latest[at - 2]!
    latest[at + 1] = latest[at - 1]!
  }
  latest[at] = time
  latest[at + 1] = auction
}

/** Puts bids behind others, where none of them is earlier. */
function append(latest: number[], later: readonly number[]): void {
  const kept = Math.min(latest.length, room - later.length)
  const dropped = latest.length - kept
  if (dropped > 0) for (let i = 0; i < kept; i++) latest[i] = latest[i + dropped]!
  for (let i = 0; i < later.length; i++) latest[kept + i] = later[i]!
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
        init: (): Recent => ({ count: 0, sum: 0, latest: none }),
        add(acc, { auction, price, dateTime }) {
          if (acc.count === 0) acc.latest = [dateTime, auction]
          else put(acc, auction, dateTime)
          acc.count++
          acc.sum += price
          return acc
        },
        merge(a, { count, sum, latest }) {
          if (a.count === 0) a.latest = latest.slice()
          else if (latest[0]! >= a.latest[a.latest.length - 2]!) append(a.latest, latest)
          else for (let i = 0; i < latest.length; i += 2) put(a, latest[i + 1]!, latest[i]!)
          a.count += count
          a.sum += sum
          return a
        },
        result({ count, sum, latest }, { key, window }) {
          const auctions = new Array<number>(latest.length / 2)
          for (let i = 0; i < auctions.length; i++) auctions[i] = latest[2 * i + 1]!
          return { bidder: key, end: window.end, count, sum, auctions }
        },
      }),
  hash({ bidder, end, count, sum, auctions }) {
    let h = fold(foldInt(fold(foldInt(seed, bidder), end), count), sum)
    for (const auction of auctions) h = foldInt(h, auction)
    return mix(h)
  },
})
