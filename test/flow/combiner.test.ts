// The combiner by itself: what it sends, in which order, and when.

import { describe, expect, test } from 'vitest'
import { activeControl, endControl, idleControl } from '../../src/model/elements.ts'
import { combinerHoldMs, combinerRestFirstMs, combinerSlicesMax } from '../../src/model/limits.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import { barrier, Combining, wm } from './combining.ts'

describe('what is sent', () => {
  test('CB1 records of one key and slice go as one partial with their number, in their order', () => {
    const bench = new Combining()
    bench.record('a', 'x', 1).record('b', 'y', 2).record('a', 'z', 3).record('a', 'w', 11).record('a', 'v', 9)
    expect(bench.take()).toEqual([])
    bench.combiner.flush()
    expect(bench.take().sort()).toEqual(['a:[w]×1 from 10', 'a:[xzv]×3 from 0', 'b:[y]×1 from 0'])
  })

  test('CB1 the key of the record in hand stays as it is, whatever is sent for others', () => {
    const bench = new Combining()
    for (let slice = 0; slice <= combinerSlicesMax; slice++) bench.record(`k${slice}`, 'x', slice * 10)
    expect(bench.take()).toEqual(['k0:[x]×1 from 0'])
    expect(bench.keys.key).toBe(`k${combinerSlicesMax}`)
  })

  test('CB1 of a reduce a record that is alone goes as it is', () => {
    const bench = new Combining({ fn: { kind: 'reduce', reduce: ((a: string, b: string) => a + b) as never } })
    bench.record('a', 'x', 1).record('b', 'y', 2).record('a', 'z', 3).combiner.flush()
    expect(bench.take()).toEqual(['a:[xz]×2 from 0', 'b:y@2'])
  })

  test('CB1 a partial that was sent is never touched again', () => {
    const lists: WindowFunction = {
      kind: 'aggregate',
      aggregate: {
        init: () => [],
        add: (a: number[], b: number) => {
          a.push(b)
          return a
        },
        merge: (a: number[], b: number[]) => [...a, ...b],
      } as never,
    }
    const bench = new Combining({ fn: lists })
    bench.record('a', 1, 1).record('a', 2, 1).combiner.flush()
    bench.record('a', 3, 1).record('a', 4, 1).combiner.flush()
    expect(bench.take()).toEqual(['a:[1,2]×2 from 0', 'a:[3,4]×2 from 0'])
  })
})

describe('when it is sent', () => {
  test('CB2 before a watermark goes what it closes, and only that', () => {
    const bench = new Combining()
    bench.record('a', 'x', 1).record('a', 'y', 2).record('a', 'z', 12).control(wm(8))
    expect(bench.take()).toEqual(['WATERMARK'])
    bench.control(wm(9))
    expect(bench.take()).toEqual(['a:[xy]×2 from 0', 'WATERMARK'])
    bench.control(wm(100))
    expect(bench.take()).toEqual(['a:[z]×1 from 10', 'WATERMARK'])
  })

  for (const control of [barrier, idleControl, endControl]) {
    test(`CB2 before ${control.kind} goes everything`, () => {
      const bench = new Combining()
      bench.record('a', 'x', 1).record('a', 'y', 2).record('b', 'z', 12).control(control)
      expect(bench.take().sort()).toEqual([control.kind, 'a:[xy]×2 from 0', 'b:[z]×1 from 10'].sort())
      expect(bench.combiner.nextTime).toBe(Number.POSITIVE_INFINITY)
    })
  }

  test('CB2 nothing is held for longer than its time', () => {
    const bench = new Combining()
    bench.combiner.tick(1_000)
    bench.record('a', 'x', 1)
    bench.combiner.tick(1_001)
    expect(bench.combiner.nextTime).toBe(1_001 + combinerHoldMs)
    bench.record('a', 'y', 1).combiner.tick(1_000 + combinerHoldMs)
    expect(bench.take()).toEqual([])
    bench.combiner.tick(1_001 + combinerHoldMs)
    expect(bench.take()).toEqual(['a:[xy]×2 from 0'])
    expect(bench.combiner.nextTime).toBe(Number.POSITIVE_INFINITY)
  })

  test('CB3 a record of a slice that the watermark has closed goes as it is, and so does one without a time', () => {
    const bench = new Combining()
    bench.control(wm(9)).record('a', 'x', 3).record('a', 'y', Number.NaN).record('a', 'z', Number.NEGATIVE_INFINITY)
    bench.record('a', 'w', Number.POSITIVE_INFINITY)
    expect(bench.take()).toEqual(['WATERMARK', 'a:x@3', 'a:y@NaN', 'a:z@-Infinity', 'a:w@Infinity'])
  })

  test('CB3 from IDLE to the next watermark records go as they are', () => {
    const bench = new Combining()
    bench.control(idleControl).record('a', 'x', 3).record('a', 'z', Number.NEGATIVE_INFINITY).control(activeControl).record('a', 'y', 3)
    expect(bench.take()).toEqual(['IDLE', 'a:x@3', 'a:z@-Infinity', 'ACTIVE', 'a:y@3'])
    bench.control(wm(1)).record('a', 'v', 3).record('a', 'w', 3)
    expect(bench.take()).toEqual(['WATERMARK'])
  })
})

describe('bounds', () => {
  /** Two records of each key, so that it is worth while. */
  const pairs = (bench: Combining, from: number, to: number): void => {
    for (let key = from; key < to; key++) bench.record(key, 'x', 1).record(key, 'y', 1).record(key, 'z', 1)
  }

  test('CB4 no more keys in slices are held than the table has room for', () => {
    const bench = new Combining({ entriesMax: 16 })
    pairs(bench, 0, 16)
    expect(bench.take()).toEqual([])
    pairs(bench, 16, 17)
    expect(bench.take()).toEqual(Array.from({ length: 16 }, (_, key) => `${key}:[xyz]×3 from 0`))
  })

  test('CB4 keys that were held before count until the next barrier', () => {
    const bench = new Combining({ entriesMax: 16 })
    pairs(bench, 0, 10)
    bench.control(wm(9)).take()
    for (let key = 10; key < 16; key++) bench.record(key, 'x', 11)
    expect(bench.take()).toEqual([])
    bench.record(16, 'x', 11)
    expect(bench.take()).toHaveLength(6)
  })

  test('CB4 the oldest slice goes when there are too many', () => {
    const bench = new Combining()
    for (let slice = combinerSlicesMax; slice >= 0; slice--) bench.record('a', slice, slice * 10)
    expect(bench.take()).toEqual(['a:[1]×1 from 10'])
  })
})

describe('where keys hardly repeat', () => {
  let next = 1_000
  const rare = (bench: Combining, n: number): void => {
    for (let i = 0; i < n; i++) bench.record(next++, 'x', 1)
  }
  const often = (bench: Combining, n: number): void => {
    for (let i = 0; i < n; i++) bench.record(i % 4, 'x', 1)
  }

  test('CB5 it rests after a trial of a part of its table, and what it held goes first', () => {
    const bench = new Combining({ entriesMax: 64 })
    rare(bench, 4)
    expect(bench.take()).toEqual([])
    bench.record('last', 'x', 1)
    expect(bench.take()).toEqual([...[4, 3, 2, 1].map((back) => `${next - back}:[x]×1 from 0`), 'last:x@1'])
    often(bench, 10)
    expect(bench.take()).toHaveLength(10)
  })

  test('CB5 it tries again after a rest, with a greater part; each rest is longer, until it was worth while', () => {
    const bench = new Combining({ entriesMax: 64 })
    const { combiner } = bench
    rare(bench, 5)
    combiner.tick(0)
    combiner.tick(combinerRestFirstMs - 1)
    often(bench, 1)
    expect(bench.take()).toHaveLength(6)
    combiner.tick(combinerRestFirstMs)
    rare(bench, 8)
    expect(bench.take()).toEqual([])
    rare(bench, 9)
    expect(bench.take()).toHaveLength(17)
    combiner.tick(combinerRestFirstMs)
    combiner.tick(3 * combinerRestFirstMs - 1)
    often(bench, 1)
    expect(bench.take()).toHaveLength(1)
    combiner.tick(3 * combinerRestFirstMs)
    often(bench, 200)
    combiner.flush()
    expect(bench.take()).toHaveLength(4)
    for (let round = 0; round < 2; round++) rare(bench, 65)
    bench.take()
    combiner.tick(10_000)
    combiner.tick(10_000 + combinerRestFirstMs)
    often(bench, 8)
    expect(bench.take()).toEqual([])
  })

  test('CB5 a clock that goes back does not lengthen the rest', () => {
    const bench = new Combining({ entriesMax: 64 })
    rare(bench, 5)
    bench.combiner.tick(50_000)
    bench.combiner.tick(10)
    bench.combiner.tick(10 + combinerRestFirstMs)
    bench.take()
    often(bench, 4)
    expect(bench.take()).toEqual([])
  })
})

describe('what user code throws', () => {
  const failingOn = (bad: string) => (a: string, b: string) => {
    if (b === bad || a === bad) throw new Error(`no ${bad}`)
    return a + b
  }

  test('CB6 an aggregate that throws names the record in hand', () => {
    const fn = (bad: string): WindowFunction => ({
      kind: 'aggregate',
      aggregate: { init: () => '', add: failingOn(bad), merge: (a: string, b: string) => a + b } as never,
    })
    expect(() => new Combining({ fn: fn('x') }).record('a', 'x', 1)).toThrow('no x for x@1 of a')
    const second = new Combining({ fn: fn('y') }).record('a', 'x', 1)
    expect(() => second.record('a', 'y', 2)).toThrow('no y for y@2 of a')
    const third = new Combining({ fn: fn('z') }).record('a', 'x', 1).record('a', 'y', 2)
    expect(() => third.record('a', 'z', 3)).toThrow('no z for z@3 of a')
  })

  test('CB6 a reduce that throws may blame either record: what it was given goes on, in order, for the window to judge', () => {
    const bench = new Combining({ fn: { kind: 'reduce', reduce: failingOn('x') as never } })
    bench.record('a', 'x', 1).record('a', 'y', 2)
    expect(bench.take()).toEqual(['a:x@1', 'a:y@2'])
    bench.record('a', 'u', 3).record('a', 'v', 4).record('a', 'x', 5).record('a', 'w', 6).combiner.flush()
    expect(bench.take()).toEqual(['a:[uv]×2 from 0', 'a:x@5', 'a:w@6'])
  })
})
