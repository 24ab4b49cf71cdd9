// Which windows one element belongs to, for the windows that are not sliced. Earliest end first.

import { duration } from '../model/duration.ts'
import { MillraceError } from '../model/errors.ts'
import type { AnyAssigner, SessionAssigner, SlicedAssigner } from './assigner.ts'
import { type AnyWindow, globalWindow, type TimeWindow, windowStart } from './window.ts'

/**
 * @param time timestamp of the element, or the clock where windows go by it
 * @param n number of the element for its key, where windows count
 */
export type Assign = (element: unknown, time: number, n: number) => readonly AnyWindow[]

export function assignOf(assigner: AnyAssigner): Assign {
  switch (assigner.kind) {
    case 'tumbling':
    case 'sliding':
      return slicedWindows(assigner)
    case 'session':
      return (element, time) => [{ start: time, end: time + gapOf(assigner, element) }]
    case 'global': {
      const all = [globalWindow]
      return () => all
    }
    case 'count':
      return (_element, _time, n) => countWindows(assigner.size, assigner.slide, n)
    case 'custom':
      return (element, time) => eachChecked(assigner.assign(element as never, time))
  }
}

/** Where the slide divides the size, all times of a slide have the same windows: one list serves them all. */
function slicedWindows({ size, slide, offset }: SlicedAssigner): Assign {
  const divides = size % slide === 0
  let newest = Number.NaN
  let windows: TimeWindow[] = []
  return (_element, time) => {
    const last = windowStart(time, slide, offset)
    if (last === newest && divides) return windows
    newest = last
    windows = []
    for (let start = last; start + size > time; start -= slide) windows.push({ start, end: start + size })
    windows.reverse()
    return windows
  }
}

function countWindows(size: number, slide: number, n: number): AnyWindow[] {
  const windows: AnyWindow[] = []
  for (let to = (Math.floor(n / slide) + 1) * slide; to - size <= n; to += slide) windows.push({ from: Math.max(0, to - size), to })
  return windows
}

/** The gap of one element. Throws USER_CODE for one that is no positive duration. */
export function gapOf({ gap }: Pick<SessionAssigner, 'gap'>, element: unknown): number {
  if (typeof gap === 'number') return gap
  const given = gap(element as never)
  const ms = typeof given === 'number' ? given : duration(given)
  if (Number.isSafeInteger(ms) && ms > 0) return ms
  throw new MillraceError('USER_CODE', `the gap of a session is ${ms} ms: it must be positive, in whole milliseconds`)
}

/** An array is not gone through as any iterable is, which costs 150 ns. */
function eachChecked(given: Iterable<TimeWindow>): readonly TimeWindow[] {
  if (!Array.isArray(given)) return Array.from(given, checked)
  const windows = new Array<TimeWindow>(given.length)
  for (let i = 0; i < given.length; i++) windows[i] = checked(given[i])
  return windows
}

function checked({ start, end }: TimeWindow): TimeWindow {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start <= end) return { start, end }
  throw new MillraceError(
    'USER_CODE',
    `a custom window from ${start} to ${end} is not usable: both are whole ms, and the start is not behind the end`,
  )
}
