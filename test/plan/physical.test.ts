// Chains, edges, channels and fingerprints of physical plans, from small logical graphs.

import { describe, expect, test } from 'vitest'
import { channelOf, type Plan, receiversOf, sendersOf } from '../../src/model/plan.ts'
import type { LogicalGraph } from '../../src/plan/logical.ts'
import { planOf } from '../../src/plan/physical.ts'
import { GraphDraft, windowJob } from './graphs.ts'

/** Chains as ids, with `parent` as indices; edges as `from.operator[.output] partition to[:input]`. */
const chains = (plan: Plan): string[] =>
  plan.vertices.map(({ operators, parallelism }) => `${operators.map(({ id, parent }) => `${id}<${parent}`).join(' ')} x${parallelism}`)
const edges = (plan: Plan): string[] =>
  plan.edges.map(
    ({ from, operator, output, to, input, partition }) =>
      `${from}.${operator}${output === '' ? '' : `.${output}`} ${partition} ${to}:${input}`,
  )

describe('chains', () => {
  test('PL1 cuts at a keyBy between several subtasks and keeps the rest together', () => {
    const plan = planOf(windowJob(4).graph)
    expect(chains(plan)).toEqual(['clicks<-1 keyBy-1<0 x4', 'views<-1 out<0 x4'])
    expect(edges(plan)).toEqual(['0.1 hash 1:0'])
  })

  test('PL1 fuses across a keyBy and a rebalance where one subtask feeds one', () => {
    expect(chains(planOf(windowJob(1).graph))).toEqual(['clicks<-1 keyBy-1<0 views<1 out<2 x1'])
    const draft = new GraphDraft()
    const source = draft.add('source', 's')
    draft.add('sink', 'k', [draft.add('rebalance', 'r', [{ from: source, partition: 'rebalance' }])])
    expect(chains(planOf(draft.graph))).toEqual(['s<-1 r<0 k<1 x1'])
  })

  test('PL1 a keyed filter stays with its keyBy', () => {
    const draft = new GraphDraft({ parallelism: 2 })
    const keyed = draft.add('keyBy', 'k', [draft.add('source', 's')])
    const filtered = draft.add('filter', 'f', [keyed])
    draft.add('sink', 'out', [draft.add('reduce', 'r', [{ from: filtered, partition: 'hash' }])])
    const plan = planOf(draft.graph)
    expect(chains(plan)).toEqual(['s<-1 k<0 f<1 x2', 'r<-1 out<0 x2'])
    expect(edges(plan)).toEqual(['0.2 hash 1:0'])
  })

  test('PL2 a chain is a tree in depth-first order, with the outputs that feed its branches', () => {
    const draft = new GraphDraft({ parallelism: 3 })
    const source = draft.add('source', 's')
    const a = draft.add('map', 'a', [source])
    const b = draft.add('map', 'b', [source])
    draft.add('sink', 'a-out', [a])
    draft.add('sink', 'b-out', [b])
    draft.add('sink', 'bad', [{ from: source, output: 'invalid' }])
    const plan = planOf(draft.graph)
    expect(chains(plan)).toEqual(['s<-1 a<0 a-out<1 b<0 b-out<3 bad<0 x3'])
    expect(plan.vertices[0]!.operators.map(({ output }) => output)).toEqual(['', '', '', '', '', 'invalid'])
    expect(plan.edges).toEqual([])
  })

  test('PL3 an operator with several inputs begins a chain; a join keeps its inputs apart, a union does not', () => {
    const draft = new GraphDraft()
    const a = draft.add('source', 'a')
    const b = draft.add('source', 'b')
    const union = draft.add('union', 'u', [a, b])
    const join = draft.add('join', 'j', [
      { from: draft.add('keyBy', 'k1', [union]), partition: 'hash' },
      { from: draft.add('keyBy', 'k2', [b]), partition: 'hash', input: 1 },
    ])
    draft.add('sink', 'out', [join])
    const plan = planOf(draft.graph)
    expect(chains(plan)).toEqual(['a<-1 x1', 'b<-1 k2<0 x1', 'u<-1 k1<0 x1', 'j<-1 out<0 x1'])
    expect(edges(plan)).toEqual(['0.0 forward 2:0', '1.0 forward 2:0', '2.1 hash 3:0', '1.1 hash 3:1'])
  })

  test('PL4 nothing that fires without bound on a watermark hangs below an operator that holds watermarks', () => {
    const draft = new GraphDraft()
    const call = draft.add('asyncMap', 'call', [draft.add('source', 's')], { holdsWatermarks: true })
    const keyed = draft.add('keyBy', 'k', [draft.add('map', 'm', [call])])
    draft.add('sink', 'out', [draft.add('window', 'w', [{ from: keyed, partition: 'hash' }], { firesOnWatermark: true })])
    const plan = planOf(draft.graph)
    expect(chains(plan)).toEqual(['s<-1 call<0 m<1 k<2 x1', 'w<-1 out<0 x1'])
    expect(edges(plan)).toEqual(['0.3 hash 1:0'])
  })
})

describe('parallelism', () => {
  test('PL5 steps run with their input, keyed operators with the job, and each as it is told', () => {
    const draft = new GraphDraft({ parallelism: 4 })
    const source = draft.add('source', 's', [], { parallelism: 2 })
    const keyed = draft.add('keyBy', 'k', [draft.add('map', 'm', [source])])
    const window = draft.add('window', 'w', [{ from: keyed, partition: 'hash' }])
    draft.add('sink', 'out', [window], { parallelism: 1 })
    const plan = planOf(draft.graph)
    expect(chains(plan)).toEqual(['s<-1 m<0 k<1 x2', 'w<-1 x4', 'out<-1 x1'])
    expect(edges(plan)).toEqual(['0.2 hash 1:0', '1.0 rebalance 2:0'])
  })

  test('PL5 a union runs with its inputs where they agree, else with the job', () => {
    const of = (second: number): string => {
      const draft = new GraphDraft({ parallelism: 5 })
      const a = draft.add('source', 'a', [], { parallelism: 2 })
      const b = draft.add('source', 'b', [], { parallelism: second })
      draft.add('sink', 'out', [draft.add('union', 'u', [a, b])])
      const plan = planOf(draft.graph)
      return [...chains(plan).slice(2), ...edges(plan)].join(', ')
    }
    expect(of(2)).toBe('u<-1 out<0 x2, 0.0 forward 2:0, 1.0 forward 2:0')
    expect(of(3)).toBe('u<-1 out<0 x5, 0.0 rebalance 2:0, 1.0 rebalance 2:0')
  })

  test('PL5 an operator beside a broadcast runs with its other input', () => {
    const draft = new GraphDraft({ parallelism: 2 })
    const rules = draft.add('source', 'rules', [], { parallelism: 1 })
    const payments = draft.add('source', 'payments', [], { parallelism: 3 })
    const flag = draft.add('process', 'flag', [payments, { from: rules, partition: 'broadcast', input: 1 }])
    draft.add('sink', 'out', [flag])
    const plan = planOf(draft.graph)
    expect(chains(plan)).toEqual(['rules<-1 x1', 'payments<-1 x3', 'flag<-1 out<0 x3'])
    expect(edges(plan)).toEqual(['1.0 forward 2:0', '0.0 broadcast 2:1'])
  })
})

describe('channels', () => {
  test('PL6 every channel of every edge has a number of its own', () => {
    const draft = new GraphDraft({ parallelism: 3 })
    const a = draft.add('source', 'a')
    const b = draft.add('source', 'b', [], { parallelism: 2 })
    const keyed = draft.add('keyBy', 'k', [draft.add('union', 'u', [a, b])])
    draft.add('sink', 'out', [draft.add('reduce', 'r', [{ from: keyed, partition: 'hash' }], { parallelism: 4 })])
    const plan = planOf(draft.graph)
    const numbers = plan.edges.flatMap((edge) => {
      const senders = Array.from({ length: plan.vertices[edge.from]!.parallelism }, (_, from) => from)
      return senders.flatMap((from) => receiversOf(plan, edge, from).map((to) => channelOf(plan, edge, from, to) as number))
    })
    expect(plan.edges.map(({ firstChannel }) => firstChannel)).toEqual([0, 9, 15])
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers.length).toBe(3 + 6 + 12)
    expect(sendersOf(plan, plan.edges[2]!, 3)).toEqual([0, 1, 2])
  })
})

describe('dead letters', () => {
  test('PL7 come from each chain that runs user code, but not from those that read them', () => {
    const draft = new GraphDraft({ parallelism: 2 })
    const dead = draft.add('dead-letters', 'dead-letters')
    draft.add('sink', 'dead', [draft.add('map', 'show', [dead])])
    const source = draft.add('source', 's')
    const keyed = draft.add('keyBy', 'k', [source])
    draft.add('sink', 'out', [draft.add('reduce', 'r', [{ from: keyed, partition: 'hash' }])])
    draft.add('sink', 'copy', [source], { parallelism: 1 })
    const plan = planOf(draft.graph)
    expect(chains(plan)).toEqual(['s<-1 k<0 x2', 'r<-1 out<0 x2', 'copy<-1 x1', 'dead-letters<-1 show<0 dead<1 x1'])
    expect(edges(plan)).toEqual(['0.1 hash 1:0', '0.0 rebalance 2:0', '0.0.dead-letters rebalance 3:0', '1.0.dead-letters rebalance 3:0'])
  })
})

describe('fingerprint', () => {
  const changed: [string, (graph: LogicalGraph) => LogicalGraph][] = [
    ['the name of the job', (graph) => ({ ...graph, job: 'other' })],
    ['parallelism', (graph) => ({ ...graph, parallelism: 3 })],
    ['max parallelism', (graph) => ({ ...graph, maxParallelism: 64 })],
    ['an id', (graph) => with1(graph, { id: 'other' as never })],
    ['a kind', (graph) => with1(graph, { kind: 'map' })],
    ['a setting', (graph) => with1(graph, { label: 'tumbling 2 min' })],
    ['what is stateful', (graph) => with1(graph, { stateful: false })],
  ]
  const with1 = (graph: LogicalGraph, fields: Partial<LogicalGraph['nodes'][number]>): LogicalGraph => ({
    ...graph,
    nodes: graph.nodes.map((node, i) => (i === 2 ? { ...node, ...fields } : node)),
  })

  test('PL8 is the same for the same job, in every process', () => {
    expect(planOf(windowJob(2).graph)).toEqual(planOf(windowJob(2).graph))
    expect(planOf(windowJob(2).graph).fingerprint).toBe('ed1da11956ab23ca')
  })
  test.each(changed)('PL8 changes with %s', (_, change) => {
    const { graph } = windowJob(2)
    expect(planOf(change(graph)).fingerprint).not.toBe(planOf(graph).fingerprint)
  })
})
