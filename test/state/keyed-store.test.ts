// Keyed state against a plain model: random changes, with snapshots that are copied meanwhile, and restores at other parallelisms.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import { type Key, keyGroupOf, subtaskOfGroup } from '../../src/model/key.ts'
import { process } from '../../src/operators/process.ts'
import type { KitSnapshot, OpenKitSnapshot } from '../../src/sim/kit-snapshot.ts'
import { OperatorKit, operatorKit } from '../../src/sim/operator-kit.ts'
import { showValue } from '../../src/sim/show-value.ts'
import { list, map, type StateDecl, value } from '../../src/state/declarations.ts'
import { type Change, StateModel, type StateRecord, stateNames, stateOperator } from './state-model.ts'

const maxParallelism = 16
const keys: readonly Key[] = [1, 2, 3.5, -7, 'a', 'key-2', 5n, true]
const keyBy = (record: StateRecord): Key => record.key

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    op: fc.constantFrom('set-number' as const, 'add-list' as const, 'add-reducing' as const, 'add-aggregating' as const),
    n: fc.integer({ min: -9, max: 9 }),
  }),
  fc.record({
    op: fc.constant('set-other' as const),
    v: fc.constantFrom<unknown>(1, -0, 'text', null, undefined, { a: [1] }, 2n, Number.NaN),
  }),
  fc.record({ op: fc.constant('set-list' as const), list: fc.array(fc.nat(5), { maxLength: 3 }) }),
  fc.record({ op: fc.constant('set-map' as const), k: fc.constantFrom<Key>('x', 'y', 1, 1n, true), n: fc.nat(9) }),
  fc.record({ op: fc.constant('delete-map' as const), k: fc.constantFrom<Key>('x', 'y', 1, 1n, true) }),
  fc.record({ op: fc.constant('clear' as const), which: fc.constantFrom(...stateNames) }),
  fc.record({ op: fc.constant('clear' as const), which: fc.constantFrom(...stateNames) }),
  fc.constant({ op: 'read' as const }),
)

type Action =
  | { readonly do: 'record'; readonly key: Key; readonly changes: readonly Change[] }
  | { readonly do: 'begin' | 'finish' | 'abandon' }
  | { readonly do: 'copy'; readonly budget: number }
  | { readonly do: 'restore'; readonly parallelism: number }

const record = fc.record({
  do: fc.constant('record' as const),
  key: fc.constantFrom(...keys),
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
})
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: record },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('copy' as const), budget: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('begin' as const, 'begin' as const, 'finish' as const, 'abandon' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), parallelism: fc.integer({ min: 1, max: 4 }) }) },
)

/** Subtasks of the operator, their last complete snapshots, and the model of both. */
class World {
  model = new StateModel()
  saved: { readonly cuts: readonly KitSnapshot[]; readonly model: StateModel } | undefined
  #kits: readonly OperatorKit[]
  #open: { readonly snapshots: readonly OpenKitSnapshot[]; readonly model: StateModel } | undefined
  readonly #freeze: boolean

  constructor(freeze: boolean) {
    this.#freeze = freeze
    this.#kits = [this.#kit(0, 1)]
  }

  #kit(subtask: number, parallelism: number): OperatorKit {
    return new OperatorKit(stateOperator, { keyBy, maxParallelism, subtask, parallelism, freeze: this.#freeze })
  }

  #ofKey(key: Key): OperatorKit {
    return this.#kits[subtaskOfGroup(keyGroupOf(key, maxParallelism), maxParallelism, this.#kits.length)]!
  }

  act(action: Action): void {
    switch (action.do) {
      case 'record': {
        const kit = this.#ofKey(action.key)
        kit.record(action)
        expect(kit.values.at(-1)).toEqual(this.model.record(action))
        break
      }
      case 'begin':
        this.#open ??= { snapshots: this.#kits.map((kit) => kit.openSnapshot()), model: this.model.clone() }
        break
      case 'copy':
        for (const open of this.#open?.snapshots ?? []) open.copy(action.budget)
        break
      case 'finish':
        if (this.#open !== undefined) this.saved = { cuts: this.#open.snapshots.map((open) => open.finish()), model: this.#open.model }
        this.#open = undefined
        break
      case 'abandon':
        for (const open of this.#open?.snapshots ?? []) open.abandon()
        this.#open = undefined
        break
      case 'restore':
        this.#restore(action.parallelism)
    }
  }

  #restore(parallelism: number): void {
    this.act({ do: 'finish' })
    if (this.saved === undefined) return
    const { cuts, model } = this.saved
    this.#kits = Array.from({ length: parallelism }, (_, subtask) => this.#kit(subtask, parallelism).restore(cuts))
    this.model = model.clone()
  }

  check(): void {
    for (const key of keys) expect(this.#ofKey(key).query(key)).toEqual(this.model.query(key))
  }
}

describe('keyed state', () => {
  for (const freeze of [false, true]) {
    test(`ST2 ST3 state is what a plain model says, a cut is the state at its beginning, and groups move with their keys (freeze: ${freeze})`, () => {
      fc.assert(
        fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
          const world = new World(freeze)
          for (const one of actions) {
            world.act(one)
            world.check()
          }
        }),
        { seed: 7, numRuns: 300 },
      )
    })
  }

  test('ST4 a list that was handed out never changes any more', () => {
    const kit = operatorKit(stateOperator, { keyBy })
    const seen: [unknown, string][] = []
    const steps: Change[] = [1, 2, 3, 4].map((n) => ({ op: 'add-list', n }))
    for (const change of [...steps, { op: 'set-list', list: [9] } as const, ...steps, { op: 'clear', which: 'list' } as const]) {
      kit.record({ key: 'a', changes: [change] })
      const emitted = kit.values.at(-1)
      seen.push([emitted, showValue(emitted)])
    }
    for (const [emitted, text] of seen) expect(showValue(emitted)).toBe(text)
  })

  test('ST5 a handle that is used outside of its function throws, naming the state', () => {
    const kept: { get(): unknown; set(v: unknown): void }[] = []
    const later: (() => void)[] = []
    const create = () =>
      process({
        state: { total: value(0) },
        onElement(_: unknown, { state, emit }: { state: { total: (typeof kept)[0] }; emit(v: unknown): void }) {
          kept.push(state.total)
          later.push(() => emit(1))
        },
      }).create(operatorId('keeper'))
    operatorKit(create, { keyBy }).record({ key: 1 })
    expect(() => kept[0]!.get()).toThrow('operator keeper: state total was used outside of onElement and onTimer')
    expect(() => kept[0]!.set(1)).toThrow('state total')
    expect(() => later[0]!()).toThrow('emit was called after its function had returned')
  })

  test('ST6 a key whose states are all empty is forgotten', () => {
    const kit = operatorKit(stateOperator, { keyBy })
    kit.record({
      key: 'a',
      changes: [
        { op: 'set-number', n: 1 },
        { op: 'add-list', n: 1 },
        { op: 'set-map', k: 'x', n: 1 },
      ],
    })
    const entries = (): number => [...kit.snapshot().keyed.values()].reduce((n, { entries }) => n + entries.length, 0)
    expect(entries()).toBe(3)
    kit.record({
      key: 'a',
      changes: [
        { op: 'clear', which: 'number' },
        { op: 'set-list', list: [] },
        { op: 'delete-map', k: 'x' },
      ],
    })
    expect(entries()).toBe(0)
    expect(kit.query('a')).toBeUndefined()
  })

  test('ST8 test mode finds values that are changed in place', () => {
    const create = () =>
      process({
        state: { seen: value<{ n: number }>({ n: 0 }), all: list<{ n: number }>() },
        onElement(
          { change }: { change: string },
          {
            state,
          }: { state: { seen: { get(): { n: number }; set(v: unknown): void }; all: { add(v: unknown): void; get(): { n: number }[] } } },
        ) {
          if (change === 'initial') state.seen.get().n++
          if (change === 'value') {
            state.seen.set({ n: 1 })
            state.seen.get().n++
          }
          if (change === 'list') {
            state.all.add({ n: 1 })
            state.all.get().push({ n: 2 })
          }
        },
      }).create(operatorId('mutator'))
    for (const change of ['initial', 'value', 'list']) {
      expect(() => operatorKit(create, { keyBy, freeze: true }).record({ key: 1, change })).toThrow(/read only|not extensible/)
    }
  })
})

describe('versions of state', () => {
  const kitOf = (state: Record<string, StateDecl<unknown, unknown>>) =>
    operatorKit(
      () =>
        process({
          state,
          onElement(
            _: unknown,
            {
              state,
              emit,
            }: { state: Record<string, { get(): unknown; set(v: unknown): void; add(v: unknown): void }>; emit(v: unknown): void },
          ) {
            emit(Object.values(state).map((one) => one.get()))
          },
        }).create(operatorId('op')),
      { keyBy },
    )
  const saved = (): KitSnapshot => {
    const create = () =>
      process({
        state: { total: value(0), all: list<number>(), by: map<string, number>() },
        onElement(
          _: unknown,
          { state }: { state: { total: { set(n: number): void }; all: { add(n: number): void }; by: { set(k: string, n: number): void } } },
        ) {
          state.total.set(5)
          state.all.add(1)
          state.all.add(2)
          state.by.set('x', 3)
        },
      }).create(operatorId('op'))
    return operatorKit(create, { keyBy }).record({ key: 'a' }).snapshot()
  }
  const migrate = (old: unknown, from: number): string => `${old} from ${from}`

  test('ST7 state of an older version goes through migrate, element by element', () => {
    const options = { version: 2, migrate }
    const kit = kitOf({ total: value<string>('', options), all: list<string>(options), by: map<string, string>(options) })
    kit.restore(saved())
    expect(kit.query('a')).toEqual({ total: '5 from 1', all: ['1 from 1', '2 from 1'], by: new Map([['x', '3 from 1']]) })
  })

  test('ST7 a version that is not known, without migrate, of the future, or whose migrate throws, is refused by name', () => {
    const others = { all: list<number>(), by: map<string, number>() }
    expect(() => kitOf({ total: value(0, { version: 2 }), ...others }).restore(saved())).toThrow(
      'operator op: its state value.total was saved in version 1, and this job has version 2: give the state a migrate(old, from)',
    )
    const failing = {
      version: 2,
      migrate: (): number => {
        throw new Error('what is this')
      },
    }
    expect(() => kitOf({ total: value(0, failing), ...others }).restore(saved())).toThrow('and its migrate threw: what is this')
    const later = { version: 2, migrate: (async () => 1) as never }
    expect(() => kitOf({ total: value(0, later), ...others }).restore(saved())).toThrow('and its migrate gave a promise')
    const newer = kitOf({ total: value<string>('', { version: 2, migrate }), ...others })
    const future = newer.restore(saved()).snapshot()
    expect(() => kitOf({ total: value(0), ...others }).restore(future)).toThrow(
      'saved in version 2, and this job has version 1: run the newer job',
    )
  })

  test('ST7 declarations that cannot work are refused when the job is built', () => {
    expect(() => value(0, { ttl: 0 })).toThrow('a ttl of 0 ms keeps nothing')
    expect(() => value(0, { version: 0 })).toThrow('count versions from 1')
    expect(() => process({ state: { x: {} as StateDecl<unknown, unknown> }, onElement: () => undefined })).toThrow(
      'state x is not declared',
    )
  })
})
