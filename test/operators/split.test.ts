// Split: which output a record goes to.

import { expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import { split } from '../../src/operators/split.ts'
import { operatorKit } from '../../src/sim/operator-kit.ts'

const tests = [
  { name: 'even', test: (n: number) => n % 2 === 0 },
  { name: 'big', test: (n: number) => n > 5 },
]

test('OP20 a record goes to the first output whose test it passes, else to rest, with its time, and to no other', () => {
  const kit = operatorKit(() => split(tests).create(operatorId('s')), { sides: ['even', 'big', 'rest'] })
  for (const n of [1, 2, 6, 7, 9, 3]) kit.record(n, n * 10)
  expect(kit.side('even')).toEqual([2, 6].map((value) => ({ value, time: value * 10 })))
  expect(kit.side('big')).toEqual([7, 9].map((value) => ({ value, time: value * 10 })))
  expect(kit.side('rest')).toEqual([1, 3].map((value) => ({ value, time: value * 10 })))
  expect(kit.values).toEqual([])
})

test('OP21 outputs of a split that cannot be told apart are refused, and a test that throws names operator and record', () => {
  expect(() => split([...tests, tests[0]!])).toThrow(/each needs its own name/)
  expect(() => split([{ name: 'rest', test: () => true }])).toThrow(/rest is what passes no test/)
  const broken = {
    name: 'x',
    test: () => {
      throw new Error('no idea')
    },
  }
  expect(() => operatorKit(() => split([broken]).create(operatorId('s'))).record(1, 5)).toThrow(/operator s at 5: no idea/)
})
