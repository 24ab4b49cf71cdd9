// The table that numbers strings: the same numbers as a Map gives, also for strings that it cannot tell apart by their hash.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StringTable } from '../../src/codec/string-table.ts'
import { anyText } from './exact.ts'

function numbersLikeAMap(texts: readonly string[], table = new StringTable()): void {
  const numbers = new Map<string, number>()
  for (const text of texts) {
    if (!numbers.has(text)) numbers.set(text, numbers.size)
    expect(table.numberOf(text)).toBe(numbers.get(text))
    expect(table.size).toBe(numbers.size)
  }
}

test('FR3 strings are numbered in the order in which they are first met, whatever they are', () => {
  const few = fc.constantFrom('', 'a', 'ab', 'ba', 'é', '日本', '\ud800')
  fc.assert(fc.property(fc.array(fc.oneof(anyText, few), { maxLength: 200 }), (texts) => numbersLikeAMap(texts)))
})

test('FR3 many strings, and many that agree in the units that are looked at, are numbered all the same', () => {
  const table = new StringTable()
  for (let round = 0; round < 2; round++) {
    const many = Array.from({ length: 3_000 }, (_, i) => `user-${i % 2_500}`)
    // They differ in units 1 to 4 of 32: neither among the last ones nor around the middle.
    const alike = Array.from({ length: 500 }, (_, i) => `x${String(i % 300).padStart(4, '0')}${'y'.repeat(27)}`)
    numbersLikeAMap([...many, ...alike, ...many, ...alike], table)
    table.clear()
    expect(table.size).toBe(0)
  }
})
