// The interval join: the bounds as data, housekeeping, lateness, and a comparison with the definition under random order.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import { type IntervalBounds, intervalJoin } from '../../src/operators/interval-join.ts'
import { type CaseElement, runCase } from '../../src/sim/operator-cases.ts'
import { type OperatorKit, operatorKit } from '../../src/sim/operator-kit.ts'
import { KitSubtasks } from './kit-subtasks.ts'

const pairOf = (l: CaseElement, r: CaseElement) => `${l.value}${r.value}`
const create = (bounds: IntervalBounds) => () => intervalJoin(bounds, pairOf).create(operatorId('join'))

const cases: readonly { readonly bounds: IntervalBounds; readonly pairs: string }[] = [
  { bounds: { lower: -2, upper: -1 }, pairs: '21,31,32,42,43' },
  { bounds: { lower: -1, upper: 1 }, pairs: '11,12,21,22,23,32,33,34,43,44' },
  { bounds: { lower: 1, upper: 2 }, pairs: '12,13,23,24,34' },
  { bounds: { lower: -3, upper: -1, exclusive: 'both' }, pairs: '31,42' },
  { bounds: { lower: -1, upper: 1, exclusive: 'both' }, pairs: '11,22,33,44' },
  { bounds: { lower: 1, upper: 3, exclusive: 'both' }, pairs: '13,24' },
  { bounds: { lower: 0, upper: 0 }, pairs: '11,22,33,44' },
  { bounds: { lower: 0, upper: 2, exclusive: 'lower' }, pairs: '12,13,23,24,34' },
  { bounds: { lower: 0, upper: 2, exclusive: 'upper' }, pairs: '11,12,22,23,33,34,44' },
]

const withLaterTime = (pairs: string): string[] => pairs.split(',').map((pair) => `${pair}@${Math.max(Number(pair[0]), Number(pair[1]))}`)

/** Both sides at 1, 2, 3, 4, in several orders. */
const orders = {
  together: [1, 2, 3, 4].flatMap((t) => [`0:k=${t}@${t}`, `1:k=${t}@${t}`, `wm${t}`]),
  'right first': [1, 2, 3, 4].flatMap((t) => [`1:k=${t}@${t}`, `0:k=${t}@${t}`, `wm${t}`]),
  'one side, then the other': [0, 1].flatMap((side) => [3, 1, 4, 2].map((t) => `${side}:k=${t}@${t}`)),
}

describe('bounds', () => {
  for (const [order, script] of Object.entries(orders)) {
    test.each(cases)(`JO1 pairs $pairs for $bounds, ${order}`, ({ bounds, pairs }) => {
      runCase({ name: 'J1', create: create(bounds), script: [...script, ['wmMAX', ...withLaterTime(pairs)]] })
    })
  }

  test('JO1 keeps keys apart, and takes bounds that can pair nothing for a mistake', () => {
    runCase({
      name: 'keys',
      create: create({ lower: -1, upper: 1 }),
      script: ['0:a=1@1', '0:b=2@1', ['1:a=3@1', '13@1'], ['1:c=4@1'], ['1:b=5@2', '25@2']],
    })
    expect(() => intervalJoin({ lower: 2, upper: 1 }, pairOf)).toThrow(/between 2 ms and 1 ms can pair nothing/)
    expect(() => intervalJoin({ lower: 1, upper: 1, exclusive: 'lower' }, pairOf)).toThrow(/exclusive\) can pair nothing/)
  })
})

const entriesLeft = (kit: OperatorKit): number => [...kit.snapshot().keyed.values()].reduce((n, { entries }) => n + entries.length, 0)

describe('housekeeping', () => {
  const bounds = { lower: -10, upper: 20 }
  const one = (key: string, value: number): CaseElement => ({ key, value, time: Number.NaN })
  const keyed = () => operatorKit(create(bounds), { keyBy: ({ key }: CaseElement) => key })

  test('JO2 keeps a left record while time + upper is ahead of the watermark, a right one while time - lower is', () => {
    const kit = keyed().record(one('a', 1), 100, 0).record(one('b', 1), 100, 1)
    kit.watermark(109)
    expect(entriesLeft(kit)).toBe(2)
    kit.watermark(112)
    expect(entriesLeft(kit)).toBe(1)
    kit.watermark(122)
    expect(entriesLeft(kit)).toBe(0)
  })

  test('JO2 what has run out is not paired, although it may still be there', () => {
    const kit = keyed().record(one('a', 1), 100, 0).watermark(115).record(one('a', 2), 110, 1)
    expect(kit.values).toEqual(['12'])
    kit.restore(kit.snapshot()).watermark(120).record(one('a', 3), 111, 1)
    expect(kit.values).toEqual(['12'])
    expect(kit.counters.late).toBeUndefined()
  })

  test('JO3 counts as late what is behind the watermark and can have no partner any more, and takes what can', () => {
    const kit = keyed().watermark(100)
    kit.record(one('a', 1), 80, 0)
    expect(kit.counters.late).toBe(1)
    kit.record(one('a', 2), 81, 0).record(one('a', 3), 101, 1)
    expect(kit.counters.late).toBe(1)
    expect(kit.values).toEqual(['23'])
    kit.record(one('a', 4), 90, 1)
    expect(kit.counters.late).toBe(2)
  })

  test('JO3 a record that nothing can follow is paired and not kept', () => {
    const kit = operatorKit(create({ lower: -2, upper: -1 }), { keyBy: ({ key }: CaseElement) => key })
    kit.record(one('a', 1), 99, 1).watermark(99).record(one('a', 2), 100, 0)
    expect(kit.values).toEqual(['21'])
    expect([...kit.snapshot().keyed.get('left')!.entries]).toEqual([])
  })

  test('JO3 a record without a time is an error, and so is a function that throws', () => {
    expect(() => keyed().record(one('a', 1))).toThrow(/without a timestamp/)
    const broken = () =>
      intervalJoin(bounds, () => {
        throw new Error('no pair')
      }).create(operatorId('join'))
    const kit = operatorKit(broken, { keyBy: ({ key }: CaseElement) => key }).record(one('a', 1), 1, 0)
    expect(() => kit.record(one('a', 1), 1, 1)).toThrow(/operator join, key a, at 1: no pair/)
  })
})

interface Item {
  readonly side: number
  readonly key: number
  readonly time: number
}

const items = fc.array(fc.record({ side: fc.nat(1), key: fc.nat(2), time: fc.nat(60) }), { maxLength: 40 })
const anyBounds = fc
  .record({
    from: fc.integer({ min: -12, max: 12 }),
    length: fc.integer({ min: 2, max: 12 }),
    open: fc.constantFrom(undefined, 'lower', 'upper', 'both'),
  })
  .map(({ from, length, open }): IntervalBounds => ({ lower: from, upper: from + length, exclusive: open as IntervalBounds['exclusive'] }))

function within({ lower, upper, exclusive }: IntervalBounds, distance: number): boolean {
  const fromLower = exclusive === 'lower' || exclusive === 'both' ? distance > lower : distance >= lower
  return fromLower && (exclusive === 'upper' || exclusive === 'both' ? distance < upper : distance <= upper)
}

test('JO4 gives exactly the pairs of the definition, each once, in any order, with restores and rescales anywhere', () => {
  fc.assert(
    fc.property(anyBounds, items, fc.nat(15), fc.array(fc.nat(7), { maxLength: 40 }), (bounds, given, slack, actions) => {
      const numbered = given.map((item, n) => ({ ...item, n }))
      const join = () => intervalJoin(bounds, (l: { n: number }, r: { n: number }) => `${l.n}-${r.n}`).create(operatorId('join'))
      const subtasks = new KitSubtasks(join, { keyBy: ({ key }: Item) => key, maxParallelism: 8 })
      let watermark = Number.NEGATIVE_INFINITY
      numbered.forEach((item, i) => {
        subtasks.ofKey(item.key).record(item, item.time, item.side)
        // Nothing is late: the watermark stays behind everything that is still to come.
        const least = Math.min(...numbered.slice(i + 1).map(({ time }) => time))
        const action = actions[i] ?? 0
        if (action >= 3 && Number.isFinite(least)) watermark = Math.max(watermark, least - 1 - (action === 3 ? slack : 0))
        if (watermark > Number.NEGATIVE_INFINITY) for (const kit of subtasks.kits) kit.watermark(watermark)
        if (action >= 6) subtasks.rescale(action === 6 ? subtasks.kits.length : 3 - subtasks.kits.length)
      })
      const expected = numbered
        .filter(({ side }) => side === 0)
        .flatMap((l) =>
          numbered
            .filter((r) => r.side === 1 && r.key === l.key && within(bounds, r.time - l.time))
            .map((r) => `${l.n}-${r.n}@${Math.max(l.time, r.time)}`),
        )
      for (const kit of subtasks.kits) kit.end()
      expect(subtasks.output.map(({ value, time }) => `${value}@${time}`).sort()).toEqual(expected.sort())
      for (const kit of subtasks.kits) expect(entriesLeft(kit)).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('JO5 state moves with its key group, and a group that is ahead of the watermark goes by its own time', () => {
  const join = create({ lower: 0, upper: 10 })
  const options = { keyBy: ({ key }: CaseElement) => key, maxParallelism: 8 }
  const at = (subtask: number) => operatorKit(join, { ...options, subtask, parallelism: 2 })
  const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const olds = [at(0), at(1)]
  const groups = (kit: OperatorKit) =>
    new Set(
      kit
        .snapshot()
        .keyed.get('left')!
        .entries.map(({ key }) => key),
    )
  const first = operatorKit(join, options)
  for (const key of keys) first.record({ key, value: 1, time: 1 }, 100, 0)
  const snapshot = first.snapshot()
  olds[0]!.restore(snapshot)
  olds[1]!.restore(snapshot)
  expect([...groups(olds[0]!), ...groups(olds[1]!)].sort()).toEqual(keys)
  expect(groups(olds[0]!).size).toBeGreaterThan(0)
  expect(groups(olds[1]!).size).toBeGreaterThan(0)
  const ahead = [...groups(olds[0]!)][0] as string
  const behind = [...groups(olds[1]!)][0] as string
  olds[0]!.watermark(109)
  const merged = operatorKit(join, options)
  merged.restore(
    olds.map((kit) => kit.snapshot()),
    { subtask: 0, parallelism: 1 },
  )
  merged.record({ key: ahead, value: 2, time: 1 }, 105, 1).record({ key: behind, value: 2, time: 1 }, 105, 1)
  expect(merged.counters.late).toBe(1)
  expect(merged.values).toEqual(['12'])
})
