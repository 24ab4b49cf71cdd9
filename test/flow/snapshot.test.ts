// Snapshots of whole chains, through real blobs: back into the same chain, at other parallelisms, in other chains, and damaged.

import { expect, test } from 'vitest'
import { joined } from '../../src/codec/bytes.ts'
import type { StoredSnapshot } from '../../src/flow/restore.ts'
import { keyGroupOf, subtaskOfGroup } from '../../src/model/key.ts'
import { asyncStep } from '../../src/operators/async-definition.ts'
import { asyncMap } from '../../src/operators/async-map.ts'
import type { OperatorDefinition } from '../../src/operators/definition.ts'
import type { Operator, OperatorContext } from '../../src/operators/operator.ts'
import { process } from '../../src/operators/process.ts'
import { value } from '../../src/state/declarations.ts'
import type { OperatorPart } from '../../src/state/part.ts'
import { Bench, type BenchOptions, end, keyBy, type Node, pass, told, wm } from './bench.ts'

const maxParallelism = 8

interface ProcessContext {
  readonly key: number
  readonly watermark: number
  readonly state: { readonly n: { get(): number; set(n: number): void } }
  readonly timers: { eventTime(at: number): void }
  emit(value: unknown): void
}

/** Counts a key's records, tells the watermark that each sees, and fires 100 ms behind each. */
const counting = (name = 'n'): OperatorDefinition =>
  process({
    state: { [name]: value(0) },
    onElement(element: number, context: ProcessContext) {
      const state = (context.state as Record<string, { get(): number; set(n: number): void }>)[name]!
      state.set(state.get() + 1)
      context.timers.eventTime(element + 100)
      context.emit(`${context.key}:${state.get()} wm ${context.watermark}`)
    },
    onTimer({ at }: { readonly at: number }, context: ProcessContext) {
      context.emit(`${context.key} at ${at}`)
    },
  })

const key = keyBy((n: number) => n % 10)
const keyedChain = { nodes: [{ id: 'count', is: counting() }], edges: [{ from: 'count' }], keyed: true, maxParallelism }
const ownerOf = (n: number, parallelism: number): number => subtaskOfGroup(keyGroupOf(n, maxParallelism), maxParallelism, parallelism)

function sendKeyed(bench: Bench, ...records: readonly number[]): void {
  for (const n of records) bench.feeds[0]!.appendKeyed(n, n, n % 10, keyGroupOf(n % 10, maxParallelism))
  bench.feeds[0]!.flush()
  bench.settle()
}

function rescaled(snapshots: readonly StoredSnapshot[], parallelism: number, options: BenchOptions): Bench[] {
  return Array.from({ length: parallelism }, (_, index) => new Bench({ ...options, index, parallelism, restore: snapshots }))
}

test('FL17 several operators of a chain come back as they were: keyed state, timers, queues of calls', () => {
  const chain = (): BenchOptions => ({
    nodes: [
      {
        id: 'call',
        is: asyncMap(
          asyncStep('call', async (n) => n),
          'ordered',
        ),
      },
      { id: 'key', under: 'call', is: key },
      { id: 'b', under: 'key', is: told('b') },
      { id: 'k2', under: 'call', output: '', is: key },
    ],
    edges: [{ from: 'b' }],
  })
  const first = new Bench(chain())
  first.send(0, 1, 2, 3)
  first.settle()
  first.complete(first.calls[0]!, 1)
  expect(first.take()).toEqual(['0.0 b(1 of 1)'])
  const again = new Bench({ ...chain(), restore: [first.snapshot(1)] })
  expect(again.calls.map((call) => call.value)).toEqual([2, 3])
  for (const call of again.calls) again.complete(call, call.value)
  expect(again.take()).toEqual(['0.0 b(2 of 2)', '0.0 b(3 of 3)'])

  const counted = new Bench(keyedChain)
  sendKeyed(counted, 1, 11, 2)
  counted.send(0, wm(40))
  counted.settle()
  const back = new Bench({ ...keyedChain, restore: [counted.snapshot(1)] })
  expect(back.take()).toEqual(['0.0 wm 40'])
  sendKeyed(back, 51, 52)
  back.send(0, wm(111))
  back.settle()
  expect(back.take()).toEqual(['0.0 1:3 wm 40', '0.0 2:2 wm 40', '0.0 1 at 101', '0.0 2 at 102', '0.0 1 at 111', '0.0 wm 111'])
})

test('FL17 a snapshot is the state at its barrier, however long copying takes and whatever happens meanwhile', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => n)
  const byItself = { ...keyedChain, nodes: [{ id: 'count', is: counting() }] }
  const bench = new Bench(byItself)
  const send = (): void => {
    for (const n of many) bench.feeds[0]!.appendKeyed(n, n, n, keyGroupOf(n, maxParallelism))
    bench.feeds[0]!.flush()
  }
  bench.outputs[0]!.grant(10_000_000)
  send()
  bench.settle()
  bench.feeds[0]!.control({ kind: 'BARRIER', epoch: 1 as never })
  send()
  let turns = 0
  while (bench.snapshots.length === 0) {
    bench.turn()
    turns++
  }
  expect(turns).toBeGreaterThan(5)
  const stored = { name: 'blob', bytes: joined(bench.snapshots[0]!.blob!.parts), index: 0, parallelism: 1, isRoot: true, ended: false }
  const again = new Bench({ ...byItself, restore: [stored] })
  again.take()
  for (const n of many) again.feeds[0]!.appendKeyed(n, n, n, keyGroupOf(n, maxParallelism))
  again.feeds[0]!.flush()
  again.outputs[0]!.grant(10_000_000)
  again.settle()
  const out = again.take()
  expect(out.length).toBe(many.length)
  expect(out.every((line) => line.includes(':2 '))).toBe(true)
})

test('FL28 state that nothing can restore is not saved, and stays as it is', () => {
  for (const keys of [10, 10_000]) {
    const bench = new Bench({ ...keyedChain, restorable: false })
    bench.outputs[0]!.grant(10_000_000)
    for (let n = 0; n < keys; n++) bench.feeds[0]!.appendKeyed(n, n, n, keyGroupOf(n, maxParallelism))
    bench.feeds[0]!.flush()
    bench.settle()
    const stored = bench.snapshot(1)
    bench.snapshot(2)
    const again = new Bench({ ...keyedChain, restore: [stored] })
    for (const { feeds } of [bench, again]) {
      feeds[0]!.appendKeyed(keys, keys, 1, keyGroupOf(1, maxParallelism))
      feeds[0]!.flush()
    }
    bench.settle()
    again.settle()
    expect(again.take().at(-1)).toContain('1:1 ')
    expect(bench.take().at(-1)).toContain('1:2 ')
  }
})

test('FL28 what could not be saved is found also where nothing is saved', () => {
  const remembers = process({
    state: { last: value<unknown>() },
    onElement: (element: unknown, { state }: { readonly state: { readonly last: { set(to: unknown): void } } }) => state.last.set(element),
  })
  const bench = new Bench({ ...keyedChain, nodes: [{ id: 'last', is: remembers }], restorable: false })
  bench.feeds[0]!.appendKeyed(() => 1, 0, 0, keyGroupOf(0, maxParallelism))
  bench.feeds[0]!.flush()
  bench.settle()
  expect(() => bench.snapshot(1)).toThrow('operator "last" cannot save its state "value.last" of key 0: ')
})

test('FL18 from one subtask to three to two each key goes on where it stood, and its time does not go back', () => {
  let benches = [new Bench(keyedChain)]
  const all = Array.from({ length: 10 }, (_, n) => n)
  const round = (no: number, watermark: (index: number) => number): string[] => {
    for (const [index, bench] of benches.entries()) {
      sendKeyed(bench, ...all.filter((n) => ownerOf(n, benches.length) === index).map((n) => 1_000 * no + n))
      bench.send(0, wm(watermark(index)))
      bench.settle()
    }
    return benches.flatMap((bench) => bench.take()).filter((line) => line.includes(':'))
  }
  expect(round(1, () => 500).length).toBe(10)
  benches = rescaled(
    benches.map((bench, i) => bench.snapshot(1, i, benches.length)),
    3,
    keyedChain,
  )
  const ahead = (index: number): number => 600 + 100 * index
  expect(round(2, ahead).sort()).toEqual(all.map((n) => `0.0 ${n}:2 wm 500`))
  const three = benches.map((bench, i) => bench.snapshot(2, i, 3))
  benches = rescaled(three, 2, keyedChain)
  const seen = round(3, () => 900)
  expect(seen.sort()).toEqual(all.map((n) => `0.0 ${n}:3 wm ${ahead(ownerOf(n, 3))}`))
  // Before the watermark has caught up, floors go into the next snapshot as well.
  const early = rescaled(three, 2, keyedChain)
  benches = rescaled(
    early.map((bench, i) => bench.snapshot(3, i, 2)),
    1,
    keyedChain,
  )
  expect(round(3, () => 900).sort()).toEqual(all.map((n) => `0.0 ${n}:3 wm ${ahead(ownerOf(n, 3))}`))
})

test('FL18 where chains grow together each operator keeps its own time: that of another is no floor for it', () => {
  const upstream = { nodes: [{ id: 'up', is: told('up') }], maxParallelism }
  const [slow, fast] = [0, 1].map((index) => {
    const bench = new Bench({ ...upstream, index, parallelism: 2 })
    bench.send(0, wm(index === 0 ? 50 : 100))
    return bench.snapshot(1, index, 2)
  })
  const downstream = [0, 1].map((index) => {
    const bench = new Bench({ ...keyedChain, index, parallelism: 2 })
    bench.send(0, wm(50))
    return { ...bench.snapshot(1, index, 2), isRoot: false }
  })
  const nodes: Node[] = [
    { id: 'up', is: pass },
    { id: 'key', under: 'up', is: key },
    { id: 'count', under: 'key', is: counting() },
  ]
  const fused = new Bench({ nodes, edges: [{ from: 'count' }], maxParallelism, restore: [slow!, fast!, ...downstream] })
  expect(fused.take()).toEqual(['0.0 wm 50'])
  fused.send(0, ...Array.from({ length: 10 }, (_, n) => 60 + n))
  fused.settle()
  expect(fused.take()).toEqual(Array.from({ length: 10 }, (_, n) => `0.0 ${n}:1 wm 50`))
})

test('FL18 keyed operators that were in different subtasks keep a floor each when they are in one', () => {
  const at = (id: string, time: number, isRoot: boolean): StoredSnapshot => {
    const bench = new Bench({ ...keyedChain, nodes: [{ id, is: counting() }], index: 1, parallelism: 2 })
    bench.send(0, wm(time))
    return { ...bench.snapshot(1, 1, 2), isRoot }
  }
  const lagging = new Bench({ ...keyedChain, nodes: [{ id: 'first', is: counting() }], parallelism: 2 })
  lagging.send(0, wm(10))
  const restore = [lagging.snapshot(1, 0, 2), at('first', 100, true), at('second', 50, false)]
  const nodes: Node[] = [
    { id: 'first', is: counting() },
    { id: 'second', under: 'first', is: counting() },
  ]
  const both = new Bench({ ...keyedChain, nodes, edges: [{ from: 'second' }], restore })
  const group = keyGroupOf(3, maxParallelism)
  expect(subtaskOfGroup(group, maxParallelism, 2)).toBe(1)
  expect(['first', 'second'].map((id) => both.floor(id, group))).toEqual([100, 50])
  expect(['first', 'second'].map((id) => both.floor(id, 0))).toEqual([10, Number.NEGATIVE_INFINITY])
})

test('FL18 where chains grow together a root that had ended does not end what is behind it', () => {
  const ended = [0, 1].map((index) => {
    const bench = new Bench({ nodes: [{ id: 'up', is: told('up') }], maxParallelism, index, parallelism: 2 })
    bench.send(0, end)
    bench.settle()
    bench.subtask.trigger(1 as never, false)
    bench.settle()
    return { name: 'up', bytes: joined(bench.snapshots[0]!.blob!.parts), index, parallelism: 2, isRoot: true, ended: true }
  })
  const queued = new Bench({
    nodes: [
      {
        id: 'call',
        is: asyncMap(
          asyncStep('call', async (n) => n),
          'ordered',
        ),
      },
    ],
    maxParallelism,
  })
  queued.send(0, 7)
  const running = { ...queued.snapshot(1), isRoot: false }
  const nodes: Node[] = [
    { id: 'up', is: pass },
    {
      id: 'call',
      under: 'up',
      is: asyncMap(
        asyncStep('call', async (n) => n),
        'ordered',
      ),
    },
  ]
  const fused = new Bench({ nodes, edges: [{ from: 'call' }], maxParallelism, restore: [...ended, running] })
  expect([fused.ends, fused.calls.map((call) => call.value)]).toEqual([0, [7]])
  fused.send(0, end)
  fused.settle()
  fused.complete(fused.calls[0]!, 7)
  fused.settle()
  expect([fused.ends, fused.take()]).toEqual([1, ['0.0 7', '0.0 wm Infinity', '0.0 END']])
})

/** Keeps a list without a key. */
class Keeping implements Operator {
  readonly id
  readonly inputs = []
  readonly #parts: OperatorPart[]
  readonly restoredItems: Record<string, unknown> = {}

  constructor(id: Operator['id'], items: readonly unknown[]) {
    this.id = id
    this.#parts = (['deal', 'copy', 'union'] as const).map((redistribution) => ({
      name: redistribution,
      version: 1,
      redistribution,
      collect: () => (redistribution === 'copy' ? items.slice(0, 1) : items),
      restore: (restored) => {
        this.restoredItems[redistribution] = restored
      },
    }))
  }

  open(context: OperatorContext): void {
    for (const part of this.#parts) context.operatorPart(part)
  }
}

test('FL18 operator parts are dealt in order, copied, or given to all; at the same parallelism each takes its own', () => {
  const keeping = (...items: readonly unknown[]): BenchOptions => ({
    nodes: [{ id: 'keep', is: { kind: 'operator', create: (id) => new Keeping(id, items) } }],
  })
  const two = [keeping('a', 'b', 'c'), keeping('d', 'e')].map((options, index) =>
    new Bench({ ...options, index, parallelism: 2 }).snapshot(1, index, 2),
  )
  const restoredAt = (parallelism: number): unknown[] =>
    rescaled(two, parallelism, keeping()).map((bench) => (bench.chain.nodes[0]!.operator as Keeping).restoredItems)
  const union = ['a', 'b', 'c', 'd', 'e']
  expect(restoredAt(3)).toEqual([
    { deal: ['a', 'd'], copy: ['a'], union },
    { deal: ['b', 'e'], copy: ['d'], union },
    { deal: ['c'], copy: ['a'], union },
  ])
  expect(restoredAt(1)).toEqual([{ deal: union, copy: ['a'], union }])
  expect(restoredAt(2)).toEqual([
    { deal: ['a', 'b', 'c'], copy: ['a'], union: ['a', 'b', 'c'] },
    { deal: ['d', 'e'], copy: ['d'], union: ['d', 'e'] },
  ])
})

test.each([
  ['keyed state', keyedChain, { ...keyedChain, nodes: [{ id: 'count', is: counting('other') }] }, 'value.n'],
  [
    'an operator part',
    {
      nodes: [
        {
          id: 'count',
          is: asyncMap(
            asyncStep('c', async (n) => n),
            'ordered',
          ),
        },
      ],
    },
    { nodes: [{ id: 'count', is: told('count') }] },
    'output-watermark',
  ],
] as const)('FL19 %s that the operator does not declare any more is refused by name', (_, saved, declared, part) => {
  const bench = new Bench(saved)
  if ('keyed' in saved) sendKeyed(bench, 1)
  const stored = bench.snapshot(1)
  expect(() => new Bench({ ...declared, restore: [stored] })).toThrow(
    expect.objectContaining({ code: 'STATE_MISMATCH', operator: 'count', message: expect.stringContaining(part) }),
  )
})

test('FL19 state of an operator that is in another chain now is left to that chain', () => {
  const bench = new Bench(keyedChain)
  sendKeyed(bench, 1)
  const stored = bench.snapshot(1)
  expect(new Bench({ nodes: [{ id: 'elsewhere', is: pass }], edges: [{ from: 'elsewhere' }], restore: [stored] }).take()).toEqual([])
})

test('FL19 a blob that is damaged anywhere is refused, and nothing of it is used', () => {
  const bench = new Bench(keyedChain)
  sendKeyed(bench, 1, 2, 3)
  const stored = bench.snapshot(1)
  for (let at = 0; at < stored.bytes!.length; at += 7) {
    const bytes = stored.bytes!.slice()
    bytes[at]! ^= 1
    expect(() => new Bench({ ...keyedChain, restore: [{ ...stored, bytes }] })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/CORRUPT|STATE_MISMATCH/) }),
    )
  }
  expect(() => new Bench({ ...keyedChain, restore: [{ ...stored, bytes: stored.bytes!.slice(0, 40) }] })).toThrow(
    expect.objectContaining({ code: 'CORRUPT' }),
  )
})
