// Which queries run against which engine in which form, how many events each, and the figures to reach.
//
// The numbers of events are such that a run takes each side a few seconds. Where one side is many times faster and state does not grow with
// the events, it runs more of them; both then also run the smaller number, and there their rows must be the same.

import type { Peer } from './tools.ts'

export type Family = 'flink-1' | 'flink-2' | 'rocksdb' | 'jet-1' | 'jet-core-1'

interface Events {
  readonly ours: number
  readonly peer: number
}

/** One query on both sides in turn. */
export interface Pass {
  readonly query: string
  readonly family: Family
  readonly peer: Peer
  readonly form: string
  readonly parallelism: 1 | 2
  readonly state: 'hashmap' | 'rocksdb'
  readonly events: Events
  /** What must be the same: nothing where the changes that a query gives depend on how its inputs interleave. */
  readonly compare: 'rows' | 'checksum' | 'nothing'
}

interface Goal {
  readonly must: number
  readonly aim: number
}

const million = 1_000_000
const same = (events: number): Events => ({ ours: events, peer: events })

/** Millions of events. Hotter keys, wider state: fewer. */
const eventsAgainstFlink: Readonly<Record<string, Events>> = {
  q0: same(50 * million),
  q1: same(50 * million),
  q2: same(60 * million),
  q3: same(50 * million),
  q5: { ours: 20 * million, peer: 5 * million },
  q7: same(25 * million),
  q8: same(30 * million),
  q11: { ours: 20 * million, peer: 4 * million },
  q17: same(12 * million),
  q18: same(4 * million),
  q19: same(4 * million),
  q20: same(4 * million),
  q22: same(20 * million),
  k1: same(20 * million),
  r1: { ours: 4 * million, peer: 500_000 },
}

const eventsAgainstRocks: Readonly<Record<string, Events>> = {
  q5: { ours: 20 * million, peer: million },
  q11: { ours: 20 * million, peer: 600_000 },
  q18: { ours: 4 * million, peer: million },
  k1: { ours: 20 * million, peer: 1_500_000 },
  r1: { ours: 4 * million, peer: 30_000 },
}

const eventsAgainstJet: Readonly<Record<string, Events>> = {
  q0: same(30 * million),
  q5: same(20 * million),
  q7: same(25 * million),
  q11: same(15 * million),
  k1: same(20 * million),
  r1: same(4 * million),
}

const stateless = { must: 0.6, aim: 0.75 }
const usual = { must: 1.2, aim: 2.5 }

/** Of a query on one thread against Flink at parallelism 1. */
export const goals: Readonly<Record<string, Goal>> = {
  q0: stateless,
  q1: stateless,
  q2: stateless,
  q3: stateless,
  q5: { must: 4, aim: 5 },
  q7: usual,
  q8: stateless,
  q11: { must: 5, aim: 8 },
  q17: usual,
  q18: usual,
  q19: usual,
  q20: usual,
  q22: stateless,
  k1: { must: 1.5, aim: 2.2 },
  r1: { must: 15, aim: 30 },
}

export const queriesCompared: readonly string[] = Object.keys(eventsAgainstFlink)

/** The faster forms, found by running both: at parallelism 1 the hot items are faster in SQL, at 2 in the DataStream API. */
const formsOf = (query: string, all: boolean): readonly string[] => (all || query === 'q5' ? ['datastream', 'sql'] : ['datastream'])

/** Their rows replace each other: which ones come out depends on the order of bids, and in SQL on small batches. */
const updating = new Set(['q17', 'q18', 'q19'])

const compared = (query: string, form: string, parallelism: number): Pass['compare'] =>
  updating.has(query) && (form === 'sql' || parallelism > 1) ? 'nothing' : 'rows'

/** What Jet's core API gives as one row a window. */
const wholeWindows = new Set(['q5', 'q7'])

const scaled = ({ ours, peer }: Events, scale: number): Events => ({ ours: Math.ceil(ours * scale), peer: Math.ceil(peer * scale) })

export interface PassOptions {
  /** Every query of Flink in both of its forms, not only where the other one may be faster. Default false. */
  readonly allForms?: boolean | undefined
  /** Times the usual numbers of events. Default 1. */
  readonly scale?: number | undefined
}

export function passesOf(peers: readonly Peer[], { allForms = false, scale = 1 }: PassOptions = {}): readonly Pass[] {
  const flink = { peer: 'flink', parallelism: 1, state: 'hashmap', compare: 'rows' } as const
  const jet = { ...flink, peer: 'jet' } as const
  const against = (family: 'flink-1' | 'flink-2', parallelism: 1 | 2): Pass[] =>
    Object.entries(eventsAgainstFlink).flatMap(([query, events]) =>
      formsOf(query, allForms).map(
        (form): Pass => ({ ...flink, query, family, parallelism, form, events, compare: compared(query, form, parallelism) }),
      ),
    )
  const all: Pass[] = [
    ...against('flink-1', 1),
    ...Object.entries(eventsAgainstJet).flatMap(([query, events]): Pass[] => [
      { ...jet, query, family: 'jet-1', form: 'pipeline', events },
      { ...jet, query, family: 'jet-core-1', form: 'core', events, compare: wholeWindows.has(query) ? 'checksum' : 'rows' },
    ]),
    ...Object.entries(eventsAgainstRocks).map(
      ([query, events]): Pass => ({
        ...flink,
        query,
        family: 'rocksdb',
        state: 'rocksdb',
        form: query === 'q5' ? 'sql' : 'datastream',
        events,
      }),
    ),
    ...against('flink-2', 2),
  ]
  return all.filter(({ peer }) => peers.includes(peer)).map((pass) => ({ ...pass, events: scaled(pass.events, scale) }))
}
