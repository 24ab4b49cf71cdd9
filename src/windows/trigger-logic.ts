// The trigger contract: when a window's function runs, and when what it has collected goes.
//
// A trigger is logic without fields: everything that it remembers about a window is `context.state`, a plain value that goes into
// checkpoints, and the timers that it sets through the context. So one logic object serves all windows of all keys.

import type { Key } from '../model/key.ts'
import type { WindowTime } from './assigner.ts'
import type { AnyWindow } from './window.ts'

export type TriggerResult =
  /** Nothing happens. */
  | 'continue'
  /** The function runs; the contents stay. */
  | 'fire'
  /** The contents go; the window and the trigger's state stay. */
  | 'purge'
  | 'fire-and-purge'

/** One window of one key, as its trigger sees it. Valid only during the call. */
export interface TriggerContext<S = unknown, W extends AnyWindow = AnyWindow> {
  readonly key: Key
  readonly window: W
  /** `end - 1` of a time window; +Infinity for global and count windows. */
  readonly lastTime: number
  /** Event time so far; -Infinity = unknown. */
  readonly watermark: number
  /** Processing time of this turn, ms since the epoch. */
  readonly now: number
  /** What the trigger remembers: a plain value. */
  state: S
  /** Asks for `onEventTime(at)` when the watermark reaches `at`. The same time twice is one timer. +Infinity = the end of the stream. */
  eventTimer(at: number): void
  /** Asks for `onProcessingTime(at)` when the clock reaches `at`. */
  processingTimer(at: number): void
  cancelEventTimer(at: number): void
  cancelProcessingTimer(at: number): void
}

export interface TriggerLogic<in T = never, S = unknown, W extends AnyWindow = AnyWindow> {
  /** State of a new window. */
  init(): S
  /** An element was added. `time` is its timestamp, NaN = none. */
  onElement(element: T, time: number, context: TriggerContext<S, W>): TriggerResult
  /** A timer that this trigger set; 'continue' if left out. */
  onEventTime?(at: number, context: TriggerContext<S, W>): TriggerResult
  onProcessingTime?(at: number, context: TriggerContext<S, W>): TriggerResult
  /** States of two windows that become one, the earlier first. A trigger without this cannot be used where windows merge. */
  merge?(a: S, b: S): S
  /** Windows became `context.window`: their states are merged, their timers are gone. Sets the timers that are needed now. */
  onMerge?(context: TriggerContext<S, W>): void
  /** The window goes for good. Its timers and its state go by themselves. */
  clear?(context: TriggerContext<S, W>): void
}

/** What a trigger is before it meets its windows. */
export interface TriggerSpec {
  readonly text: string
  /** The default trigger of time windows: when the end of the window is reached. */
  readonly byEnd: WindowTime | undefined
  /** Fires only when the stream ends. */
  readonly atEnd: boolean
  /** @param time the clock of the windows that it serves */
  logic(time: WindowTime): TriggerLogic<never, unknown>
}

export const fires = (result: TriggerResult): boolean => result === 'fire' || result === 'fire-and-purge'
export const purges = (result: TriggerResult): boolean => result === 'purge' || result === 'fire-and-purge'
