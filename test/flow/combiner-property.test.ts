// Windows behind combiners give what they give without: on random streams, watermarks, lateness, several senders, restores under other
// parallelisms; and where a subtask is ahead of a sender, at least nothing is lost or doubled.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Combiner } from '../../src/flow/combiner.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import type { TimeWindow } from '../../src/windows/window.ts'
import { CombinedWindows, type Given, type Shape, type Step } from './combined-windows.ts'

/** Changes its accumulators, as fast ones do. */
const aggregate = {
  kind: 'aggregate',
  aggregate: {
    init: (): number[] => [],
    add: (acc: number[], n: number) => {
      acc.push(n)
      return acc
    },
    merge: (a: number[], b: readonly number[]) => {
      a.push(...b)
      return a
    },
    result: (acc: readonly number[], { key, window }: { key: number; window: TimeWindow }): Given => ({
      key,
      window,
      values: [...acc].sort((a, b) => a - b),
    }),
  },
} as unknown as WindowFunction

const record = fc.record({
  type: fc.constant('record' as const),
  sender: fc.nat(2),
  key: fc.nat(4),
  ahead: fc.integer({ min: -15, max: 15 }),
})
const watermark = fc.record({ type: fc.constant('watermark' as const), sender: fc.nat(2), by: fc.nat(12) })
const rescale = fc.record({ type: fc.constant('rescale' as const), parallelism: fc.integer({ min: 1, max: 3 }) })
const tick = fc.record({ type: fc.constant('tick' as const), ms: fc.constantFrom(1, 60, 1_000, 5_000) })
const idle = fc.record({ type: fc.constant('idle' as const), sender: fc.nat(2) })
const active = fc.record({ type: fc.constant('active' as const), sender: fc.nat(2) })
const ahead = fc.record({ type: fc.constant('ahead' as const), by: fc.nat(30) })

const common: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 20, arbitrary: record },
  { weight: 4, arbitrary: watermark },
  { weight: 1, arbitrary: rescale },
  { weight: 2, arbitrary: tick },
]
const stepsOf = (...more: readonly fc.WeightedArbitrary<Step>[]): fc.Arbitrary<readonly Step[]> =>
  fc.array(fc.oneof(...common, ...more), { maxLength: 120, size: 'max' })

/** Senders that have gone idle stay so: their records still flow. */
const quiet = stepsOf({ weight: 1, arbitrary: idle })
const wild = stepsOf({ weight: 1, arbitrary: idle }, { weight: 2, arbitrary: active }, { weight: 1, arbitrary: ahead })

const shapes = (overlap: fc.Arbitrary<number>): fc.Arbitrary<Shape> =>
  fc
    .record({
      slide: fc.integer({ min: 1, max: 12 }),
      more: overlap,
      offset: fc.integer({ min: -11, max: 11 }),
      lateness: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 25 })),
    })
    .map(({ slide, more, offset, lateness }) => ({ slide, size: slide + more, offset: offset % slide, lateness, fn: aggregate }))

const entries = fc.constantFrom(1, 2, 5, 1_000)
const senders = fc.integer({ min: 1, max: 3 })
const anyShape = shapes(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })))

function byKey(output: readonly Given[]): Map<number, string[]> {
  const keys = new Map<number, string[]>()
  for (const { key, window, values } of output) {
    keys.set(key, [...(keys.get(key) ?? []), `[${window.start},${window.end})=${values.join(' ')}`])
  }
  return keys
}

const sameAsWithout = (spoil?: (combiner: Combiner) => void) =>
  fc.property(anyShape, quiet, senders, entries, (shape, steps, count, entriesMax) => {
    const without = new CombinedWindows(shape, count, { entriesMax: undefined }).run(steps)
    const combined = new CombinedWindows(shape, count, { entriesMax, spoil }).run(steps)
    expect(byKey(combined.output)).toEqual(byKey(without.output))
    expect(combined.late).toBe(without.late)
  })

describe('windows behind combiners', () => {
  test('CB7 give for each key the same results in the same order, and as many late records', () => {
    fc.assert(sameAsWithout(), { numRuns: 400 })
  })

  test('CB8 lose and double nothing where a subtask is ahead of a sender: each record is in a result or late', () => {
    fc.assert(
      fc.property(shapes(fc.constant(0)), wild, senders, entries, (shape, steps, count, entriesMax) => {
        const combined = new CombinedWindows(shape, count, { entriesMax }).run(steps)
        const last = new Map<string, number>()
        for (const { key, window, values } of combined.output) last.set(`${key} ${window.start}`, values.length)
        expect([...last.values()].reduce((sum, n) => sum + n, combined.late)).toBe(combined.records)
      }),
      { numRuns: 400 },
    )
  })

  const bugs: Readonly<Record<string, (combiner: Combiner) => void>> = {
    'forgets to send before a barrier': (combiner) => {
      const control = combiner.control.bind(combiner)
      combiner.control = (element) => (element.kind === 'BARRIER' ? combiner.writer.control(element) : control(element))
    },
    'sends behind the watermark': (combiner) => {
      const control = combiner.control.bind(combiner)
      combiner.control = (element) => {
        if (element.kind === 'WATERMARK') combiner.writer.control(element)
        control(element)
      }
    },
    'holds records while it is idle': (combiner) => {
      const control = combiner.control.bind(combiner)
      combiner.control = (element) => {
        if (element.kind === 'IDLE') combiner.writer.control(element)
        else control(element)
      }
    },
  }
  for (const [name, spoil] of Object.entries(bugs)) {
    test(`CB7 the comparison finds a combiner that ${name}`, () => {
      expect(fc.check(sameAsWithout(spoil), { numRuns: 400, endOnFailure: true }).failed).toBe(true)
    })
  }
})
