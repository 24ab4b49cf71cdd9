// The key index against a plain Map: any keys, adding and removing at random.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Key, keyGroupOf } from '../../src/model/key.ts'
import { KeyIndex } from '../../src/state/key-index.ts'
import { tagOf } from '../../src/state/number-table.ts'

const key = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.constantFrom<Key>(
    0,
    0.5,
    -1.5,
    1e300,
    Number.POSITIVE_INFINITY,
    2 ** 31,
    -(2 ** 31),
    2 ** 40,
    '',
    'a',
    'b',
    '1',
    1n,
    -1n,
    2n ** 70n,
    true,
    false,
  ),
  fc.string({ maxLength: 3 }),
  fc.double({ noNaN: true }),
)

describe('key index', () => {
  test('ST1 every key has one slot, dense and reused, with its key and group, as a Map would have it', () => {
    const action = fc.record({ key, remove: fc.boolean() })
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 200 }),
        fc.constantFrom(3, 1_000),
        fc.constantFrom(1, 1_000),
        (actions, perMap, leftFrom) => {
          const index = new KeyIndex(128, perMap, leftFrom)
          const model = new Map<Key, number>()
          let most = 0
          for (const { key, remove } of actions) {
            const known = model.get(key)
            expect(index.find(key)).toBe(known ?? -1)
            if (remove && known !== undefined) {
              index.remove(known)
              model.delete(key)
            } else if (!remove) {
              const slot = index.insert(key, -1)
              if (known === undefined) expect([...model.values()]).not.toContain(slot)
              else expect(slot).toBe(known)
              model.set(key, slot)
            }
            most = Math.max(most, model.size)
            expect(index.size).toBe(model.size)
          }
          expect(index.high).toBe(most)
          for (const [key, slot] of model) {
            expect(index.find(key)).toBe(slot)
            expect(index.keyAt(slot)).toBe(key === 0 ? 0 : key)
            expect(index.groupAt(slot)).toBe(keyGroupOf(key, 128))
            expect(index.isLive(slot)).toBe(true)
          }
          expect([...index.slots()]).toEqual([...model.values()].sort((a, b) => a - b))
        },
      ),
      { seed: 1, numRuns: 200 },
    )
  })

  test('ST1 many integers, then any numbers: nothing is lost when the table grows or becomes wide', () => {
    const index = new KeyIndex(8)
    for (let i = 0; i < 20_000; i++) expect(index.insert(i * 4_096, -1)).toBe(i)
    for (let i = 0; i < 20_000; i++) index.insert(i + 0.5, -1)
    for (let i = 0; i < 20_000; i += 2) index.remove(index.find(i * 4_096))
    for (let i = 0; i < 20_000; i++) {
      expect(index.find(i * 4_096)).toBe(i % 2 === 0 ? -1 : i)
      expect(index.find(i + 0.5)).toBe(20_000 + i)
    }
    expect(index.size).toBe(30_000)
  })

  test('ST1 keys are found, added and removed while a table that has grown is left bit by bit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5_000), fc.nat(9)), { minLength: 500, maxLength: 3_000, size: 'max' }),
        fc.boolean(),
        (actions, wide) => {
          const index = new KeyIndex(128, 10, 64)
          const model = new Map<number, number>()
          for (const [n, op] of actions) {
            const key = wide ? n / 2 : n
            const known = model.get(key)
            if (op < 7) model.set(key, index.insert(key, 1))
            else if (op < 9) expect(index.find(key)).toBe(known ?? -1)
            else if (known !== undefined) {
              index.remove(known)
              model.delete(key)
            }
            if (known !== undefined && op < 7) expect(model.get(key)).toBe(known)
          }
          expect(index.size).toBe(model.size)
          for (const [key, slot] of model) expect(index.find(key)).toBe(slot)
        },
      ),
      { seed: 5, numRuns: 60 },
    )
  })

  test('ST1 a group that is known is not computed again, and keys of different types differ', () => {
    const index = new KeyIndex(128)
    expect(index.groupAt(index.insert('x', 77))).toBe(77)
    const slots = ([1, '1', 1n, true, 'true'] as const).map((key) => index.insert(key, -1))
    expect(new Set(slots).size).toBe(5)
    expect(index.insert(-0, -1)).toBe(index.insert(0, -1))
  })

  test('ST1 a number is not taken for the integer that is its hash', () => {
    const index = new KeyIndex(128)
    const slot = index.insert(tagOf(0.5), -1)
    expect(index.find(0.5)).toBe(-1)
    expect(index.insert(0.5, -1)).not.toBe(slot)
    expect(index.find(0.5)).not.toBe(slot)
  })

  test('ST1 what is no key is refused', () => {
    const index = new KeyIndex(128)
    for (const none of [Number.NaN, undefined, null, {}]) {
      expect(() => index.insert(none as never, -1)).toThrow(/key/)
      expect(() => index.insert(none as never, 3)).toThrow(/no key/)
    }
    expect(index.size).toBe(0)
  })

  test('ST1 other keys may come and go before those that were appended are looked up', () => {
    const index = new KeyIndex(128)
    expect(index.append(Float64Array.of(5, 6, 7.5), 3, 9)).toBe(0)
    const slot = index.insert('text', 3)
    index.remove(slot)
    expect([5, 6, 7.5, 0, 'text'].map((key) => index.find(key))).toEqual([0, 1, 2, -1, -1])
    expect([index.insert(0, 4), index.find(0), index.size]).toEqual([slot, slot, 4])
    index.remove(slot)
    expect([index.insert(8, 2), index.append(Float64Array.of(8), 1, 2)]).toEqual([slot, -1])
  })
})
