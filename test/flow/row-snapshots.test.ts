// Keyed state that lies as rows, through real blobs: random changes while cuts are copied, expiry, other versions, other parallelisms.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { BlobWriter } from '../../src/codec/blob.ts'
import { joined } from '../../src/codec/bytes.ts'
import type { ChainNode } from '../../src/flow/chain.ts'
import { Floors } from '../../src/flow/floors.ts'
import { PartCut } from '../../src/flow/part-cut.ts'
import { restoreState } from '../../src/flow/restore.ts'
import { stateKind } from '../../src/flow/sections.ts'
import { operatorId } from '../../src/model/ids.ts'
import { type Key, keyGroupOf, subtaskOfGroup } from '../../src/model/key.ts'
import { showValue } from '../../src/sim/show-value.ts'
import { type AggregatingState, aggregating, type ReducingState, reducing, type ValueState, value } from '../../src/state/declarations.ts'
import { KeyedStore } from '../../src/state/keyed-store.ts'

const maxParallelism = 4
const ttl = 50
const operator = operatorId('sums')
const codec = msgpackCodec()
const clock = { now: 0, watermark: 0 }

interface Sums {
  count: number
  sum: number
}

interface Handles {
  readonly last: ValueState<unknown>
  readonly dated: ValueState<unknown>
  readonly sums: AggregatingState<unknown, unknown>
  readonly least: ReducingState<number>
}

/** A subtask's keyed state. */
class Subtask {
  readonly store = new KeyedStore({ operator, maxParallelism, clock })
  readonly handles = this.store.declare({
    last: value<unknown>(),
    dated: value<unknown>(undefined, { ttl }),
    sums: aggregating({
      init: (): Sums => ({ count: 0, sum: 0 }),
      add: (acc, n: unknown) => {
        acc.count++
        acc.sum = typeof n === 'number' ? acc.sum + n : (n as number)
        return acc
      },
    }),
    least: reducing<number>(Math.min),
  }) as unknown as Handles
  readonly cuts = this.store.parts.map((part) => new PartCut(operator, part, codec))

  get nodes(): ChainNode[] {
    return [{ index: 0, id: operator, kind: 'process', operator: undefined, parts: { keyed: this.store.parts, operator: [] } }]
  }

  /** Runs `change` with the key in hand. */
  of<R>(key: Key, change: (handles: Handles) => R): R {
    this.store.sweep(2)
    this.store.select(key, -1)
    try {
      return change(this.handles)
    } finally {
      this.store.deselect()
    }
  }

  #blob = new BlobWriter({ kind: stateKind, codec: codec.name })

  begin(): void {
    this.#blob = new BlobWriter({ kind: stateKind, codec: codec.name })
    for (const cut of this.cuts) cut.part.begin(cut)
  }

  copy(entries: number): void {
    for (const cut of this.cuts) if (!cut.copy(entries)) return
  }

  /** Seals some of what was copied, while more is to come. */
  seal(entries: number): void {
    for (const cut of this.cuts) cut.seal(this.#blob, entries, true)
  }

  finish(): Uint8Array {
    for (const cut of this.cuts) while (!cut.copy(50));
    for (const cut of this.cuts) while (!cut.seal(this.#blob, 20));
    return joined(this.#blob.finish().parts)
  }

  abandon(): void {
    for (const cut of this.cuts) {
      cut.part.abandon()
      cut.reset()
    }
  }
}

interface Held {
  last?: unknown
  dated?: { readonly value: unknown; readonly stamp: number }
  sums?: Sums
  least?: number
}
type Model = Map<Key, Held>

const cloned = (model: Model): Model => structuredClone(model)

class World {
  model: Model = new Map()
  subtasks = [new Subtask()]
  saved: { readonly blobs: readonly Uint8Array[]; readonly model: Model } | undefined
  #open: Model | undefined

  change(key: Key, op: string, v: unknown): void {
    const held = this.model.get(key) ?? {}
    if (held.dated !== undefined && clock.now - held.dated.stamp >= ttl) delete held.dated
    this.#subtaskOf(key).of(key, (handles) => {
      if (op === 'last') {
        handles.last.set(v)
        held.last = v
      } else if (op === 'dated') {
        handles.dated.set(v)
        held.dated = { value: v, stamp: clock.now }
      } else if (op === 'sums') {
        handles.sums.add(v)
        const { count, sum } = held.sums ?? { count: 0, sum: 0 }
        held.sums = { count: count + 1, sum: typeof v === 'number' ? sum + v : (v as number) }
      } else if (op === 'least') {
        handles.least.add(v as number)
        held.least = held.least === undefined ? (v as number) : Math.min(held.least, v as number)
      } else {
        for (const name of ['last', 'dated', 'sums', 'least'] as const) handles[name].clear()
        for (const name of Object.keys(held)) delete held[name as keyof Held]
      }
    })
    if (Object.keys(held).length > 0) this.model.set(key, held)
    else this.model.delete(key)
  }

  #subtaskOf(key: Key): Subtask {
    return this.subtasks[subtaskOfGroup(keyGroupOf(key, maxParallelism), maxParallelism, this.subtasks.length)]!
  }

  begin(): void {
    this.finish()
    this.#open = cloned(this.model)
    for (const subtask of this.subtasks) subtask.begin()
  }

  finish(): void {
    if (this.#open !== undefined) this.saved = { blobs: this.subtasks.map((subtask) => subtask.finish()), model: this.#open }
    this.#open = undefined
  }

  seal(entries: number): void {
    if (this.#open !== undefined) for (const subtask of this.subtasks) subtask.seal(entries)
  }

  abandon(): void {
    for (const subtask of this.subtasks) subtask.abandon()
    this.#open = undefined
  }

  restore(parallelism: number): void {
    this.finish()
    if (this.saved === undefined) return
    const { blobs, model } = this.saved
    const stored = blobs.map((bytes, index) => ({ name: `${index}`, bytes, index, parallelism: blobs.length, isRoot: true, ended: false }))
    this.subtasks = Array.from({ length: parallelism }, (_, index) => {
      const subtask = new Subtask()
      restoreState(subtask.nodes, stored, { index, parallelism, maxParallelism, codec, floors: new Floors() })
      return subtask
    })
    this.model = cloned(model)
  }

  check(keys: readonly Key[]): void {
    for (const key of keys) {
      const { last, dated, sums, least } = this.model.get(key) ?? {}
      const live = dated !== undefined && clock.now - dated.stamp < ttl ? dated.value : undefined
      const expected = { last, dated: live, sums: sums ?? { count: 0, sum: 0 }, least }
      const found = this.#subtaskOf(key).of(key, (handles) => ({
        last: handles.last.get(),
        dated: handles.dated.get(),
        sums: handles.sums.get(),
        least: handles.least.get(),
      }))
      expect(showValue(found)).toBe(showValue(expected))
    }
  }
}

const numbers: readonly Key[] = Array.from({ length: 150 }, (_, i) => (i % 10 === 9 ? i + 0.5 : i * 7 - 300))
const mixed: readonly Key[] = [...numbers, 'a', 'b', 5n, true]
const plain = fc.record({ count: fc.integer(), sum: fc.double() })
const double = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, Number.NaN, Number.NEGATIVE_INFINITY))

/** Now and then a value that is no row. */
const changeOf = (keys: readonly Key[], odd: number) => {
  const other = { weight: odd, arbitrary: fc.constantFrom<unknown>('text', null, { count: 1 }, { count: 'x', sum: 1 }, { a: 1, b: [2] }) }
  const op = fc.oneof(
    fc.tuple(fc.constantFrom('last', 'dated'), fc.oneof({ weight: 60, arbitrary: plain as fc.Arbitrary<unknown> }, other)),
    fc.tuple(
      fc.constant('sums'),
      fc.oneof({ weight: 60, arbitrary: double as fc.Arbitrary<unknown> }, { weight: odd, arbitrary: fc.constant('nothing') }),
    ),
    fc.tuple(fc.constant('least'), double as fc.Arbitrary<unknown>),
    fc.tuple(fc.constant('clear'), fc.constant<unknown>(0)),
  )
  return fc.record({ do: fc.constant('change' as const), key: fc.constantFrom(...keys), op })
}

const actionsOf = (keys: readonly Key[], odd: number) =>
  fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.array(changeOf(keys, odd), { minLength: 1, maxLength: 40 }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('copy' as const, 'seal' as const), n: fc.nat(70) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('begin' as const, 'finish' as const, 'abandon' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('time' as const), n: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), n: fc.integer({ min: 1, max: 4 }) }) },
    ),
    { maxLength: 40 },
  )

for (const [name, keys, odd] of [
  ['numbers as keys, rows only', numbers, 0],
  ['any keys, now and then a value that is no row', mixed, 1],
] as const) {
  test(`ST14 rows are copied, sealed and restored as they were when the cut began: ${name}`, () => {
    fc.assert(
      fc.property(actionsOf(keys, odd), (actions) => {
        clock.now = 1
        const world = new World()
        for (const action of actions) {
          if (Array.isArray(action)) for (const { key, op } of action) world.change(key, op[0] as string, op[1])
          else if (action.do === 'copy') for (const subtask of world.subtasks) subtask.copy(action.n)
          else if (action.do === 'seal') world.seal(action.n)
          else if (action.do === 'time') clock.now += action.n
          else if (action.do === 'restore') {
            world.restore(action.n)
            world.check(keys)
          } else world[action.do]()
        }
        world.check(keys)
        world.begin()
        world.restore(3)
        world.check(keys)
      }),
      { seed: 11, numRuns: 150 },
    )
  })
}

test('ST14 a key that comes to a freed slot while a cut is open is not in it', () => {
  const world = new World()
  for (const key of [1, 2, 3]) world.change(key, 'last', { count: key, sum: 0 })
  world.change(2, 'clear', 0)
  world.begin()
  world.change(4, 'last', { count: 4, sum: 0 })
  world.change(1, 'last', { count: 1, sum: 1 })
  world.restore(2)
  world.check([1, 2, 3, 4])
})

test('ST14 the first key that is no number may come in the middle of a cut', () => {
  const world = new World()
  const keys: Key[] = Array.from({ length: 9_000 }, (_, i) => i)
  for (const key of keys) world.change(key, 'last', { count: Number(key), sum: -Number(key) })
  world.begin()
  world.subtasks[0]!.copy(6_000)
  world.change('text', 'last', { count: 1, sum: 2 })
  world.restore(2)
  world.check([...keys, 'text'])
})

test('ST14 the sections of rows are those of the same entries written one by one', () => {
  const rows = new Subtask()
  const single = new Subtask()
  for (let i = 0; i < 5_000; i++) {
    for (const subtask of [rows, single]) {
      subtask.of(i, ({ last, dated, least, sums }) => {
        last.set({ count: i, sum: i / 2 })
        dated.set({ count: -i, sum: i === 7 ? -0 : i * 1e6 })
        least.add(-i)
        sums.add(i)
      })
    }
  }
  const blobs = [rows, single].map((subtask) => {
    if (subtask === single) for (const cut of subtask.cuts) Object.defineProperty(cut, 'appendRows', { value: undefined })
    subtask.begin()
    return subtask.finish()
  })
  expect(blobs[0]).toEqual(blobs[1])
})
