// Slices: where their edges are, and which windows they belong to.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SliceLayout } from '../../src/windows/slices.ts'

/** Slices from the one that holds `from` until `to` is reached. */
function edges(layout: SliceLayout, from: number, to: number): number[] {
  const found: number[] = []
  for (let start = layout.start(from); start <= to; start = layout.end(start)) found.push(start)
  return found
}

describe('slices', () => {
  test('WI4 where the slide divides the size there is one slice a slide', () => {
    expect(edges(new SliceLayout({ size: 6, slide: 2, offset: 1 }), -3, 5)).toEqual([-3, -1, 1, 3, 5])
  })

  test('WI4 where it does not there are two, at the starts and the ends of windows', () => {
    expect(edges(new SliceLayout({ size: 60_001, slide: 1_000, offset: 0 }), 0, 3_000)).toEqual([0, 1, 1_000, 1_001, 2_000, 2_001, 3_000])
    expect(edges(new SliceLayout({ size: 5, slide: 3, offset: 0 }), -3, 6)).toEqual([-3, -1, 0, 2, 3, 5, 6])
  })

  test('WI4 a tumbling window is one slice', () => {
    const layout = new SliceLayout({ size: 10, slide: 10, offset: -3 })
    expect(edges(layout, 0, 20)).toEqual([-3, 7, 17])
    expect(layout.windowsOf(7)).toEqual([{ start: 7, end: 17 }])
    expect(layout.windowsPerSlice).toBe(1)
  })

  test('WI4 every window is a run of whole slices, and a slice knows its windows', () => {
    const shapes = fc.record({
      slide: fc.integer({ min: 1, max: 12 }),
      more: fc.integer({ min: 0, max: 40 }),
      offset: fc.integer({ min: -11, max: 11 }),
      time: fc.integer({ min: -100, max: 100 }),
    })
    fc.assert(
      fc.property(shapes, ({ slide, more, offset, time }) => {
        const size = slide + more
        const layout = new SliceLayout({ size, slide, offset: offset % slide })
        const start = layout.start(time)
        const end = layout.end(start)
        expect(start <= time && time < end).toBe(true)
        const holding = layout.windowsOf(start)
        // By the definition: windows start at offset + n × slide.
        const defined = Array.from({ length: 300 }, (_, n) => ({
          start: (n - 150) * slide + (offset % slide),
          end: (n - 150) * slide + (offset % slide) + size,
        }))
        expect(holding).toEqual(defined.filter((window) => window.start <= time && time < window.end))
        // No window begins or ends inside.
        expect(defined.some((window) => (window.start > start && window.start < end) || (window.end > start && window.end < end))).toBe(
          false,
        )
        expect(layout.lastWindowEnd(start)).toBe(holding.at(-1)!.end)
        expect(layout.windowEndFrom(time)).toBe(defined.find((window) => window.end >= time)!.end)
        expect(holding.length).toBeLessThanOrEqual(layout.windowsPerSlice)
      }),
    )
  })
})
