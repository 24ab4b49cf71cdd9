// What operators count is told by operator and name.

import { expect, test } from 'vitest'
import { Counters } from '../../actors/counters.ts'
import { operatorId } from '../../src/model/ids.ts'

test('SU8 what operators count is told by operator and name, whatever the order in which they count', () => {
  const counters = new Counters()
  const [a, b] = [operatorId('a'), operatorId('b')]
  for (const [operator, name, n] of [
    [a, 'late', 1],
    [a, 'late', 2],
    [b, 'late', 4],
    [a, 'refused', 8],
    [a, 'late', 16],
  ] as const) {
    counters.add(operator, name, n)
  }
  expect(counters.toRecord()).toEqual({ 'a.late': 19, 'b.late': 4, 'a.refused': 8 })
})
