// Windows in processing time by slices: clocks that go back, subtasks whose clocks differ, firings in many turns, restores.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import { keyGroupOf, subtaskOfGroup } from '../../src/model/key.ts'
import { planWindow } from '../../src/operators/plan-window.ts'
import type { OperatorKit } from '../../src/sim/operator-kit.ts'
import { assignerOf, sliding } from '../../src/windows/assigner.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import type { TimeWindow } from '../../src/windows/window.ts'
import { KitSubtasks } from './kit-subtasks.ts'

const maxParallelism = 8

interface Rec {
  readonly key: string
  readonly n: number
}
interface Given {
  readonly key: string
  readonly window: TimeWindow
  readonly ns: readonly number[]
}

const numbers = {
  kind: 'aggregate',
  aggregate: {
    init: (): number[] => [],
    add: (acc: number[], { n }: Rec) => [...acc, n],
    merge: (a: readonly number[], b: readonly number[]) => [...a, ...b],
    result: (ns: readonly number[], { key, window }: { key: string; window: TimeWindow }): Given => ({ key, window, ns }),
  },
} as unknown as WindowFunction

const subtasksOf = (size: number, slide = size): KitSubtasks => {
  const assigner = assignerOf(sliding(size, slide, { time: 'processing' }))
  const { factory } = planWindow(operatorId('window'), { assigner, lateness: 0, function: numbers })
  return new KitSubtasks(() => factory.create(operatorId('window')), { keyBy: ({ key }: Rec) => key, maxParallelism })
}

const shown = (subtasks: KitSubtasks): string[] =>
  subtasks.output.map(({ value }) => {
    const { key, window, ns } = value as Given
    return `${key} [${window.start},${window.end})=${ns.join(' ')}`
  })

/** What a subtask does at the begin of a turn: what is due, or under way, is done before anything else. */
function turn(kit: OperatorKit, now: number, budget = 1_000): boolean {
  const { operator } = kit
  if (operator.nextTime!() <= now && !operator.onTime!(now, budget)) return false
  kit.time(now)
  return true
}

test('WI11 a firing that takes several turns is finished although the clock goes back meanwhile', () => {
  const subtasks = subtasksOf(10)
  const [kit] = subtasks.kits
  kit!.time(3).record({ key: 'a', n: 1 }).record({ key: 'b', n: 2 })
  expect(turn(kit!, 10, 1)).toBe(false)
  expect(turn(kit!, 5)).toBe(true)
  kit!.record({ key: 'a', n: 3 }).time(20)
  expect(shown(subtasks)).toEqual(['a [0,10)=1', 'b [0,10)=2', 'a [10,20)=3'])
})

test('WI11 what a subtask with a slower clock has not fired survives restores in a row', () => {
  const keyOf = (subtask: number): string =>
    Array.from({ length: 100 }, (_, n) => `k${n}`).find(
      (key) => subtaskOfGroup(keyGroupOf(key, maxParallelism), maxParallelism, 2) === subtask,
    )!
  const subtasks = subtasksOf(10)
  subtasks.rescale(2)
  const [ahead, behind] = subtasks.kits
  ahead!
    .time(41)
    .record({ key: keyOf(0), n: 1 })
    .time(100)
  behind!.time(45).record({ key: keyOf(1), n: 2 })
  subtasks.rescale(1)
  subtasks.rescale(2)
  subtasks.rescale(1)
  subtasks.kits[0]!.time(110)
  expect(shown(subtasks)).toEqual([`${keyOf(0)} [40,50)=1`, `${keyOf(1)} [40,50)=2`])
})

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('record' as const), key: fc.constantFrom('a', 'b', 'c', 'd', 'e') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      kit: fc.nat(2),
      by: fc.integer({ min: -12, max: 25 }),
      budget: fc.constantFrom(1, 2, 1_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rescale' as const), parallelism: fc.integer({ min: 1, max: 3 }) }) },
)

test('WI11 each record is in each of its windows once, and no window of a key fires twice, whatever clocks do', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), fc.constantFrom([10, 10], [10, 5], [9, 4]), (steps, [size, slide]) => {
      const subtasks = subtasksOf(size!, slide)
      const clocks = [100, 100, 100]
      let records = 0
      const settle = (): void => {
        for (const [i, kit] of subtasks.kits.entries()) while (!turn(kit, clocks[i]!));
      }
      settle()
      for (const one of steps) {
        if (one.do === 'time') {
          const at = one.kit % subtasks.kits.length
          clocks[at]! += one.by
          turn(subtasks.kits[at]!, clocks[at]!, one.budget)
          continue
        }
        settle()
        if (one.do === 'record') subtasks.ofKey(one.key).record({ key: one.key, n: records++ })
        else subtasks.rescale(one.parallelism)
        settle()
      }
      settle()
      for (const kit of subtasks.kits) kit.end()
      const given = subtasks.output.map(({ value }) => value as Given)
      const firings = given.map(({ key, window }) => `${key} ${window.end}`)
      expect(new Set(firings).size).toBe(firings.length)
      const times = new Map<number, number>()
      for (const { ns } of given) for (const n of ns) times.set(n, (times.get(n) ?? 0) + 1)
      const [least, most] = [Math.floor(size! / slide!), Math.ceil(size! / slide!)]
      expect([...times.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: records }, (_, n) => n))
      for (const count of times.values()) expect(count >= least && count <= most).toBe(true)
    }),
    { numRuns: 400 },
  )
})
