// Which operator a window gets, what the plan says about it, and what is refused when the job is built.

import { describe, expect, test } from 'vitest'
import { count, global, session, sliding, tumbling } from '../../src/windows/assigner.ts'
import { evict } from '../../src/windows/evictor.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import { trigger } from '../../src/windows/trigger.ts'
import { planned, sums, type TestWindow } from './window-operators.ts'

const unmerged: WindowFunction = { kind: 'aggregate', aggregate: { init: () => 0, add: (n: number) => n + 1 } as never }

describe('the plan of a window', () => {
  test.each<[path: string, notes: readonly string[], window: TestWindow, fn: WindowFunction]>([
    ['sliced', [], { assigner: tumbling(10) }, sums.reduce],
    ['sliced', [], { assigner: tumbling(10), lateness: 5 }, unmerged],
    ['sliced', [], { assigner: sliding(10, 10) }, unmerged],
    ['sliced', [], { assigner: tumbling(10), trigger: trigger.eventTime() }, sums.process],
    ['sliced', ['each record updates one slice, which all its windows share'], { assigner: sliding(30, 1) }, sums.aggregate],
    ['sliced', ['keeps each record once, in slices'], { assigner: sliding(30, 1) }, sums.process],
    ['session', [], { assigner: session(10) }, sums.aggregate],
    ['session', [], { assigner: session(() => 10), lateness: 3 }, sums.process],
    ['general', ['each record updates 30 windows because aggregate has no merge'], { assigner: sliding(30, 1) }, unmerged],
    ['general', ['each record updates 11 windows because aggregate has no merge'], { assigner: sliding(31, 3) }, unmerged],
    [
      'general',
      ['each record updates 3 windows because each has its own trigger (every 2 elements)'],
      { assigner: sliding(3, 1), trigger: trigger.count(2) },
      sums.reduce,
    ],
    [
      'general',
      [
        'each record updates 3 windows because an evictor chooses for each window',
        'keeps every record because of its evictor, which keeps 2 elements',
      ],
      { assigner: sliding(3, 1), evictor: evict.count(2) },
      sums.reduce,
    ],
    [
      'sliced',
      ['each record updates one slice, which all its windows share'],
      { assigner: sliding(3, 1, { time: 'processing' }) },
      sums.reduce,
    ],
    [
      'general',
      ['each record updates 3 windows because aggregate has no merge'],
      { assigner: sliding(3, 1, { time: 'processing' }) },
      unmerged,
    ],
    ['sliced', [], { assigner: tumbling(3, { time: 'processing' }) }, unmerged],
    ['general', [], { assigner: tumbling(3, { time: 'processing' }), trigger: trigger.eventTime() }, sums.reduce],
    ['general', ['each record updates 2 windows because windows by number are not sliced'], { assigner: count(10, 5) }, sums.reduce],
    ['general', [], { assigner: tumbling(10), trigger: trigger.purging(trigger.eventTime()) }, sums.reduce],
    ['general', [], { assigner: tumbling(10), evictor: evict.time(5) }, sums.process],
    ['general', [], { assigner: session(10), trigger: trigger.every(5) }, sums.reduce],
    ['general', [], { assigner: session(10, { time: 'processing' }) }, sums.reduce],
    ['general', [], { assigner: global(), trigger: trigger.end() }, unmerged],
  ])('WI20 %s, %j', (path, notes, window, fn) => {
    const plan = planned(window, fn)
    expect(plan.path).toBe(path)
    expect(plan.notes).toEqual(notes)
  })

  test.each<[string, TestWindow, WindowFunction, RegExp]>([
    ['a global window that never fires', { assigner: global() }, sums.reduce, /never ends, so it never fires/],
    [
      'the end of the stream for windows that are gone by then',
      { assigner: tumbling(5), trigger: trigger.end() },
      sums.reduce,
      /trigger.end\(\) never fires for tumbling windows of 5 ms/,
    ],
    [
      'the same under purging',
      { assigner: count(5), trigger: trigger.purging(trigger.end()) },
      sums.reduce,
      /never fires for windows of 5 elements/,
    ],
    ['negative lateness', { assigner: tumbling(5), lateness: -1 }, sums.reduce, /lateness of -1 ms/],
    ['lateness by the clock', { assigner: tumbling(5, { time: 'processing' }), lateness: 1 }, sums.reduce, /only windows in event time/],
    ['lateness of elements', { assigner: count(5), lateness: 1 }, sums.reduce, /only windows in event time/],
    ['sessions without merge', { assigner: session(5) }, unmerged, /no merge, and sessions with a gap of 5 ms merge/],
  ])('WI2 %s is refused by name', (_name, window, fn, words) => {
    expect(() => planned(window, fn)).toThrow(words)
    expect(() => planned(window, fn)).toThrow(expect.objectContaining({ code: 'JOB_INVALID', operator: 'window' }))
  })
})
