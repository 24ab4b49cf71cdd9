// How long state lives: every kind of state, both clocks, written or read, also with snapshots and restores between.

import { describe, expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import type { Operator } from '../../src/operators/operator.ts'
import { process } from '../../src/operators/process.ts'
import { type CaseElement, type CaseStep, runCase } from '../../src/sim/operator-cases.ts'
import { operatorKit } from '../../src/sim/operator-kit.ts'
import { aggregating, list, map, reducing, type StateDecl, type StateOptions, value } from '../../src/state/declarations.ts'

type Options = StateOptions<never>

interface Kind {
  readonly declare: (options: Options) => StateDecl<unknown, unknown>
  readonly write: (state: never) => void
  readonly isThere: (state: never) => boolean
}

/** How each kind is written and read. */
const kinds: Readonly<Record<string, Kind>> = {
  value: {
    declare: (options) => value<number>(0, options),
    write: (state: { set(n: number): void }) => state.set(1),
    isThere: (state: { get(): number }) => state.get() === 1,
  },
  object: {
    declare: (options) => value<unknown>(undefined, options),
    write: (state: { set(n: unknown): void }) => state.set({ a: 1 }),
    isThere: (state: { get(): unknown }) => state.get() !== undefined,
  },
  list: {
    declare: (options) => list<number>(options),
    write: (state: { set(n: readonly number[]): void }) => state.set([1]),
    isThere: (state: { get(): readonly number[]; size: number }) => state.size === 1 && state.get().length === 1,
  },
  map: {
    declare: (options) => map<string, number>(options),
    write: (state: { set(k: string, n: number): void }) => state.set('x', 1),
    isThere: (state: { get(k: string): number | undefined; size: number }) => state.get('x') === 1 && state.size === 1,
  },
  reducing: {
    declare: (options) => reducing<number>((a) => a, options),
    write: (state: { add(n: number): void }) => state.add(1),
    isThere: (state: { get(): number | undefined }) => state.get() === 1,
  },
  aggregating: {
    declare: (options) => aggregating<number, number>({ init: () => 0, add: () => 1 }, options),
    write: (state: { add(n: number): void }) => state.add(1),
    isThere: (state: { get(): number }) => state.get() === 1,
  },
}

interface TtlContext {
  readonly key: string
  readonly state: { readonly s: never }
  emit(v: string): void
}

const create =
  ({ declare, write, isThere }: Kind, options: Options) =>
  (): Operator =>
    process({
      state: { s: declare({ ttl: 100, ...options }) },
      onElement({ value: what }: CaseElement, { key, state, emit }: TtlContext) {
        if (what === 'w') write(state.s)
        else if (what === 'r') emit(`${key} ${isThere(state.s) ? 'there' : 'gone'}`)
      },
    }).create(operatorId('ttl'))

const show = (said: string): string => said
/** Reads at a time: the clock moves, then a record of the key asks. */
const at = (clock: string, time: number, what: string): CaseStep[] => [`${clock}${time}`, what === 'w' ? 'k=w' : ['k=r', `k ${what}`]]
const script = (clock: string, steps: readonly (readonly [number, string])[]): CaseStep[] =>
  steps.flatMap(([time, what]) => at(clock, time, what))

const onWrite = [
  [0, 'w'],
  [20, 'there'],
  [50, 'w'],
  [120, 'there'],
  [170, 'w'],
  [220, 'there'],
  [300, 'gone'],
] as const
const onRead = [
  [0, 'w'],
  [50, 'there'],
  [120, 'there'],
  [250, 'gone'],
] as const
const exact = [
  [0, 'w'],
  [99, 'there'],
  [100, 'gone'],
  [101, 'gone'],
  [120, 'w'],
  [219, 'there'],
  [220, 'gone'],
] as const

for (const [name, kind] of Object.entries(kinds)) {
  describe(`ttl of ${name} state`, () => {
    for (const [clock, ttlTime] of [
      ['t', 'processing'],
      ['wm', 'event'],
    ] as const) {
      test(`ST9 lives for its ttl after the last write, by ${ttlTime} time`, () => {
        for (const steps of [onWrite, exact]) {
          runCase({ name, create: create(kind, { ttlTime }), script: script(clock, steps), show })
        }
      })

      test(`ST9 lives for its ttl after the last write or read, by ${ttlTime} time`, () => {
        runCase({ name, create: create(kind, { ttlTime, ttlOn: 'read' }), script: script(clock, onRead), show })
      })
    }

    test('ST10 what was written before the first watermark counts from there', () => {
      const steps: CaseStep[] = [
        'k=w',
        ['k=r', 'k there'],
        ...script('wm', [
          [1_000, 'there'],
          [1_099, 'there'],
          [1_100, 'gone'],
        ]),
      ]
      runCase({ name, create: create(kind, { ttlTime: 'event' }), script: steps, show })
    })

    test('ST11 expired state is swept while other keys are at work, and its key is forgotten', () => {
      const kit = operatorKit(create(kind, {}), { keyBy: (element: CaseElement) => element.key })
      const entries = (): number => [...kit.snapshot().keyed.values()].reduce((n, { entries }) => n + entries.length, 0)
      const record = (key: string, what: string) => kit.record({ key, value: what, time: 0 } satisfies CaseElement)
      for (let i = 0; i < 50; i++) record(`key${i}`, 'w')
      expect(entries()).toBe(50)
      kit.time(100)
      for (let i = 0; i < 25; i++) record('other', 'nothing')
      expect(entries()).toBe(0)
      expect(kit.query('key1')).toBeUndefined()
    })

    test('ST11 a sweep takes nothing out of a cut that is open', () => {
      const kit = operatorKit(create(kind, {}), { keyBy: (element: CaseElement) => element.key })
      const record = (key: string, what: string) => kit.record({ key, value: what, time: 0 } satisfies CaseElement)
      for (let i = 0; i < 20; i++) record(`key${i}`, 'w')
      const open = kit.openSnapshot()
      kit.time(100)
      for (let i = 0; i < 20; i++) record('other', 'nothing')
      expect([...open.finish().keyed.values()][0]!.entries).toHaveLength(20)
    })

    test('ST10 state that was saved without a ttl counts from the restore', () => {
      const before = operatorKit(create(kind, { ttl: undefined }), { keyBy: (element: CaseElement) => element.key })
      const saved = before.record({ key: 'k', value: 'w', time: 0 }).snapshot()
      const after = operatorKit(create(kind, {}), { keyBy: (element: CaseElement) => element.key })
      after.restore(saved).time(5_000)
      const read = (): unknown => after.record({ key: 'k', value: 'r', time: 0 }).values.at(-1)
      expect(read()).toBe('k there')
      expect(after.time(5_099) && read()).toBe('k there')
      expect(after.time(5_100) && read()).toBe('k gone')
    })
  })
}

test('ST9 elements of lists and maps expire one by one', () => {
  const create = () =>
    process({
      state: { all: list<number>({ ttl: 100 }), by: map<string, number>({ ttl: 100 }) },
      onElement(
        { key, value: n }: CaseElement,
        { state, emit }: { state: { all: ReturnType<typeof handles>['all']; by: ReturnType<typeof handles>['by'] }; emit(v: string): void },
      ) {
        if (typeof n === 'number') {
          state.all.add(n)
          state.by.set(`${key}${n % 2}`, n)
        }
        emit(`${state.all.get().join()} ${[...state.by].map(([k, v]) => `${k}:${v}`).join()}`)
      },
    }).create(operatorId('ttl'))
  const handles = () =>
    ({}) as {
      all: { add(n: number): void; get(): readonly number[] }
      by: { set(k: string, n: number): void } & Iterable<[string, number]>
    }
  runCase({
    name: 'elements',
    create,
    show,
    script: [
      't0',
      ['k=1', '1 k1:1'],
      't50',
      ['k=2', '1,2 k1:1,k0:2'],
      't60',
      ['k=3', '1,2,3 k0:2,k1:3'],
      't100',
      ['k=r', '2,3 k0:2,k1:3'],
      't150',
      ['k=r', '3 k1:3'],
      't160',
      ['k=r', ' '],
    ],
  })
})

test('ST9 setting entries while going through a map with a ttl comes to an end', () => {
  const create = () =>
    process({
      state: { by: map<string, number>({ ttl: 100 }) },
      onElement(
        _: CaseElement,
        { state, emit }: { state: { by: { set(k: string, n: number): void } & Iterable<[string, number]> }; emit(v: string): void },
      ) {
        state.by.set('a', 1)
        state.by.set('b', 2)
        for (const [k, n] of state.by) state.by.set(k, n + 10)
        emit([...state.by].join(' '))
      },
    }).create(operatorId('ttl'))
  runCase({ name: 'update all', create, show, script: [['k=1', 'a,11 b,12']] })
})
