// Runs one trigger over many windows: the context that it sees, its timers, and the order in which windows have their turn.
//
// It owns both orders of due times and the times of clean-up; windows keep their timers themselves, so that they go into checkpoints with
// them. A timer that a trigger sets while the last watermark or the end is being handled is ignored: nothing may go on for ever.

import { watermarkMax } from '../model/elements.ts'
import type { Key } from '../model/key.ts'
import { checkTimer } from '../model/refusals.ts'
import type { WindowTime } from './assigner.ts'
import { DueHeap } from './due-heap.ts'
import type { TriggerContext, TriggerLogic, TriggerResult } from './trigger-logic.ts'
import { type AnyWindow, lastTimeOf } from './window.ts'
import type { HeldWindow } from './window-table.ts'

/** Where time stands for the window in hand. */
export interface TriggerClock {
  watermark: number
  now: number
}

export class TriggerRunner implements TriggerContext {
  readonly eventHeap = new DueHeap()
  readonly processingHeap = new DueHeap()
  readonly #logic: TriggerLogic<never, unknown>
  readonly #time: WindowTime | undefined
  readonly #lateness: number
  readonly #clock: TriggerClock
  #held!: HeldWindow
  #closing = false

  /** @param time the clock that ends windows; undefined where none does */
  constructor(logic: TriggerLogic<never, unknown>, time: WindowTime | undefined, lateness: number, clock: TriggerClock) {
    this.#logic = logic
    this.#time = time
    this.#lateness = lateness
    this.#clock = clock
  }

  // ── what the trigger sees

  get key(): Key {
    return this.#held.owner.key
  }
  get window(): AnyWindow {
    return this.#held.window
  }
  get lastTime(): number {
    return lastTimeOf(this.#held.window)
  }
  get watermark(): number {
    return this.#clock.watermark
  }
  get now(): number {
    return this.#clock.now
  }
  get state(): unknown {
    return this.#held.state
  }
  set state(state: unknown) {
    this.#held.state = state
  }
  eventTimer(at: number): void {
    checkTimer(at)
    if (!this.#closing) this.#held.eventTimers = withTimer(this.#held.eventTimers, at)
  }
  processingTimer(at: number): void {
    checkTimer(at)
    if (!this.#closing) this.#held.processingTimers = withTimer(this.#held.processingTimers, at)
  }
  cancelEventTimer(at: number): void {
    this.#held.eventTimers = this.#held.eventTimers.filter((timer) => timer !== at)
  }
  cancelProcessingTimer(at: number): void {
    this.#held.processingTimers = this.#held.processingTimers.filter((timer) => timer !== at)
  }

  // ── what the operator calls; `schedule` follows each of them

  newState(): unknown {
    return this.#logic.init()
  }

  element(held: HeldWindow, value: unknown, time: number): TriggerResult {
    this.#held = held
    return this.#logic.onElement(value as never, time, this)
  }

  /** The event timer that is due at `at`, if it is there. */
  eventTime(held: HeldWindow, at: number): TriggerResult {
    if (held.eventTimers[0] !== at) return 'continue'
    this.#held = held
    held.eventTimers = held.eventTimers.slice(1)
    this.#closing = this.#clock.watermark === watermarkMax
    const result = this.#logic.onEventTime?.(at, this) ?? 'continue'
    this.#closing = false
    return result
  }

  processingTime(held: HeldWindow, at: number): TriggerResult {
    if (held.processingTimers[0] !== at) return 'continue'
    this.#held = held
    held.processingTimers = held.processingTimers.slice(1)
    return this.#logic.onProcessingTime?.(at, this) ?? 'continue'
  }

  /** The end has come before the clock: the last timer counts for all. */
  lastProcessingTime(held: HeldWindow): TriggerResult {
    const at = held.processingTimers.at(-1)
    held.processingTimers = []
    if (at === undefined) return 'continue'
    this.#held = held
    this.#closing = true
    const result = this.#logic.onProcessingTime?.(at, this) ?? 'continue'
    this.#closing = false
    return result
  }

  /** `held` has become the window of all `others` too, which go. */
  merged(held: HeldWindow, others: readonly HeldWindow[]): void {
    for (const other of others) held.state = this.#logic.merge!(held.state, other.state)
    held.eventTimers = []
    held.processingTimers = []
    this.#held = held
    this.#logic.onMerge?.(this)
  }

  /** The window goes. */
  clear(held: HeldWindow): void {
    this.#held = held
    this.#logic.clear?.(this)
    this.eventHeap.remove(held.id)
    this.processingHeap.remove(held.id)
  }

  /** When a window goes by event time; Infinity = never. */
  eventEnd({ window }: HeldWindow): number {
    return this.#time === 'event' ? lastTimeOf(window) + this.#lateness : watermarkMax
  }

  processingEnd({ window }: HeldWindow): number {
    return this.#time === 'processing' ? lastTimeOf(window) : watermarkMax
  }

  /** Puts a window where its least due times want it. */
  schedule(held: HeldWindow): void {
    place(this.eventHeap, held, held.eventTimers[0], this.eventEnd(held))
    place(this.processingHeap, held, held.processingTimers[0], this.processingEnd(held))
  }
}

function place(heap: DueHeap, { id, order }: HeldWindow, timer: number | undefined, end: number): void {
  const due = timer === undefined ? end : Math.min(timer, end)
  if (timer === undefined && end === watermarkMax) heap.remove(id)
  else if (!heap.has(id) || heap.dueOf(id) !== due) heap.schedule(id, due, order)
}

/** Timers are few; a sorted list without doubles serves. */
function withTimer(timers: readonly number[], at: number): readonly number[] {
  let before = 0
  while (before < timers.length && timers[before]! < at) before++
  return timers[before] === at ? timers : [...timers.slice(0, before), at, ...timers.slice(before)]
}
