// Where windows lie, and which definitions are refused.

import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/model/errors.ts'
import { assignOf } from '../../src/windows/assign.ts'
import { type Assigner, assignerOf, assignerText, count, global, session, sliding, tumbling, windows } from '../../src/windows/assigner.ts'
import { evict, evictorOf } from '../../src/windows/evictor.ts'
import { trigger, triggerOf } from '../../src/windows/trigger.ts'
import { type AnyWindow, windowStart } from '../../src/windows/window.ts'

type Any = Assigner<never, AnyWindow, boolean>
const windowsOf = (assigner: Any, time: number, n = 0): readonly unknown[] =>
  assignOf(assignerOf(assigner))(undefined, time, n).map((window) => Object.values(window))

describe('where windows lie', () => {
  test.each<[name: string, assigner: Any, time: number, windows: readonly unknown[]]>([
    ['tumbling 5000 at 0', tumbling(5000), 0, [[0, 5000]]],
    ['tumbling 5000 at 4999', tumbling(5000), 4999, [[0, 5000]]],
    ['tumbling 5000 at 5000', tumbling(5000), 5000, [[5000, 10000]]],
    ['tumbling with offset 100 at 100', tumbling(5000, { offset: 100 }), 100, [[100, 5100]]],
    ['tumbling with offset 100 at 5099', tumbling(5000, { offset: 100 }), 5099, [[100, 5100]]],
    ['tumbling with offset 100 at 5100', tumbling(5000, { offset: 100 }), 5100, [[5100, 10100]]],
    ['tumbling with offset -100 at 0', tumbling(5000, { offset: -100 }), 0, [[-100, 4900]]],
    ['tumbling with offset -100 at 4900', tumbling(5000, { offset: -100 }), 4900, [[4900, 9900]]],
    ['tumbling with offset 150 at 5300', tumbling(5000, { offset: 150 }), 5300, [[5150, 10150]]],
    ['tumbling in words', tumbling('1 min', { offset: '-8 s' }), 0, [[-8000, 52000]]],
    [
      'sliding 5000/1000 at 0',
      sliding(5000, 1000),
      0,
      [
        [-4000, 1000],
        [-3000, 2000],
        [-2000, 3000],
        [-1000, 4000],
        [0, 5000],
      ],
    ],
    [
      'sliding 5000/1000 at 5000',
      sliding(5000, 1000),
      5000,
      [
        [1000, 6000],
        [2000, 7000],
        [3000, 8000],
        [4000, 9000],
        [5000, 10000],
      ],
    ],
    [
      'sliding 5/3 at 4',
      sliding(5, 3),
      4,
      [
        [0, 5],
        [3, 8],
      ],
    ],
    ['sliding 5/3 at 5', sliding(5, 3), 5, [[3, 8]]],
    ['session 3000 at 10', session(3000), 10, [[10, 3010]]],
    ['count 4 of the 4th element', count(4), 0, [[0, 4]]],
  ])('WI1 %s', (_name, assigner, time, expected) => {
    expect(windowsOf(assigner, time)).toEqual(expected)
  })

  test('WI1 windows of elements are numbered from 0, and the first ones of a shorter slide are shorter', () => {
    expect(windowsOf(count(10, 5), 0, 0)).toEqual([
      [0, 5],
      [0, 10],
    ])
    expect(windowsOf(count(10, 5), 0, 4)).toEqual([
      [0, 5],
      [0, 10],
    ])
    expect(windowsOf(count(10, 5), 0, 5)).toEqual([
      [0, 10],
      [5, 15],
    ])
    expect(windowsOf(count(4), 0, 4)).toEqual([[4, 8]])
    expect(windowsOf(count(5, 3), 0, 3)).toEqual([[1, 6]])
  })

  test.each([
    [-8, 7, 0, -14],
    [-7, 7, 0, -7],
    [-1, 7, 0, -7],
    [0, 7, 0, 0],
    [6, 7, 0, 0],
    [-10, 7, 3, -11],
    [2, 7, 3, -4],
    [3, 7, 3, 3],
    [-12, 7, -2, -16],
    [-3, 7, -2, -9],
    [4, 7, -2, -2],
    [12, 7, -2, 12],
    [1470902048450, 86_400_000, -28_800_000, 1470844800000],
    [Number.MAX_SAFE_INTEGER, 7, 0, Number.MAX_SAFE_INTEGER - (Number.MAX_SAFE_INTEGER % 7)],
  ])('WI1 the start at %d of windows of %d with offset %d is %d', (time, slide, offset, start) => {
    expect(windowStart(time, slide, offset)).toBe(start)
  })
})

describe('what is refused when it is made', () => {
  test.each<[name: string, make: () => unknown, words: RegExp]>([
    ['a negative size', () => tumbling('-1 s'), /size of tumbling windows is -1000 ms/],
    ['a size of 0', () => tumbling(0), /must be positive/],
    ['half a millisecond', () => tumbling(0.5), /whole number/],
    ['an offset beyond the size', () => tumbling('10 s', { offset: '20 s' }), /offset of 20000 ms/],
    ['an offset of a size', () => tumbling('10 s', { offset: '10 s' }), /use 0 ms/],
    ['a negative offset beyond the size', () => tumbling('10 s', { offset: '-11 s' }), /use -1000 ms/],
    ['an offset beyond the slide', () => sliding('20 s', '10 s', { offset: '11 s' }), /use 1000 ms/],
    ['a negative offset beyond the slide', () => sliding('20 s', '10 s', { offset: '-11 s' }), /offset of -11000 ms/],
    ['a slide beyond the size', () => sliding('1 s', '2 s'), /would lose what falls between/],
    ['a slide of 0', () => sliding('1 s', 0), /slide of sliding windows is 0 ms/],
    ['a gap of 0', () => session(0), /gap of session windows is 0 ms/],
    ['a negative gap', () => session('-5 s'), /must be positive/],
    ['a session with an offset', () => session('5 s', { offset: 1 } as never), /no offset/],
    ['no elements', () => count(0), /positive integers/],
    ['half an element', () => count(2.5), /positive integers/],
    ['a slide of elements beyond the size', () => count(2, 3), /would lose elements/],
    ['a trigger at every 0th element', () => trigger.count(0), /positive number of elements/],
    ['a trigger at no interval', () => trigger.every(0), /positive interval/],
    ['an evictor that keeps nothing', () => evict.count(0), /positive number/],
    ['an evictor without a span', () => evict.time('-1 s'), /positive span/],
    ['an evictor without a threshold', () => evict.delta(Number.NaN, () => 0), /threshold/],
    ['what is no assigner', () => assignerOf({} as never), /no assigner/],
    ['what is no trigger', () => triggerOf({} as never), /no trigger/],
    ['what is no evictor', () => evictorOf({} as never), /no evictor/],
  ])('WI2 %s', (_name, make, words) => {
    expect(make).toThrow(MillraceError)
    expect(make).toThrow(words)
    expect(make).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }))
  })

  test('WI2 a custom window that is no window is refused with its record', () => {
    const assign = assignOf(
      assignerOf(windows({ assign: (element: readonly [number, number]) => [{ start: element[0], end: element[1] }], merging: false })),
    )
    expect(assign([3, 3], 0, 0)).toEqual([{ start: 3, end: 3 }])
    expect(() => assign([3, 2], 0, 0)).toThrow(/from 3 to 2/)
    expect(() => assign([0.5, 2], 0, 0)).toThrow(/whole ms/)
  })

  test('WI2 texts for plans name the sizes', () => {
    const texts = [tumbling(5), sliding(6, 2, { offset: 1 }), session(3), session(() => 3), count(4, 2), global()].map((assigner) =>
      assignerText(assignerOf(assigner)),
    )
    expect(texts).toEqual([
      'tumbling windows of 5 ms',
      'sliding windows of 6 ms every 2 ms, offset 1 ms',
      'sessions with a gap of 3 ms',
      'sessions with a gap per element',
      'windows of 4 elements every 2',
      'the global window',
    ])
  })
})
