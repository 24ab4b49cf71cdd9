// Copies of plain values: equal, and independent.

import { describe, expect, test } from 'vitest'
import { copyPlain } from '../../src/state/copy-plain.ts'

describe('copies of plain values', () => {
  const values = [
    1,
    'text',
    null,
    undefined,
    2n,
    [1, [2, { a: [3] }]],
    { a: { b: 1 }, c: [new Date(5)] },
    new Map([[{ k: 1 }, new Set([1, 2])]]),
    new Set([[1]]),
    Buffer.from('abc'),
    new Float64Array([1, 2]),
    Object.assign(Object.create(null), { a: [1] }),
    JSON.parse('{"__proto__": {"polluted": [1]}, "a": 1}'),
  ]

  test.each(values.map((value) => [value]))('WI16 a copy is equal and shares nothing: value %#', (value) => {
    const copy = copyPlain(value)
    expect(copy).toStrictEqual(value)
    expect(sharedObjects(copy, value)).toEqual([])
  })

  test('WI16 a key named __proto__ stays data', () => {
    const copy = copyPlain(JSON.parse('{"__proto__": {"polluted": 1}}')) as object
    expect(Object.keys(copy)).toEqual(['__proto__'])
    expect((copy as { polluted?: number }).polluted).toBe(undefined)
  })
})

/** Objects that are reachable from both. */
function sharedObjects(a: unknown, b: unknown): unknown[] {
  const reach = (value: unknown, found: Set<unknown>): Set<unknown> => {
    if (typeof value !== 'object' || value === null || found.has(value)) return found
    found.add(value)
    if (ArrayBuffer.isView(value)) found.add(value.buffer)
    const inside = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
    for (const item of inside) reach(item, found)
    return found
  }
  const ofA = reach(a, new Set())
  return [...reach(b, new Set())].filter((item) => ofA.has(item))
}
