// Timers of a process function, of both kinds of time: the handle that user code sets them by, and their firing.

import { MillraceError } from '../model/errors.ts'
import { checkTimer } from '../model/refusals.ts'
import type { KeyedStore } from '../state/keyed-store.ts'
import { TimerQueue } from '../state/timers.ts'
import type { OperatorContext } from './operator.ts'

/** A timer that fires, as user code sees it. */
export interface FiredTimer {
  readonly at: number
  readonly name: string | undefined
  readonly time: 'event' | 'processing'
}

/** What user code sets timers by. */
export interface TimersHandle {
  eventTime(at: number, name?: string): void
  processingTime(at: number, name?: string): void
  cancel(at: number, name?: string): void
}

/** Counts timers that would have gone on for ever at the end of input. */
const refusedCounter = 'timers refused at the end'
/** Counts processing-time timers that were still waiting at the end of input. */
const waitingCounter = 'timers waiting at the end'

export class TimerService {
  readonly handle: TimersHandle
  readonly #event: TimerQueue
  readonly #processing: TimerQueue
  readonly #context: OperatorContext
  readonly #names: readonly (string | undefined)[]

  constructor(context: OperatorContext, store: KeyedStore, declared: readonly string[]) {
    this.#context = context
    this.#names = [undefined, ...declared]
    this.#event = new TimerQueue('event', store, this.#names)
    this.#processing = new TimerQueue('processing', store, this.#names)
    context.keyedPart(this.#event)
    context.keyedPart(this.#processing)
    this.handle = {
      eventTime: (at, name) => this.#set(this.#event, at, name),
      processingTime: (at, name) => this.#set(this.#processing, at, name),
      cancel: (at, name) => {
        const number = this.#numberOf(name)
        this.#event.cancel(at, number)
        this.#processing.cancel(at, number)
      },
    }
  }

  /** Processing time of the next timer; Infinity = none. */
  get nextTime(): number {
    return this.#processing.next
  }

  /** False = there are more. The timer's key is selected in the store while `run` runs. */
  fireEvent(time: number, budget: number, run: (timer: FiredTimer) => void): boolean {
    return this.#event.fire(time, budget, (at, name) => run({ at, name: this.#names[name], time: 'event' }))
  }

  fireProcessing(now: number, budget: number, run: (timer: FiredTimer) => void): boolean {
    return this.#processing.fire(now, budget, (at, name) => run({ at, name: this.#names[name], time: 'processing' }))
  }

  /** The input has ended: what waits for processing time does not fire. */
  ended(): void {
    if (this.#processing.size > 0) this.#context.count(waitingCounter, this.#processing.size)
  }

  #set(queue: TimerQueue, at: number, name: string | undefined): void {
    checkTimer(at)
    if (!queue.set(at, this.#numberOf(name))) this.#context.count(refusedCounter, 1)
  }

  #numberOf(name: string | undefined): number {
    if (name === undefined) return 0
    const number = this.#names.indexOf(name)
    if (number > 0) return number
    const { id } = this.#context
    const known = this.#names.length === 1 ? 'declare it in timers' : `declared are ${this.#names.slice(1).join(', ')}`
    throw new MillraceError('USER_CODE', `operator ${id}: timer ${JSON.stringify(name)} is not declared: ${known}`)
  }
}

/** In place of timers where there is no `onTimer` for them to call. */
export function timersRefused(id: string): TimersHandle {
  const refuse = (): never => {
    throw new MillraceError('USER_CODE', `operator ${id} sets a timer and has no onTimer for it to call: add onTimer`)
  }
  return { eventTime: refuse, processingTime: refuse, cancel: refuse }
}
