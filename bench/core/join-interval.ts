// core/join-interval: two streams of the same 10,000 keys, paired where their times are at most 1 s apart, against a loop.

import { job } from 'millrace'
import { throughput } from '../figure.ts'
import { counting, digest, type Event, events, everyThousand, prepared, type Tally } from '../prepared.ts'
import { base, engine, type Input, unchecked } from './both.ts'

const reach = 1_000

interface Both {
  readonly left: Event[]
  readonly right: Event[]
}

// Each side has half of the 1,000,000 records a second, and its own watermark every 1,000 records of both.
const input: Input<Both> = {
  prepare: (n) => {
    const all = events(n, (random) => random % 10_000)
    return { left: all.filter(({ v }) => v % 2 === 0), right: all.filter(({ v }) => v % 2 === 1) }
  },
  count: (size) => (size === 'full' ? 2_000_000 : 20_000),
}

interface Pair {
  readonly left: number
  readonly right: number
}

const digestOf = ({ left, right }: Pair): number => digest(left, right, 0)

/** Records of one side of a key, oldest first; those before `from` are too old. */
interface Kept {
  readonly events: Event[]
  from: number
}

function byHand({ left, right }: Both, tally: Tally): void {
  const byKey = new Map<number, { readonly left: Kept; readonly right: Kept }>()
  const sidesOf = (key: number): { readonly left: Kept; readonly right: Kept } => {
    let sides = byKey.get(key)
    if (sides === undefined) byKey.set(key, (sides = { left: { events: [], from: 0 }, right: { events: [], from: 0 } }))
    return sides
  }
  for (let i = 0; i < right.length; i++) {
    const l = left[i]!
    const forLeft = sidesOf(l.key)
    tidy(forLeft.right, l.ts)
    for (let j = forLeft.right.from; j < forLeft.right.events.length; j++)
      tally.add(digestOf({ left: l.v, right: forLeft.right.events[j]!.v }))
    forLeft.left.events.push(l)
    const r = right[i]!
    const forRight = sidesOf(r.key)
    tidy(forRight.left, r.ts)
    for (let j = forRight.left.from; j < forRight.left.events.length; j++)
      tally.add(digestOf({ left: forRight.left.events[j]!.v, right: r.v }))
    forRight.right.events.push(r)
  }
}

function tidy(kept: Kept, ts: number): void {
  const { events: held } = kept
  while (kept.from < held.length && held[kept.from]!.ts < ts - reach) kept.from++
  if (kept.from < 64 || 2 * kept.from < held.length) return
  held.splice(0, kept.from)
  kept.from = 0
}

const time = (last: number) => ({
  timestamp: everyThousand.timestamp,
  punctuation: (e: Event): number | undefined => (e.v % 1_000 === last ? e.ts : undefined),
})

export const joinInterval = throughput({
  id: 'core/join-interval',
  must: 0.3,
  aim: 0.6,
  base: base(input, byHand),
  engine: engine(input, ({ left, right }, tally) => {
    const joined = job('join', unchecked)
    const lefts = joined.source('left', prepared(left, tally), time(998)).keyBy((e) => e.key)
    const rights = joined.source('right', prepared(right, tally), time(999)).keyBy((e) => e.key)
    lefts.join('pairs', rights, { between: [-reach, reach] }, (l, r) => ({ left: l.v, right: r.v })).to('out', counting(tally, digestOf))
    return joined
  }),
})
