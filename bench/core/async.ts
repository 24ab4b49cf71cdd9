// core/async: asyncMap with 64 calls in flight, a resolved promise each, against awaiting batches of 64 by hand.

import { job } from 'millrace'
import { throughput } from '../figure.ts'
import { counting, digest, prepared, type Tally } from '../prepared.ts'
import { type LongInput, longBase, longEngine, unchecked } from './both.ts'

interface Item {
  readonly id: number
}

const inFlight = 64
const input: LongInput<Item> = {
  prepare: (count) => Array.from({ length: count }, (_, id) => ({ id })),
  untimed: (size) => (size === 'full' ? 4_000_000 : 20_000),
  count: (size) => (size === 'full' ? 2_000_000 : 20_000),
}

interface Answer {
  readonly id: number
  readonly twice: number
}

const call = ({ id }: Item): Promise<Answer> => Promise.resolve({ id, twice: 2 * id })
const digestOf = ({ id, twice }: Answer): number => digest(id, twice, 0)

async function byHand(records: readonly Item[], tally: Tally): Promise<void> {
  for (let from = 0; from < records.length; from += inFlight) {
    const calls: Promise<Answer>[] = []
    for (let i = from; i < Math.min(from + inFlight, records.length); i++) calls.push(call(records[i]!))
    for (const answer of await Promise.all(calls)) tally.add(digestOf(answer))
  }
}

export const async = throughput({
  id: 'core/async',
  must: 0.5,
  aim: 0.9,
  base: longBase(input, byHand),
  engine: longEngine(input, (records, tally) => {
    const asked = job('async', unchecked)
    asked.source('items', prepared(records, tally)).asyncMap('call', call, { concurrency: inFlight }).to('out', counting(tally, digestOf))
    return asked
  }),
})
