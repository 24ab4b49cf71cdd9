// The merging set: which windows become one, and whose state survives.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MergingSet } from '../../src/windows/merging-set.ts'
import { cover, type TimeWindow, touches } from '../../src/windows/window.ts'

type Span = readonly [start: number, end: number]
const spanOf = ({ start, end }: TimeWindow): Span => [start, end]

/** A set whose states are the windows that they were made for, and a record of its merges. */
class Recorded {
  readonly set = new MergingSet<Span>()
  merges: { readonly into: Span; readonly states: readonly Span[] }[] = []

  /** The window that holds the added one, and its state. */
  add(start: number, end: number): { window: Span; state: Span } {
    const { window, state } = this.set.add({ start, end }, spanOf, (covering, from) => {
      this.merges.push({ into: spanOf(covering), states: from.map((merged) => merged.state) })
    })
    return { window: spanOf(window), state }
  }

  retire(start: number): void {
    this.set.retire(this.set.open.find(({ window }) => window.start === start)!)
  }
}

describe('the merging set', () => {
  test('WI3 a growing session keeps the state of its first window', () => {
    const recorded = new Recorded()
    expect(recorded.add(0, 4)).toEqual({ window: [0, 4], state: [0, 4] })
    expect(recorded.merges).toEqual([])
    expect(recorded.add(3, 5)).toEqual({ window: [0, 5], state: [0, 4] })
    expect(recorded.add(4, 6)).toEqual({ window: [0, 6], state: [0, 4] })
    expect(recorded.merges.map(({ into }) => into)).toEqual([
      [0, 5],
      [0, 6],
    ])
    expect(recorded.add(1, 4)).toEqual({ window: [0, 6], state: [0, 4] })
    expect(recorded.merges).toHaveLength(2)
    expect(recorded.add(11, 14)).toEqual({ window: [11, 14], state: [11, 14] })
    expect(recorded.add(10, 13)).toEqual({ window: [10, 14], state: [11, 14] })
    expect(recorded.add(12, 15)).toEqual({ window: [10, 15], state: [11, 14] })
    recorded.retire(0)
    expect(recorded.set.open.map(({ window }) => spanOf(window))).toEqual([[10, 15]])
  })

  test('WI3 a window between others makes them one, and the states of the later ones are merged into the first', () => {
    const recorded = new Recorded()
    for (const start of [0, 5, 10]) recorded.add(start, start + 3)
    expect(recorded.add(8, 10)).toEqual({ window: [5, 13], state: [5, 8] })
    expect(recorded.merges).toEqual([
      {
        into: [5, 13],
        states: [
          [5, 8],
          [10, 13],
        ],
      },
    ])
    expect(recorded.add(3, 5)).toEqual({ window: [0, 13], state: [0, 3] })
    expect(recorded.merges[1]).toEqual({
      into: [0, 13],
      states: [
        [0, 3],
        [5, 8],
      ],
    })
    expect(recorded.set.open).toHaveLength(1)
  })

  test('WI3 a covering window takes the state of the one inside', () => {
    const recorded = new Recorded()
    recorded.add(1, 2)
    expect(recorded.add(0, 3)).toEqual({ window: [0, 3], state: [1, 2] })
  })

  test('WI3 an identical window merges nothing', () => {
    const recorded = new Recorded()
    recorded.add(1, 2)
    expect(recorded.add(1, 2)).toEqual({ window: [1, 2], state: [1, 2] })
    expect(recorded.merges).toEqual([])
    expect(recorded.set.meets({ start: 2, end: 3 })).toBe(true)
    expect(recorded.set.meets({ start: 3, end: 4 })).toBe(false)
  })

  test('WI3 whatever the order, open windows are the connected spans', () => {
    const spans = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 6 })), { maxLength: 25 })
    fc.assert(
      fc.property(spans, (added) => {
        const recorded = new Recorded()
        for (const [start, length] of added) recorded.add(start, start + length)
        expect(recorded.set.open.map(({ window }) => spanOf(window))).toEqual(connected(added))
      }),
    )
  })
})

function connected(added: readonly (readonly [number, number])[]): Span[] {
  const windows: TimeWindow[] = []
  const sorted = added.map(([start, length]) => ({ start, end: start + length })).sort((a, b) => a.start - b.start)
  for (const window of sorted) {
    const last = windows.at(-1)
    if (last !== undefined && touches(last, window)) windows[windows.length - 1] = cover(last, window)
    else windows.push(window)
  }
  return windows.map(spanOf)
}
