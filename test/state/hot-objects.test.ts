// Accumulators of keys that come again and again, among thousands of others that lie as rows, against a plain model.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import { process } from '../../src/operators/process.ts'
import { runningAggregate } from '../../src/operators/running-fold.ts'
import type { OpenKitSnapshot } from '../../src/sim/kit-snapshot.ts'
import { OperatorKit } from '../../src/sim/operator-kit.ts'
import { type AggregatingState, aggregating, type ValueState, value } from '../../src/state/declarations.ts'

interface Acc {
  n: number
  sum: number
  grown?: number
}

interface Added {
  readonly key: number
  /** 0 = the key's state is cleared. */
  readonly n: number
}

/** Changes its accumulator in place, makes a new one of every third value, and adds a field for one value of all. */
const fold = {
  init: (): Acc => ({ n: 0, sum: 0 }),
  add(acc: Acc, { n }: Added): Acc {
    if (n % 3 === 0) return { ...acc, n: acc.n + 1, sum: acc.sum + n }
    acc.n++
    acc.sum += n
    if (n === 77) acc.grown = (acc.grown ?? 0) + 1
    return acc
  },
}

interface Context {
  readonly state: { readonly acc: AggregatingState<Added, Acc>; readonly seen: ValueState<number> }
  emit(value: unknown): void
}

/** The key keeps its slot when its accumulator goes, for it has something else. */
const stateful = (ttl?: number) =>
  process({
    state: { acc: aggregating({ ...fold, result: (acc: Acc): Acc => ({ ...acc }) }, { ttl }), seen: value(0) },
    onElement(added: Added, { state, emit }: Context) {
      state.seen.set(1)
      if (added.n === 0) state.acc.clear()
      else state.acc.add(added)
      if (added.n % 5 === 0) emit(state.acc.get())
    },
  })
const running = runningAggregate({ ...fold, result: (acc: Acc): Acc => ({ ...acc }) })

/** More than stay objects, so that all lie as rows. */
const others = 4_400
/** Some share a place, some are new. */
const keys = [3, 4, 3 + 256, 3 + 512, 3 + 4_096, 4_399, others, others + 1, others + 256, others + 257]

type Action = { readonly do: 'add'; readonly key: number; readonly n: number } | { readonly do: 'copy' | 'begin' | 'restore' }

const actionOf = (clears: boolean, grows: boolean): fc.Arbitrary<Action> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        key: fc.constantFrom(...keys, 3, 3, 259, others),
        n: fc.oneof(fc.integer({ min: clears ? 0 : 1, max: 30 }), fc.constant(grows ? 77 : 7)),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('copy' as const, 'begin' as const, 'restore' as const) }) },
  )

for (const [name, factory, clears] of [
  ['state of a process function', stateful(), true],
  ['a running aggregate', running, false],
] as const)
  for (const grows of [false, true])
    test(`ST15 ${name}: hot keys are what a plain model says, in answers and in cuts${grows ? ', when accumulators grow a field too' : ''}`, () => {
      const kit = () => new OperatorKit(() => factory.create(operatorId('hot')), { keyBy: ({ key }: Added) => key })
      fc.assert(
        fc.property(fc.array(actionOf(clears, grows), { minLength: 30, maxLength: 120 }), (actions) => {
          let now = kit()
          let model = new Map<number, Acc>()
          let open: { readonly snapshot: OpenKitSnapshot; readonly model: Map<number, Acc> } | undefined
          const add = (key: number, n: number): void => {
            now.record({ key, n })
            if (n === 0) model.delete(key)
            else model.set(key, fold.add({ ...(model.get(key) ?? fold.init()) }, { key, n }))
          }
          for (let key = 0; key < others; key++) add(key, 1)
          const check = (): void => {
            for (const key of keys) {
              const held = model.get(key)
              const answer = now.query(key)
              if (clears && answer !== undefined) expect(answer).toMatchObject({ acc: held ?? fold.init() })
              else expect(answer).toEqual(held)
            }
          }
          for (const action of actions) {
            if (action.do === 'add') add(action.key, action.n)
            else if (action.do === 'copy') open?.snapshot.copy(1_000)
            else if (action.do === 'begin') open ??= { snapshot: now.openSnapshot(), model: structuredClone(model) }
            else if (open !== undefined) {
              now = kit().restore([open.snapshot.finish()])
              model = open.model
              open = undefined
              check()
            }
          }
          check()
        }),
        { seed: 11, numRuns: 25 },
      )
    })

test('ST15 an accumulator that has expired while it was hot is begun anew', () => {
  const kit = new OperatorKit(() => stateful(100).create(operatorId('hot')), { keyBy: ({ key }: Added) => key })
  for (let key = 0; key < others; key++) kit.record({ key, n: 1 })
  for (const n of [1, 1, 1]) kit.record({ key: 3, n })
  // Another one grows a field, and then all of them lie as objects.
  for (const n of [1, 1, 77]) kit.record({ key: 4, n })
  kit.openSnapshot().finish()
  kit.time(200)
  for (const n of [7, 10]) kit.record({ key: 3, n })
  expect(kit.query(3)).toMatchObject({ acc: { n: 2, sum: 17 } })
  expect(kit.values.at(-1)).toEqual({ n: 2, sum: 17 })
})
