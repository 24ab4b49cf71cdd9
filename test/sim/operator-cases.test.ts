// The operator kit finds what it is there to find: each operator here breaks one rule of the contract, and its case fails.

import { describe, expect, test } from 'vitest'
import { type OperatorId, operatorId } from '../../src/model/ids.ts'
import type { Key } from '../../src/model/key.ts'
import type { Operator, OperatorContext, Receive } from '../../src/operators/operator.ts'
import { type CaseElement, elements, type OperatorCase, runCase } from '../../src/sim/operator-cases.ts'
import { operatorKit } from '../../src/sim/operator-kit.ts'
import { showValue } from '../../src/sim/show-value.ts'
import type { Cut, KeyedPart } from '../../src/state/part.ts'

type Fault = 'none' | 'forgets' | 'late copy' | 'skips' | 'ignores budget' | 'changes output' | 'changes input' | 'loses at budget'

interface Count {
  n: number
  readonly time: number
}

/** Counts per key up to the next watermark and emits then, correctly or with one fault. */
class Counting implements Operator, KeyedPart {
  readonly id: OperatorId = operatorId('counting')
  readonly name = 'counts'
  readonly version = 1
  readonly inputs: Receive[] = []
  readonly #fault: Fault
  #context!: OperatorContext
  #counts = new Map<Key, Count>()
  #frozen: [Key, Count][] = []
  #cut: Cut | undefined
  #due: Key[] | undefined
  #last: { n: number } | undefined

  constructor(fault: Fault) {
    this.#fault = fault
  }

  open(context: OperatorContext): void {
    this.#context = context
    if (this.#fault !== 'forgets') context.keyedPart(this)
    this.inputs.push((value, time) => {
      const { key } = context.keys!
      const count = this.#counts.get(key) ?? { n: 0, time }
      count.n++
      this.#counts.set(key, count)
      if (this.#fault === 'changes input') (value as { value: number }).value++
      if (this.#fault === 'changes output' && this.#last !== undefined) this.#last.n = 0
    })
  }

  onWatermark(time: number, budget: number): boolean {
    this.#due ??= [...this.#counts.keys()].filter((key) => this.#counts.get(key)!.time <= time).sort()
    if (this.#fault === 'ignores budget') budget = Number.NaN
    for (let left = budget; this.#due.length > 0; left--) {
      if (left <= 0 || Number.isNaN(left)) {
        if (this.#fault === 'loses at budget') this.#due.shift()
        return false
      }
      const key = this.#due.shift()!
      this.#last = { n: this.#counts.get(key)!.n }
      this.#counts.delete(key)
      this.#context.output(this.#last, time)
    }
    this.#due = undefined
    return true
  }

  begin(cut: Cut): void {
    this.#cut = cut
    this.#frozen = [...this.#counts].map(([key, count]) => [key, this.#fault === 'late copy' ? count : { ...count }])
    if (this.#fault === 'skips') this.#frozen.pop()
  }

  copy(budget: number): boolean {
    for (const [key, { n, time }] of this.#frozen.splice(0, budget)) this.#cut!.append(0, key, time, n)
    return this.#frozen.length === 0
  }

  abandon(): void {
    this.#frozen = []
  }

  restore(_group: number, key: Key, namespace: unknown, value: unknown): void {
    this.#counts.set(key, { n: value as number, time: namespace as number })
  }
}

const counting = (fault: Fault): OperatorCase => ({
  name: 'counting',
  create: () => new Counting(fault),
  ordered: true,
  control: true,
  options: { maxParallelism: 1 },
  show: ({ n }: { n: number }, time) => `${n}@${time}`,
  script: ['a=1@0', 'b=1@1', 'a=1@2', ['wm5', '2@5', '1@5', 'wm5'], 'a=2@6', ['wm9', '1@9', 'wm9']],
})

describe('operator kit', () => {
  test('SI50 an operator that keeps the contract passes in every way', () => {
    runCase(counting('none'))
  })

  const faults: readonly (readonly [Fault, RegExp])[] = [
    ['forgets', /with a restore between every two steps/],
    ['skips', /with a restore between every two steps/],
    ['late copy', /the cut is not the state at its beginning/],
    ['loses at budget', /with a budget of 1/],
    ['ignores budget', /onWatermark of operator counting never says that it is done/],
    ['changes output', /with frozen records/],
    ['changes input', /with frozen records: step 'a=1@0' threw/],
  ]
  for (const [fault, message] of faults) {
    test(`SI50 an operator is found out that ${fault === 'late copy' ? 'copies late' : fault}`, () => {
      expect(() => runCase(counting(fault))).toThrow(message)
    })
  }

  test('SI50 wrong output is shown beside what was expected', () => {
    expect(() => runCase({ ...counting('none'), script: ['a=1@0', ['wm5', '2@5', 'wm5']] })).toThrow(
      "counting, plainly: up to step 'wm5'\n  expected 2@5 | wm5\n  came     1@5 | wm5",
    )
  })

  test('SI51 the notation of cases', () => {
    const [one] = elements('key2=1@3999').elements
    expect(one).toEqual({ key: 'key2', value: 1, time: 3_999 } satisfies CaseElement)
    expect(elements('1:k=ab@5')).toEqual({ input: 1, elements: [{ key: 'k', value: 'ab', time: 5 }] })
    expect(elements('k@20,0,-3').elements.map(({ value, time }) => [value, time])).toEqual([
      [1, 20],
      [1, 0],
      [1, -3],
    ])
    expect(elements('k=7').elements).toEqual([{ key: 'k', value: 7, time: Number.NaN }])
    expect(() => elements('wm')).not.toThrow()
    expect(() => elements('k=1@@')).toThrow('is no step')
  })

  test('SI52 a call of an async operator ends as the test says, once', () => {
    const outcomes: unknown[] = []
    const create = (): Operator => ({
      id: operatorId('caller'),
      inputs: [],
      open(context) {
        ;(this.inputs as Receive[]).push((value) => context.calls.start(() => Promise.resolve(), value, 1, { of: value }))
      },
      onCompleted: (...outcome) => void outcomes.push(outcome),
    })
    const kit = operatorKit(create).record(1).record(2)
    expect(kit.calls.map(({ id, attempt }) => [id, attempt])).toEqual([
      [1, 1],
      [2, 1],
    ])
    kit.complete(2, 'two').fail(1, 'no')
    expect(outcomes).toEqual([
      [{ of: 2 }, true, 'two'],
      [{ of: 1 }, false, 'no'],
    ])
    expect(() => kit.complete(2, 'again')).toThrow('no call 2')
  })

  test('SI53 equal values have equal text, and others have not', () => {
    const values = [
      0,
      -0,
      Number.NaN,
      '0',
      1n,
      '1n',
      null,
      undefined,
      [1],
      ['1'],
      { a: 1 },
      new Map([['a', 1]]),
      new Set([1]),
      new Uint8Array([1]),
      new Date(1),
      new Date(2),
    ]
    expect(new Set(values.map(showValue)).size).toBe(values.length)
    expect(showValue({ a: 1, b: [new Map([[1, 2]])] })).toBe(showValue({ b: [new Map([[1, 2]])], a: 1 }))
  })
})
