// reduce and aggregate of a keyed stream without windows.

import { expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import type { OperatorFactory } from '../../src/operators/definition.ts'
import { type RunningAggregate, runningAggregate, runningReduce } from '../../src/operators/running-fold.ts'
import { type CaseElement, runCases } from '../../src/sim/operator-cases.ts'
import { type KitOptions, operatorKit } from '../../src/sim/operator-kit.ts'

const keyBy = (element: CaseElement): string => element.key
const create = (factory: OperatorFactory) => () => factory.create(operatorId('fold'))
const kitOf = (factory: OperatorFactory, options: KitOptions = {}) => operatorKit(create(factory), { keyBy, ...options })
const element = (key: string, n: number): CaseElement => ({ key, value: n, time: 0 })

const sum = runningReduce((a: CaseElement, b: CaseElement) => ({ ...b, value: Number(a.value) + Number(b.value) }))
const mean: RunningAggregate = {
  init: () => ({ n: 0, sum: 0 }),
  add: (a: { n: number; sum: number }, { value }: CaseElement) => {
    a.n++
    a.sum += Number(value)
    return a
  },
  result: ({ n, sum }: { n: number; sum: number }, { key }: { key: string }) => `${key} ${sum / n}`,
}

test('OP7 reduce and aggregate give the running result of each key for every record, with its time', () => {
  runCases([
    {
      name: 'reduce',
      create: create(sum),
      ordered: true,
      show: ({ key, value }: CaseElement, time) => `${key}=${value}@${time}`,
      script: [['a=1@5', 'a=1@5'], ['b=7', 'b=7@NaN'], ['a=2@4', 'a=3@4'], ['restore'], ['a=3@9', 'a=6@9'], ['b=1@1', 'b=8@1']],
    },
    {
      name: 'aggregate',
      create: create(runningAggregate(mean)),
      ordered: true,
      script: [
        ['a=1@5', 'a 1@5'],
        ['b=7@5', 'b 7@5'],
        ['a=2@6', 'a 1.5@6'],
        ['a=6@7', 'a 3@7'],
      ],
    },
  ])
})

test('OP8 a result shares no part with the accumulator that goes on changing', () => {
  const { result: _, ...plain } = mean
  const kit = kitOf(runningAggregate(plain), { freeze: true })
  kit.record(element('a', 1)).record(element('a', 2)).record(element('a', 3))
  expect(kit.values).toEqual([
    { n: 1, sum: 1 },
    { n: 2, sum: 3 },
    { n: 3, sum: 6 },
  ])
  const answer = kit.query('a')
  kit.record(element('a', 4))
  expect(answer).toEqual({ n: 3, sum: 6 })
})

test('OP8 nor does the result of the job, where it gives out an accumulator that add leaves as it is, with any number of keys', () => {
  const most = runningAggregate({
    init: () => ({ n: 0 }),
    add: (acc: { n: number }, { value }: CaseElement) => (Number(value) > acc.n ? { n: Number(value) } : acc),
    result: (acc: { n: number }, { key }: { key: string }) => ({ key, most: acc }),
  })
  const kit = kitOf(most)
  const keys = 70_000
  for (let i = 0; i < keys; i++) kit.record(element(`k${i}`, i + 1))
  kit.take()
  kit.record(element('k1', 0)).record(element('k2', 0)).record(element('k3', 9))
  expect(kit.values.slice(-3)).toEqual([
    { key: 'k1', most: { n: 2 } },
    { key: 'k2', most: { n: 3 } },
    { key: 'k3', most: { n: 9 } },
  ])
})

test('OP5 an ask gives the current result of a key, or undefined', () => {
  const kit = kitOf(runningAggregate(mean)).record(element('a', 4)).record(element('a', 2))
  expect(kit.query('a')).toBe('a 3')
  expect(kit.query('b')).toBeUndefined()
  expect(kitOf(sum).record(element('a', 4)).query('a')).toEqual(element('a', 4))
})

test('OP4 what a fold throws is an error of its operator, key and time', () => {
  const broken = runningReduce(() => {
    throw new Error('no sum')
  })
  expect(() => kitOf(broken).record(element('k', 1)).record(element('k', 2), 8)).toThrow('operator fold, key k, at 8: no sum')
})

test('ST7 accumulators of an older version go through migrate, unknown ones are refused by name', () => {
  const saved = kitOf(runningAggregate(mean)).record(element('a', 4)).snapshot()
  const newer = runningAggregate({ ...mean, version: 2, migrate: (old) => ({ ...(old as { n: number; sum: number }), sum: 40 }) })
  expect(kitOf(newer).restore(saved).record(element('a', 2)).values).toEqual(['a 21'])
  expect(() => kitOf(runningAggregate({ ...mean, version: 3 })).restore(saved)).toThrow(
    'operator fold: its state aggregating.result was saved in version 1',
  )
})
