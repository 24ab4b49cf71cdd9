// Every way to run the same windows gives what their definition says: on random streams, with random watermarks, late records, restores at
// random points under other parallelisms, subtasks that are ahead of each other, and cuts that are copied meanwhile.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import type { Operator } from '../../src/operators/operator.ts'
import type { OpenKitSnapshot } from '../../src/sim/kit-snapshot.ts'
import { showSnapshot } from '../../src/sim/operator-cases.ts'
import type { OperatorKit } from '../../src/sim/operator-kit.ts'
import { session, sliding } from '../../src/windows/assigner.ts'
import type { OpenWindow, WindowFunction } from '../../src/windows/fold.ts'
import type { TimeWindow } from '../../src/windows/window.ts'
import { KitSubtasks } from './kit-subtasks.ts'
import { ModelKey, type ModelShape, showWindow } from './window-model.ts'
import { generalOperator, planned, type TestWindow, windowOperator } from './window-operators.ts'

interface Element {
  readonly key: number
  readonly value: number
}

interface Out {
  readonly key: number
  readonly window: TimeWindow
  readonly values: readonly number[]
}

const aggregate = {
  kind: 'aggregate',
  aggregate: {
    init: (): number[] => [],
    add: (acc: number[], { value }: Element) => {
      acc.push(value)
      return acc
    },
    merge: (a: number[], b: readonly number[]) => {
      a.push(...b)
      return a
    },
    result: (values: readonly number[], { key, window }: { key: number; window: TimeWindow }): Out => ({
      key,
      window,
      values: [...values],
    }),
  },
} as unknown as WindowFunction

const process = {
  kind: 'process',
  process: (elements: readonly Element[], { key, window }: { key: number; window: TimeWindow }): Out[] => [
    { key, window, values: elements.map(({ value }) => value) },
  ],
} as unknown as WindowFunction

type Step =
  | { readonly type: 'record'; readonly key: number; readonly ahead: number }
  | { readonly type: 'watermark'; readonly subtask: number | 'all'; readonly by: number }
  | { readonly type: 'rescale'; readonly parallelism: number }
  | { readonly type: 'query'; readonly key: number }
  | { readonly type: 'cut' }

const keys = 6

/** Few keys and short steps fill the slices of a key; many keys and long steps leave gaps. */
const stepsOf = (keysUsed: number, back: number, ahead: number, by: number): fc.Arbitrary<readonly Step[]> => {
  const key = fc.nat(keysUsed - 1)
  const record = fc.record({ type: fc.constant('record' as const), key, ahead: fc.integer({ min: -back, max: ahead }) })
  const subtask = fc.oneof(fc.constant('all' as const), fc.nat(2))
  const watermark = fc.record({ type: fc.constant('watermark' as const), subtask, by: fc.integer({ min: 0, max: by }) })
  const rescale = fc.record({ type: fc.constant('rescale' as const), parallelism: fc.integer({ min: 1, max: 3 }) })
  return fc.array(
    fc.oneof(
      { weight: 12, arbitrary: record },
      { weight: 4, arbitrary: watermark },
      { weight: 1, arbitrary: rescale },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('query' as const), key }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('cut' as const) }) },
    ),
    { maxLength: 80, size: 'max' },
  )
}
const steps = fc.oneof(stepsOf(keys, 25, 25, 15), stepsOf(3, 10, 3, 3))

const maxParallelism = 8

/** Subtasks of one operator beside the model; every step is checked. */
class Comparison {
  readonly #subtasks: KitSubtasks
  readonly #model: readonly ModelKey[]
  #watermarks: number[] = [Number.NEGATIVE_INFINITY]
  #time = 0
  #seen = 0
  #value = 0
  #cut: { readonly kit: OperatorKit; readonly open: OpenKitSnapshot; readonly frozen: string } | undefined

  constructor(create: () => Operator, shape: ModelShape, budget: number) {
    this.#subtasks = new KitSubtasks(create, { keyBy: ({ key }: Element) => key, maxParallelism, budget })
    this.#model = Array.from({ length: keys }, (_, key) => new ModelKey(key, shape))
  }

  run(all: readonly Step[]): void {
    for (const [n, step] of all.entries()) {
      if (n % 3 === 0) this.#cut?.open.copy(1)
      this.#step(step)
      this.#compare()
    }
    this.#advance('all', 1_000)
    this.#compare()
    this.#closeCut()
  }

  #step(step: Step): void {
    switch (step.type) {
      case 'record':
        this.#record(step.key, this.#time + step.ahead)
        break
      case 'watermark':
        this.#time += step.by
        this.#advance(step.subtask, this.#time)
        break
      case 'rescale':
        this.#closeCut()
        this.#watermarks = Array.from({ length: step.parallelism }, () => Math.min(...this.#watermarks))
        this.#subtasks.rescale(step.parallelism)
        break
      case 'query': {
        const answer = this.#subtasks.ofKey(step.key).query(step.key) as readonly OpenWindow<TimeWindow, Out | readonly Element[]>[]
        const shown = answer.map(({ window, value }) =>
          showWindow(step.key, window, Array.isArray(value) ? value.map((element: Element) => element.value) : (value as Out).values),
        )
        expect(shown).toEqual(this.#model[step.key]!.query())
        break
      }
      case 'cut': {
        this.#closeCut()
        const kit = this.#subtasks.kits[0]!
        this.#cut = { kit, frozen: showSnapshot(kit.snapshot(), msgpackCodec()), open: kit.openSnapshot() }
      }
    }
  }

  #record(key: number, time: number): void {
    const kit = this.#subtasks.ofKey(key)
    const late = kit.counters.late ?? 0
    const model = this.#model[key]!
    const modelLate = model.late
    const value = this.#value++
    kit.record({ key, value }, time)
    model.record(value, time)
    expect((kit.counters.late ?? 0) - late).toBe(model.late - modelLate)
  }

  #advance(subtask: number | 'all', time: number): void {
    this.#subtasks.kits.forEach((kit, index) => {
      if ((subtask !== 'all' && subtask !== index) || time <= this.#watermarks[index]!) return
      this.#watermarks[index] = time
      kit.watermark(time)
      this.#model.forEach((model, key) => {
        if (this.#subtasks.ofKey(key) === kit) model.advance(time)
      })
    })
  }

  #compare(): void {
    const { output } = this.#subtasks
    const came = output.slice(this.#seen).map(({ value, time }) => {
      const { key, window, values } = value as Out
      return `${showWindow(key, window, values)}@${time}`
    })
    this.#seen = output.length
    const due = this.#model.flatMap((model) => model.output.splice(0))
    expect(came.sort()).toEqual(due.sort())
  }

  #closeCut(): void {
    if (this.#cut === undefined) return
    expect(showSnapshot(this.#cut.open.finish(), msgpackCodec())).toBe(this.#cut.frozen)
    this.#cut = undefined
  }
}

const sliced = fc
  .record({
    slide: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 })),
    more: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 30 })),
    offset: fc.integer({ min: -11, max: 11 }),
    lateness: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 25 })),
  })
  .map(({ slide, more, offset, lateness }): ModelShape => ({ kind: 'sliced', slide, size: slide + more, offset: offset % slide, lateness }))

const sessions = fc
  .record({ size: fc.integer({ min: 1, max: 20 }), lateness: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 25 })) })
  .map(({ size, lateness }): ModelShape => ({ kind: 'session', size, slide: 0, offset: 0, lateness }))

const windowOf = ({ kind, size, slide, offset, lateness }: ModelShape): TestWindow => ({
  assigner: kind === 'session' ? session(size) : sliding(size, slide, { offset }),
  lateness,
})

const budgets = fc.constantFrom(1, 2, Number.POSITIVE_INFINITY)
const ways: readonly (readonly [name: string, fn: WindowFunction, create: typeof windowOperator])[] = [
  ['aggregate on the fast path', aggregate, windowOperator],
  ['process on the fast path', process, windowOperator],
  ['aggregate on the general path', aggregate, generalOperator],
  ['process on the general path', process, generalOperator],
]

describe('windows are what their definition says', () => {
  for (const [name, fn, create] of ways) {
    test(`WI7 WI12 tumbling and sliding windows, ${name}`, () => {
      fc.assert(
        fc.property(sliced, budgets, steps, (shape, budget, all) => {
          expect(planned(windowOf(shape), fn).path).toBe('sliced')
          new Comparison(() => create(windowOf(shape), fn), shape, budget).run(all)
        }),
        { numRuns: 200 },
      )
    })

    test(`WI7 WI12 sessions, ${name}`, () => {
      fc.assert(
        fc.property(sessions, budgets, steps, (shape, budget, all) => {
          expect(planned(windowOf(shape), fn).path).toBe('session')
          new Comparison(() => create(windowOf(shape), fn), shape, budget).run(all)
        }),
        { numRuns: 200 },
      )
    })
  }
})
