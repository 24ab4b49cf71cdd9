// nexmark/limit/…: queries on one thread against loops written by hand for the same rows, with the same events made on the way.
//
// A loop knows what the engine cannot: that events come in order, that nothing is ever late, and that nobody wants its state back.

import type { Figure, Outcome, Size } from '../figure.ts'
import { Tally } from '../prepared.ts'
import { runQuery } from './engine.ts'
import { type Bid, eventAt } from './events.ts'
import { queryOf } from './queries.ts'
import type { Query } from './query.ts'
import { warmPass } from './warm.ts'

interface Loop {
  onBid(bid: Bid): void
  end(): void
}

type Emit = (row: object) => void

/** Counts of the windows of `slide` ms; each is given out whole when a bid of a later one comes. */
function slices(slide: number, onSlice: (start: number, counts: ReadonlyMap<number, number>) => void): Loop {
  let counts = new Map<number, number>()
  let start = Number.NaN
  let next = Number.NEGATIVE_INFINITY
  const end = (): void => {
    if (counts.size > 0) onSlice(start, counts)
    counts = new Map()
  }
  return {
    onBid({ auction, dateTime }) {
      if (dateTime >= next) {
        end()
        start = dateTime - (dateTime % slide)
        next = start + slide
      }
      counts.set(auction, (counts.get(auction) ?? 0) + 1)
    },
    end,
  }
}

const pass = (emit: Emit): Loop => ({ onBid: emit, end: () => undefined })

const perSecond = (emit: Emit): Loop =>
  slices(1_000, (start, counts) => {
    for (const [auction, bids] of counts) emit({ auction, bids, start })
  })

const slide = 2_000
const slicesPerWindow = 5

function hotItems(emit: Emit): Loop {
  const held = new Map<number, ReadonlyMap<number, number>>()
  let last = Number.NaN
  const fire = (start: number): void => {
    const totals = new Map<number, number>()
    for (let i = 0; i < slicesPerWindow; i++)
      for (const [auction, n] of held.get(start - i * slide) ?? []) totals.set(auction, (totals.get(auction) ?? 0) + n)
    const most = Math.max(...totals.values())
    for (const [auction, bids] of totals) if (bids === most) emit({ auction, bids })
    held.delete(start - (slicesPerWindow - 1) * slide)
  }
  const { onBid, end } = slices(slide, (start, counts) => {
    held.set(start, counts)
    last = start
    fire(start)
  })
  return {
    onBid,
    end() {
      end()
      for (let i = 1; i < slicesPerWindow; i++) fire(last + i * slide)
    },
  }
}

const gap = 10_000

function sessions(emit: Emit): Loop {
  const open = new Map<number, { bids: number; start: number; last: number }>()
  let nextLook = Number.NEGATIVE_INFINITY
  const look = (time: number): void => {
    for (const [bidder, { bids, start, last }] of open) {
      if (last + gap > time) continue
      emit({ bidder, bids, start, end: last + gap })
      open.delete(bidder)
    }
  }
  return {
    onBid({ bidder, dateTime }) {
      if (dateTime >= nextLook) {
        look(dateTime - 1)
        nextLook = dateTime + 1_000
      }
      const found = open.get(bidder)
      if (found !== undefined && dateTime <= found.last + gap) {
        found.bids++
        found.last = dateTime
        return
      }
      if (found !== undefined) emit({ bidder, bids: found.bids, start: found.start, end: found.last + gap })
      open.set(bidder, { bids: 1, start: dateTime, last: dateTime })
    },
    end: () => look(Number.POSITIVE_INFINITY),
  }
}

const minute = 60_000
const windowMs = 30 * minute
const latest = 10

interface Minute {
  readonly start: number
  count: number
  sum: number
  /** Auctions of the latest ten, oldest first; bids come in order. */
  readonly auctions: number[]
}

/** A user's minutes that a window may still hold, oldest first. */
function recentPast(emit: Emit): Loop {
  const users = new Map<number, Minute[]>()
  let start = Number.NaN
  const fire = (end: number): void => {
    for (const [bidder, minutes] of users) {
      while (minutes.length > 0 && minutes[0]!.start < end - windowMs) minutes.shift()
      if (minutes.length === 0) {
        users.delete(bidder)
        continue
      }
      let count = 0
      let sum = 0
      const auctions: number[] = []
      for (let i = minutes.length - 1; i >= 0; i--) {
        const held = minutes[i]!
        count += held.count
        sum += held.sum
        for (let j = held.auctions.length - 1; j >= 0 && auctions.length < latest; j--) auctions.push(held.auctions[j]!)
      }
      emit({ bidder, end, count, sum, auctions: auctions.reverse() })
    }
  }
  return {
    onBid({ bidder, auction, price, dateTime }) {
      if (Number.isNaN(start)) start = dateTime - (dateTime % minute)
      for (; dateTime >= start + minute; start += minute) fire(start + minute)
      let minutes = users.get(bidder)
      if (minutes === undefined) users.set(bidder, (minutes = []))
      let held = minutes.at(-1)
      if (held === undefined || held.start !== start) minutes.push((held = { start, count: 0, sum: 0, auctions: [] }))
      held.count++
      held.sum += price
      if (held.auctions.push(auction) > latest) held.auctions.shift()
    },
    end() {
      for (; users.size > 0; start += minute) fire(start + minute)
    },
  }
}

/** Loops by the id of their query. */
export const loops: Readonly<Record<string, (emit: Emit) => Loop>> = {
  q0: pass,
  q5: hotItems,
  q11: sessions,
  k1: perSecond,
  r1: recentPast,
}

/** Runs the loop of a query to its end. */
export function runLoop(id: string, events: number, untimed = 0): Tally {
  const { hash, intervalUs = 100 } = queryOf(id) as unknown as Query<object>
  const tally = new Tally()
  const loop = loops[id]!((row) => tally.add(hash(row)))
  for (let i = 0; i < events; i++) {
    if (i === untimed) tally.begin()
    const event = eventAt(i, intervalUs)
    if (event.type === 'bid') loop.onBid(event)
  }
  loop.end()
  tally.read()
  tally.ended = performance.now()
  return tally
}

const eventsOf = (id: string, size: Size): number => (size === 'quick' ? 20_000 : id === 'r1' ? 1_500_000 : 5_000_000)

/**
 * The first events of the run warm the code up. A run of its own for that would leave V8 with two jobs' functions where a process has
 * one job, and so with calls that it does not inline.
 */
const untimedOf = (id: string, size: Size): number => (size === 'quick' ? 5_000 : id === 'r1' ? 500_000 : 2_000_000)

const measured = (id: string, size: Size, run: (events: number, untimed: number) => Tally | Promise<Tally>): Promise<Outcome> =>
  warmPass(untimedOf(id, size), eventsOf(id, size), run)

const limit = (id: string, must: number, aim: number): Figure => ({
  id: `nexmark/limit/${id}`,
  unit: 'events/s',
  judged: 'ratio',
  more: true,
  must,
  aim,
  flags: ['--expose-gc'],
  base: (size) => measured(id, size, (events, untimed) => runLoop(id, events, untimed)),
  engine: (size) => measured(id, size, (events, untimed) => runQuery(queryOf(id), { events, untimed })),
})

export const limitFigures: readonly Figure[] = [
  limit('q0', 0.6, 0.8),
  limit('q5', 0.6, 0.8),
  limit('q11', 0.6, 0.8),
  limit('k1', 0.6, 0.8),
  limit('r1', 0.6, 0.8),
]
