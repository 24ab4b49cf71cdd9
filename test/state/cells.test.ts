// Cells against a plain array: numbers, flat numeric objects and anything else, in any order.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cells } from '../../src/state/cells.ts'
import { RowShape } from '../../src/state/row-shape.ts'

const double = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, 0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 31, 5e-324))
const flat = fc.record({ count: double, sum: double })

class Sums {
  count = 1
  sum = 2
}

/** Values that look like a flat object of that shape, and are none. */
const nearly = fc.constantFrom<() => unknown>(
  () => ({ sum: 1, count: 2 }),
  () => ({ count: 1 }),
  () => ({ count: 1, sum: 2, max: 3 }),
  () => ({ count: 1, sum: undefined }),
  () => ({ count: 1, sum: '2' }),
  () => ({ count: 1n, sum: 2 }),
  () => ({ count: 1, sum: { n: 2 } }),
  () => new Sums(),
  () => Object.assign(Object.create(null), { count: 1, sum: 2 }),
  () => [1, 2],
  () => null,
  () => undefined,
  () => 'text',
  () => 7,
  () => ({}),
)

interface Step {
  readonly slot: number
  readonly value: unknown
  readonly clear: boolean
}

const steps = (odd: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      slot: fc.nat(40),
      value: fc.oneof({ weight: 20, arbitrary: flat }, { weight: odd, arbitrary: nearly.map((make) => make()) }),
      clear: fc.boolean(),
    }),
    { maxLength: 60 },
  )

/** Same type, prototype, keys in the same order, and the same doubles. */
function expectSame(found: unknown, expected: unknown): void {
  if (typeof expected !== 'object' || expected === null) {
    expect(Object.is(found, expected)).toBe(true)
    return
  }
  expect(Object.getPrototypeOf(found)).toBe(Object.getPrototypeOf(expected))
  expect(Object.keys(found as object)).toEqual(Object.keys(expected))
  for (const key of Object.keys(expected)) expectSame((found as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key])
}

function check(actions: readonly Step[], objectsMax: number): Cells {
  const cells = new Cells(objectsMax)
  const model = new Map<number, unknown>()
  for (const { slot, value, clear } of actions) {
    if (clear && model.delete(slot)) cells.clear(slot)
    else {
      cells.set(slot, value)
      model.set(slot, value)
    }
    for (const [held, expected] of model) {
      expectSame(cells.get(held), expected)
      expectSame(cells.borrow(held), expected)
    }
  }
  return cells
}

describe('cells', () => {
  for (const objectsMax of [0, 7]) {
    test(`ST12 give back exactly what they were given, whatever comes after what (objects up to ${objectsMax})`, () => {
      fc.assert(
        fc.property(steps(1), (actions) => void check(actions, objectsMax)),
        { seed: 3, numRuns: 300 },
      )
      fc.assert(
        fc.property(steps(0), (actions) => void check(actions, objectsMax)),
        { seed: 4, numRuns: 100 },
      )
    })
  }

  test('ST12 numbers and flat objects lie as rows, from the given number of slots on, until something does not fit', () => {
    const of = (count: number, make: (slot: number) => unknown, objectsMax = 0): Cells => {
      const cells = new Cells(objectsMax)
      for (let slot = 0; slot < count; slot++) cells.set(slot, make(slot))
      return cells
    }
    const sums = (slot: number): unknown => ({ count: slot, sum: -slot })
    expect(of(20, (slot) => slot).width).toBe(1)
    expect(of(20, sums).shape?.fields).toEqual(['count', 'sum'])
    expect(of(20, sums, 20).rows).toBeUndefined()
    expect(of(21, sums, 20).rows).toBeInstanceOf(Float64Array)
    expect(of(21, (slot) => (slot === 3 ? 'text' : sums(slot)), 20).rows).toBeUndefined()
    const moved = of(20, sums)
    moved.set(4, { count: 1, sum: 'much' })
    expect(moved.rows).toBeUndefined()
    expect(Array.from({ length: 20 }, (_, slot) => moved.get(slot))).toEqual(
      Array.from({ length: 20 }, (_, slot) => (slot === 4 ? { count: 1, sum: 'much' } : sums(slot))),
    )
  })

  test('ST12 an accumulator that is lent out may be changed, grow a field, or lose one', () => {
    const cells = new Cells()
    for (let slot = 0; slot < 3; slot++) cells.set(slot, { a: slot, b: 0 })
    const lent = cells.borrow(1) as Record<string, unknown>
    lent.a = 10
    cells.set(1, lent)
    expect(cells.get(1)).toEqual({ a: 10, b: 0 })
    const grown = cells.borrow(1) as Record<string, unknown>
    grown.c = 'new'
    cells.set(1, grown)
    expect([0, 1, 2].map((slot) => cells.get(slot))).toEqual([
      { a: 0, b: 0 },
      { a: 10, b: 0, c: 'new' },
      { a: 2, b: 0 },
    ])
    const others = new Cells()
    for (let slot = 0; slot < 3; slot++) others.set(slot, { a: slot, b: 0 })
    const less = others.borrow(1) as Record<string, unknown>
    delete less.b
    others.set(1, less)
    expect([0, 1, 2].map((slot) => others.get(slot))).toEqual([{ a: 0, b: 0 }, { a: 1 }, { a: 2, b: 0 }])
  })

  test('ST12 an accumulator that is lent out may be frozen and left as it is', () => {
    const cells = new Cells()
    for (let slot = 0; slot < 3; slot++) cells.set(slot, { a: slot, b: 0 })
    cells.set(1, Object.freeze(cells.borrow(1)))
    const lent = cells.borrow(2) as Record<string, unknown>
    lent.b = 7
    cells.set(2, lent)
    expect([0, 1, 2].map((slot) => cells.get(slot))).toEqual([
      { a: 0, b: 0 },
      { a: 1, b: 0 },
      { a: 2, b: 7 },
    ])
    expect(cells.rows).toBeInstanceOf(Float64Array)
  })

  test('ST13 only plain identifiers become names in compiled text', () => {
    for (const name of ['__proto__', '1', 'a b', 'a"]; x = 1; o["b', 'é', '', 'x'.repeat(65)]) {
      const value = JSON.parse(JSON.stringify({ ok: 1 })) as Record<string, number>
      Object.defineProperty(value, name, { value: 1, enumerable: true, writable: true, configurable: true })
      expect(RowShape.of(value)).toBeUndefined()
    }
    expect(RowShape.of({ constructor: 1, $_a1: 2 })?.fields).toEqual(['constructor', '$_a1'])
    expect(RowShape.of(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, i])))).toBeUndefined()
  })
})
