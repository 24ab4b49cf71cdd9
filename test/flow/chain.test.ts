// Chains: the tree of operators, and the order in which records, watermarks, barriers and the end go through it.

import { expect, test } from 'vitest'
import { active, Bench, type BenchOptions, barrier, end, idle, keyBy, map, pass, told, wm } from './bench.ts'

const doubled = map((n: number) => n * 2)

interface Case {
  readonly what: string
  readonly job: BenchOptions
  readonly send: Parameters<Bench['send']>[1][]
  readonly out: readonly string[]
  readonly counters?: Readonly<Record<string, number>>
}

const cases: readonly Case[] = [
  {
    what: 'records go through steps and operators to their edge',
    job: {
      nodes: [
        { id: 'a', is: doubled },
        { id: 'b', under: 'a', is: told('b') },
        { id: 'c', under: 'b', is: map((text: string) => `<${text}>`) },
      ],
      edges: [{ from: 'c' }],
    },
    send: [1, 2],
    out: ['0.0 <b(2)>', '0.0 <b(4)>'],
  },
  {
    what: 'several readers of one output get each record in the order of the tree, edges last',
    job: {
      nodes: [
        { id: 'a', is: pass },
        { id: 'b', under: 'a', is: told('b') },
        { id: 'c', under: 'a', is: told('c') },
      ],
      edges: [{ from: 'a' }, { from: 'b' }, { from: 'c' }],
    },
    send: [1],
    out: ['0.0 1', '1.0 b(1)', '2.0 c(1)'],
  },
  {
    what: 'a side output goes to its readers, inside the chain and outside',
    job: {
      nodes: [
        { id: 'a', is: told('a', { side: '7' }) },
        { id: 'b', under: 'a', output: '7', is: told('b') },
      ],
      edges: [{ from: 'a' }, { from: 'a', output: '7' }, { from: 'b' }],
    },
    send: [1, 7],
    out: ['0.0 a(1)', '1.0 7', '2.0 b(7)'],
  },
  {
    what: 'records of an output that nobody reads are counted',
    job: { nodes: [{ id: 'a', is: told('a', { side: '7' }) }] },
    send: [1, 7, 7],
    out: [],
    counters: { 'a.unread': 1, 'a.unread.7': 2 },
  },
  {
    what: 'a keyBy gives the key to what is below it, and only there',
    job: {
      nodes: [
        { id: 'a', is: pass },
        { id: 'k', under: 'a', is: keyBy((n: number) => n % 2) },
        { id: 'b', under: 'k', is: told('b') },
        { id: 'c', under: 'a', is: told('c') },
      ],
      edges: [{ from: 'b' }, { from: 'c' }],
    },
    send: [1, 2],
    out: ['0.0 b(1 of 1)', '0.0 b(2 of 0)', '1.0 c(1)', '1.0 c(2)'],
  },
  {
    what: 'a watermark goes through operators, parents first, and then to the edges',
    job: {
      nodes: [
        { id: 'a', is: told('a') },
        { id: 'b', under: 'a', is: told('b') },
      ],
      edges: [{ from: 'a' }, { from: 'b' }],
    },
    send: [wm(5)],
    out: ['0.0 a(wm 5)', '0.0 wm 5', '1.0 b(a(wm 5))', '1.0 b(wm 5)', '1.0 wm 5'],
  },
  {
    what: 'at a barrier all operators emit first, parents before children, and then it goes to all edges',
    job: {
      nodes: [
        { id: 'a', is: told('a') },
        { id: 'b', under: 'a', is: told('b') },
      ],
      edges: [{ from: 'a' }, { from: 'b' }],
    },
    send: [barrier(3), 9],
    out: ['0.0 a(barrier 3)', '0.0 barrier 3', '0.0 a(9)', '1.0 b(a(barrier 3))', '1.0 b(barrier 3)', '1.0 barrier 3', '1.0 b(a(9))'],
  },
  {
    what: 'at the end each operator flushes, parents before children, and END comes behind all',
    job: {
      nodes: [
        { id: 'a', is: told('a', { endsAfter: 2 }) },
        { id: 'b', under: 'a', is: told('b') },
      ],
      edges: [{ from: 'a' }, { from: 'b' }],
    },
    send: [end],
    out: [
      '0.0 a(wm Infinity)',
      '0.0 wm Infinity',
      '0.0 a(end)',
      '0.0 END',
      '1.0 b(a(wm Infinity))',
      '1.0 b(wm Infinity)',
      '1.0 wm Infinity',
      '1.0 b(a(end))',
      '1.0 b(end)',
      '1.0 END',
    ],
  },
  {
    what: 'idleness goes to the edges, and is told to those that hold watermarks',
    job: { nodes: [{ id: 'a', is: told('a') }], edges: [{ from: 'a' }] },
    send: [idle, active],
    out: ['0.0 IDLE', '0.0 ACTIVE'],
  },
  {
    what: 'inputs of a root are told apart',
    job: { nodes: [{ id: 'a', is: told('a', { inputs: 2 }) }], edges: [{ from: 'a' }], channels: [1] },
    send: [4],
    out: ['0.0 a(4#1)'],
  },
  {
    what: 'a record that is kept from an operator goes to the dead letters of the chain instead, and only there',
    job: {
      nodes: [
        { id: 'a', is: doubled },
        { id: 'b', under: 'a', is: told('b') },
        { id: 'c', under: 'a', is: told('c') },
      ],
      edges: [{ from: 'b' }, { from: 'c' }, { from: 'a', output: 'dead-letters' }],
      diverted: { operator: 'b', record: 4 },
    },
    send: [1, 2],
    out: ['0.0 b(2)', '1.0 c(2)', '1.0 c(4)', '2.0 dead 4'],
  },
  {
    what: 'a run of steps is guarded as one, by the record that comes into it',
    job: {
      nodes: [
        { id: 'a', is: pass },
        { id: 'b', under: 'a', is: doubled },
      ],
      edges: [{ from: 'b' }, { from: 'a', output: 'dead-letters' }],
      diverted: { operator: 'b', record: 2 },
    },
    send: [1, 2],
    out: ['0.0 2', '1.0 dead 2'],
  },
]

test.each(cases)('FL8 $what', ({ job, send, out, counters }) => {
  const bench = new Bench(job)
  bench.send(0, ...send)
  bench.settle()
  expect(bench.take()).toEqual(out)
  if (counters !== undefined) expect(bench.counters).toEqual(counters)
})

test('FL9 below an operator that holds watermarks, watermarks and statuses come from it; above and beside it they pass', () => {
  const bench = new Bench({
    nodes: [
      { id: 'a', is: told('a') },
      { id: 'h', under: 'a', is: told('h', { holds: true }) },
      { id: 'b', under: 'h', is: told('b') },
      { id: 'c', under: 'a', is: told('c') },
    ],
    edges: [{ from: 'b' }, { from: 'c' }, { from: 'h' }],
  })
  bench.send(0, wm(5), idle)
  bench.settle()
  expect(bench.take()).toEqual(['0.0 b(h(a(wm 5)))', '1.0 c(a(wm 5))', '1.0 c(wm 5)', '1.0 wm 5', '1.0 IDLE', '2.0 h(a(wm 5))'])
  expect([0, 1, 2, 3].map((node) => bench.chain.watermarkAt(node))).toEqual([5, 5, Number.NEGATIVE_INFINITY, 5])
  holder(bench, 'h').release()
  expect(bench.take()).toEqual(['0.0 b(wm 5)', '0.0 wm 5', '0.0 IDLE', '2.0 wm 5', '2.0 IDLE'])
  expect(bench.chain.watermarkAt(2)).toBe(5)
})

test('FL9 the end waits for what an operator holds, and a barrier does not', () => {
  const bench = new Bench({ nodes: [{ id: 'h', is: told('h', { holds: true }) }], edges: [{ from: 'h' }] })
  bench.send(0, end)
  bench.settle()
  expect([bench.ends, bench.take()]).toEqual([0, []])
  bench.subtask.trigger(4 as never, false)
  bench.settle()
  expect(bench.take()).toEqual(['0.0 h(barrier 4)', '0.0 barrier 4'])
  expect(bench.snapshots.map(({ time }) => time.ended)).toEqual([false])
  holder(bench, 'h').release()
  bench.settle()
  expect([bench.ends, bench.take()]).toEqual([1, ['0.0 wm Infinity', '0.0 END']])
})

test('FL2 an error names the step that threw, and the key that its record had', () => {
  const bench = new Bench({
    nodes: [
      { id: 'p', is: pass },
      {
        id: 'k',
        under: 'p',
        is: keyBy((n: number) => {
          if (n === 2) throw new Error('no key')
          return `k${n}`
        }),
      },
      {
        id: 'm',
        under: 'k',
        is: map((n: number) => {
          if (n === 3) throw new Error('no map')
          return n
        }),
      },
    ],
    edges: [{ from: 'm', partition: 'hash' }],
  })
  const failure = (n: number): string => {
    bench.send(0, n)
    try {
      bench.settle()
      return 'none'
    } catch (thrown) {
      return (thrown as Error).message
    }
  }
  expect([1, 2].map(failure)).toEqual(['none', 'k failed for 2@2: no key'])
  expect(failure(3)).toBe('m failed for 3@3 of k3: no map')
})

function holder(bench: Bench, id: string): { release(): void } {
  return bench.chain.nodes.find((node) => node.id === id)!.operator as unknown as { release(): void }
}
