// Windows: the spans of time or of elements that a stream is cut into, and the arithmetic on them.
//
// It owns what a window is and where windows of a fixed size lie. Which windows an element belongs to is said in assigner.ts.

import { watermarkMax } from '../model/elements.ts'

/** From `start` (in) to `end` (out), ms since the epoch. */
export interface TimeWindow {
  readonly start: number
  readonly end: number
}

/** The one window that holds everything. */
export interface GlobalWindow {
  readonly kind: 'global'
}

/** Elements of a key by number: from `from` (in) to `to` (out), counted from 0. */
export interface CountWindow {
  readonly from: number
  readonly to: number
}

export type AnyWindow = TimeWindow | GlobalWindow | CountWindow

export const globalWindow: GlobalWindow = Object.freeze({ kind: 'global' })

export const isTimeWindow = (window: AnyWindow): window is TimeWindow => 'start' in window
export const isCountWindow = (window: AnyWindow): window is CountWindow => 'from' in window

/**
 * Start of the window of `slide` ms that holds `time`: the greatest number ≤ time that is `offset` plus a multiple of `slide`. Right for
 * times before 1970 too, and exact for all safe integers.
 */
export function windowStart(time: number, slide: number, offset: number): number {
  return Math.floor((time - offset) / slide) * slide + offset
}

/** Last instant that belongs to a window, and the timestamp of its results: `end - 1`; the greatest time where no time ends it. */
export const lastTimeOf = (window: AnyWindow): number => (isTimeWindow(window) ? window.end - 1 : watermarkMax)

/** Whether two windows overlap or touch, so that session windows become one. */
export const touches = (a: TimeWindow, b: TimeWindow): boolean => a.start <= b.end && a.end >= b.start

/** The least window that holds both. */
export const cover = (a: TimeWindow, b: TimeWindow): TimeWindow => ({ start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) })

export const sameWindow = (a: TimeWindow, b: TimeWindow): boolean => a.start === b.start && a.end === b.end

/** Earliest end first, then earliest start; windows of the same kind. */
export function compareWindows(a: AnyWindow, b: AnyWindow): number {
  if (isTimeWindow(a) && isTimeWindow(b)) return a.end - b.end || a.start - b.start
  if (isCountWindow(a) && isCountWindow(b)) return a.to - b.to || a.from - b.from
  return 0
}
