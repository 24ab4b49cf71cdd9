// core/session: sessions with a gap of 10 s over 10,000 keys, counted, against a loop that looks for sessions that are over once a second.

import { job, session } from 'millrace'
import { throughput } from '../figure.ts'
import { counting, digest, type Event, events, everyThousand, firstTime, prepared, type Tally } from '../prepared.ts'
import { base, engine, type Input, unchecked } from './both.ts'

const gap = 10_000
const input: Input<Event[]> = {
  prepare: (n) => events(n, (random) => random % 10_000),
  count: (size) => (size === 'full' ? 4_000_000 : 20_000),
}

interface Session {
  readonly key: number
  readonly n: number
  readonly start: number
  readonly end: number
}

const digestOf = ({ key, n, start, end }: Session): number => digest(key, n, start - firstTime + 31 * (end - firstTime))

function byHand(records: readonly Event[], tally: Tally): void {
  const open = new Map<number, { n: number; start: number; last: number }>()
  let nextLook = firstTime
  const look = (time: number): void => {
    for (const [key, { n, start, last }] of open) {
      if (last + gap > time) continue
      tally.add(digestOf({ key, n, start, end: last + gap }))
      open.delete(key)
    }
  }
  for (let i = 0; i < records.length; i++) {
    const { key, ts } = records[i]!
    if (ts >= nextLook) {
      look(ts - 1)
      nextLook = ts + 1_000
    }
    const found = open.get(key)
    if (found !== undefined && ts <= found.last + gap) {
      found.n++
      found.last = ts
    } else {
      if (found !== undefined) tally.add(digestOf({ key, n: found.n, start: found.start, end: found.last + gap }))
      open.set(key, { n: 1, start: ts, last: ts })
    }
  }
  look(Number.POSITIVE_INFINITY)
}

export const sessionFigure = throughput({
  id: 'core/session',
  must: 0.4,
  aim: 0.7,
  base: base(input, byHand),
  engine: engine(input, (records, tally) => {
    const sessions = job('sessions', unchecked)
    sessions
      .source('events', prepared(records, tally), everyThousand)
      .keyBy((e) => e.key)
      .window(session('10 s'))
      .aggregate('counts', {
        init: () => 0,
        add: (n) => n + 1,
        merge: (a, b) => a + b,
        result: (n, { key, window }) => ({ key, n, start: window.start, end: window.end }),
      })
      .to('out', counting(tally, digestOf))
    return sessions
  }),
})
