// Assigners: which windows an element belongs to, as plain descriptions that are checked when they are made.
//
// It owns the descriptions and their rules. Who executes them is decided by planWindow (operators/plan-window.ts), because most windows
// need no object per element at all.

import { type Duration, toMs } from '../model/duration.ts'
import { MillraceError } from '../model/errors.ts'
import type { AnyWindow, CountWindow, GlobalWindow, TimeWindow } from './window.ts'

/** The clock that windows go by: timestamps and watermarks, or the clock of the machine that processes. */
export type WindowTime = 'event' | 'processing'

/** How elements of type T fall into windows of type W. Made by `tumbling`, `sliding`, `session`, `global`, `count`, `windows`. */
export interface Assigner<in T, out W, out Merging extends boolean = false> {
  readonly '~type': (e: T) => [W, Merging]
}

export interface SessionOptions {
  /** 'event' unless set. */
  time?: WindowTime | undefined
}

export interface WindowOptions extends SessionOptions {
  /** Moves all windows by this much, such as '-8 h' for days in UTC+8; less than one slide in either direction. */
  offset?: Duration | undefined
}

export interface SlicedAssigner {
  readonly kind: 'tumbling' | 'sliding'
  readonly size: number
  /** Equal to `size` for tumbling windows. */
  readonly slide: number
  readonly offset: number
  readonly time: WindowTime
}

export interface SessionAssigner {
  readonly kind: 'session'
  /** ms, or a function of the element. */
  readonly gap: number | ((element: never) => Duration)
  readonly time: WindowTime
}

export interface GlobalAssigner {
  readonly kind: 'global'
}

export interface CountAssigner {
  readonly kind: 'count'
  readonly size: number
  readonly slide: number
}

export interface CustomAssigner {
  readonly kind: 'custom'
  readonly assign: (element: never, time: number) => Iterable<TimeWindow>
  readonly merging: boolean
  readonly time: WindowTime
}

export type AnyAssigner = SlicedAssigner | SessionAssigner | GlobalAssigner | CountAssigner | CustomAssigner

/**
 * Windows of `size` that follow each other without a gap.
 * @throws JOB_INVALID for a size that is not positive, and an offset of a size or more
 */
export function tumbling(size: Duration, o: WindowOptions = {}): Assigner<unknown, TimeWindow> {
  const sizeMs = positive(toMs(size, 'the size of tumbling windows'), 'the size of tumbling windows')
  return describe({ kind: 'tumbling', size: sizeMs, slide: sizeMs, offset: offsetOf(o, sizeMs), time: o.time ?? 'event' })
}

/**
 * Windows of `size`, a new one every `slide`; an element belongs to each window that holds its time.
 * @throws JOB_INVALID for sizes that are not positive, a slide longer than the size (elements would be lost), an offset of a slide or more
 */
export function sliding(size: Duration, slide: Duration, o: WindowOptions = {}): Assigner<unknown, TimeWindow> {
  const sizeMs = positive(toMs(size, 'the size of sliding windows'), 'the size of sliding windows')
  const slideMs = positive(toMs(slide, 'the slide of sliding windows'), 'the slide of sliding windows')
  if (slideMs > sizeMs) {
    throw invalid(`sliding windows of ${sizeMs} ms every ${slideMs} ms would lose what falls between them: make the slide at most the size`)
  }
  return describe({ kind: 'sliding', size: sizeMs, slide: slideMs, offset: offsetOf(o, slideMs), time: o.time ?? 'event' })
}

/**
 * Windows per key that end when nothing came for `gap`. Elements whose spans [time, time + gap) overlap or touch share a session.
 * @param gap the same for all, or a function of the element; the session's end is the furthest that any of its elements reaches
 * @throws JOB_INVALID for a gap that is not positive
 */
export function session<T = unknown>(gap: Duration | ((e: T) => Duration), o: SessionOptions = {}): Assigner<T, TimeWindow, true> {
  if ((o as WindowOptions).offset !== undefined) throw invalid('session windows have no offset: they begin with their first element')
  const checked =
    typeof gap === 'function'
      ? (gap as (element: never) => Duration)
      : positive(toMs(gap, 'the gap of session windows'), 'the gap of session windows')
  return describe({ kind: 'session', gap: checked, time: o.time ?? 'event' })
}

/** One window for everything of a key; it needs a trigger, because nothing ever ends it. */
export function global(): Assigner<unknown, GlobalWindow> {
  return describe({ kind: 'global' })
}

/**
 * Windows of `size` elements of a key, a new one every `slide` elements (`size` unless set). The first windows are shorter where the
 * slide is less than the size: count(10, 5) fires after 5, 10, 15, … elements, with at most the last 10.
 * @throws JOB_INVALID for numbers that are no positive integers, and a slide greater than the size
 */
export function count(size: number, slide: number = size): Assigner<unknown, CountWindow> {
  const valid = Number.isSafeInteger(size) && Number.isSafeInteger(slide) && size > 0 && slide > 0
  if (!valid) throw invalid(`count windows of ${size} elements every ${slide}: both must be positive integers`)
  if (slide > size) throw invalid(`count windows of ${size} elements every ${slide} would lose elements: make the slide at most the size`)
  return describe({ kind: 'count', size, slide })
}

export interface CustomWindows<in T, M extends boolean> extends SessionOptions {
  /**
   * The windows of one element; none = the element is counted as late. A window needs integers start ≤ end.
   * @param time the element's timestamp, or the clock where `time` is 'processing'
   */
  assign: (element: T, time: number) => Iterable<TimeWindow>
  /** Whether windows of a key that overlap or touch become one. */
  merging: M
}

/** Windows by a rule of your own. They are not sliced: each element updates each of its windows. */
export function windows<T = unknown, M extends boolean = false>(o: CustomWindows<T, M>): Assigner<T, TimeWindow, M> {
  return describe({ kind: 'custom', assign: o.assign, merging: o.merging, time: o.time ?? 'event' })
}

/** The description inside an assigner. */
export function assignerOf(assigner: Assigner<never, AnyWindow, boolean>): AnyAssigner {
  const described = assigner as unknown as Partial<AnyAssigner> | undefined
  if (described?.kind === undefined) throw invalid('this is no assigner: make it with tumbling, sliding, session, global, count or windows')
  return described as AnyAssigner
}

/** The clock that ends the windows of an assigner; undefined where none does. */
export const timeOf = (assigner: AnyAssigner): WindowTime | undefined => ('time' in assigner ? assigner.time : undefined)

export const mergesWindows = (assigner: AnyAssigner): boolean =>
  assigner.kind === 'session' || (assigner.kind === 'custom' && assigner.merging)

/** Words for plans and error messages. */
export function assignerText(assigner: AnyAssigner): string {
  switch (assigner.kind) {
    case 'tumbling':
      return `tumbling windows of ${assigner.size} ms${offsetText(assigner)}`
    case 'sliding':
      return `sliding windows of ${assigner.size} ms every ${assigner.slide} ms${offsetText(assigner)}`
    case 'session':
      return typeof assigner.gap === 'number' ? `sessions with a gap of ${assigner.gap} ms` : 'sessions with a gap per element'
    case 'count':
      return `windows of ${assigner.size} elements every ${assigner.slide}`
    case 'global':
      return 'the global window'
    case 'custom':
      return 'custom windows'
  }
}

const offsetText = ({ offset }: SlicedAssigner): string => (offset === 0 ? '' : `, offset ${offset} ms`)

// The phantom '~type' exists for the compiler only.
const describe = <T, W, M extends boolean>(described: AnyAssigner): Assigner<T, W, M> =>
  Object.freeze(described) as unknown as Assigner<T, W, M>

function offsetOf(o: WindowOptions, slide: number): number {
  const offset = toMs(o.offset ?? 0, 'the offset of windows') + 0
  if (Math.abs(offset) >= slide)
    throw invalid(`an offset of ${offset} ms moves windows by a slide (${slide} ms) or more: use ${offset % slide} ms`)
  return offset
}

function positive(value: number, what: string): number {
  if (value <= 0) throw invalid(`${what} is ${value} ms: it must be positive`)
  return value
}

const invalid = (message: string): MillraceError => new MillraceError('JOB_INVALID', message)
