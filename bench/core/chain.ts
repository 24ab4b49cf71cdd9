// core/chain-5: map, filter (half pass), map, map, filter over {id, v}, against one loop that calls the same functions.

import { job } from 'millrace'
import { throughput } from '../figure.ts'
import { counting, digest, prepared } from '../prepared.ts'
import { base, engine, type Input, unchecked } from './both.ts'

interface Item {
  readonly id: number
  readonly v: number
}

const input: Input<Item[]> = {
  prepare: (count) => Array.from({ length: count }, (_, id) => ({ id, v: (id * 7) % 1_000 })),
  count: (size) => (size === 'full' ? 8_000_000 : 20_000),
}

const one = (e: Item): Item => ({ id: e.id, v: e.v + 1 })
const half = (e: Item): boolean => (e.v & 1) === 0
const two = (e: Item): Item => ({ id: e.id, v: e.v * 3 })
const three = (e: Item): Item => ({ id: e.id + 1, v: e.v })
const most = (e: Item): boolean => e.v !== 300
const digestOf = (e: Item): number => digest(e.id, e.v, 0)

export const chain = throughput({
  id: 'core/chain-5',
  must: 0.3,
  aim: 0.7,
  base: base(input, (records, tally) => {
    for (let i = 0; i < records.length; i++) {
      const a = one(records[i]!)
      if (!half(a)) continue
      const b = three(two(a))
      if (most(b)) tally.add(digestOf(b))
    }
  }),
  engine: engine(input, (records, tally) => {
    const chained = job('chain', unchecked)
    chained
      .source('items', prepared(records, tally))
      .map(one)
      .filter(half)
      .map(two)
      .map(three)
      .filter(most)
      .to('out', counting(tally, digestOf))
    return chained
  }),
})
