// The simulated world: one heap of events in virtual time, and processes that live in it.
//
// 1. Nothing here reads a real clock. Virtual time moves only when nothing is left to do at the present moment: events that are due, turns
//    that were deferred, and promises that settle by themselves come first.
// 2. A run is a function of its choices: the same choices fire the same events in the same order, and the trace's hash proves it.
// 3. A process that was killed has no effect any more: its events do not fire, and its ports take calls and do nothing.
// Disks, faults and what runs in the processes are others' business.

import { MillraceError } from '../model/errors.ts'
import { type Logger, silentLogger } from '../model/logger.ts'
import type { Cancel } from '../ports/clock.ts'
import { Choices } from './choices.ts'
import { EventHeap, type SimEvent } from './event-heap.ts'
import { SimProcess } from './process.ts'
import { Trace } from './trace.ts'

export interface SimWorldOptions {
  /** Default: drawn from the seed. */
  readonly choices?: Choices | undefined
  /** What wall clocks show when the world begins, ms since the epoch. Default 2026-01-01T00:00Z. */
  readonly startMs?: number | undefined
  /** Virtual time that a turn takes, ms. Default 0: time stands still while there is work. */
  readonly turnMs?: number | undefined
  /** A choice of the world decides which ready actor runs next. Default: the one that waited longest. */
  readonly shuffled?: boolean | undefined
  /** Told of each line that a process logs. Default: nobody. */
  readonly logger?: Logger | undefined
  /** True while something outside of the simulated world may still come back, such as a real file being read: time then waits for it. */
  readonly awaitsOutside?: (() => boolean) | undefined
  /** Called at a crash point; true ends the process there. */
  readonly crashesAt?: ((process: SimProcess, point: string) => boolean) | undefined
}

export interface RunLimits {
  /** Rejects when virtual time would go beyond this, ms since the world began. Default: none. */
  readonly untilMs?: number | undefined
  /** Rejects when more events than this have happened. Default: none. */
  readonly eventsMax?: number | undefined
}

/** Midnight of a Thursday. */
const startMsDefault = 1_767_225_600_000
/** Events at one moment: whoever needs more than this does not end. */
const eventsAtOnceMax = 1_000_000
/** Turns of the event loop that an empty world waits for a promise that nothing in it will settle. */
const idleHopsMax = 20_000

export class SimWorld {
  readonly choices: Choices
  readonly trace = new Trace()
  readonly startMs: number
  readonly turnMs: number
  readonly shuffled: boolean
  readonly logger: Logger
  /** How often each crash point was reached. */
  readonly pointsReached = new Map<string, number>()
  readonly #options: SimWorldOptions
  readonly #heap = new EventHeap()
  #timeMs = 0
  #orders = 0
  #processes = 0

  constructor(seed: number, options: SimWorldOptions = {}) {
    this.choices = options.choices ?? new Choices(seed)
    this.startMs = options.startMs ?? startMsDefault
    this.turnMs = options.turnMs ?? 0
    this.shuffled = options.shuffled ?? false
    this.logger = options.logger ?? silentLogger
    this.#options = options
  }

  /** Virtual time, ms since the world began. */
  get timeMs(): number {
    return this.#timeMs
  }

  /** Starts a process: ports of its own into this world. */
  process(): SimProcess {
    return new SimProcess(this, ++this.#processes)
  }

  /** Calls back in virtual time. An event of a process does not fire after its death. */
  after(delayMs: number, fire: () => void, owner?: SimProcess): Cancel {
    if (delayMs === Number.POSITIVE_INFINITY) return () => undefined
    const at = this.#timeMs + Math.max(0, delayMs)
    const guarded = owner === undefined ? fire : () => owner.run(fire)
    const event: SimEvent = { at, order: this.#orders++, fire: guarded, owner: owner?.id ?? 0 }
    this.#heap.push(event)
    return () => {
      event.fire = undefined
    }
  }

  /** A process came to a named point. @returns whether it ends there */
  atCrashPoint(process: SimProcess, point: string): boolean {
    this.pointsReached.set(point, (this.pointsReached.get(point) ?? 0) + 1)
    return this.#options.crashesAt?.(process, point) ?? false
  }

  /**
   * Lets time pass until a promise has settled, and gives what it came to.
   * Rejects with USAGE when nothing can happen any more, or virtual time came to its limit, while the promise is still open.
   */
  async runUntil<T>(promise: PromiseLike<T>, limits: RunLimits = {}): Promise<T> {
    let settled = false
    const mark = (): void => {
      settled = true
    }
    promise.then(mark, mark)
    const until = limits.untilMs ?? Number.POSITIVE_INFINITY
    const eventsMax = this.trace.events + (limits.eventsMax ?? Number.POSITIVE_INFINITY)
    let atOnce = 0
    let idle = 0
    // Whether promises may be under way that no event of this world stands for.
    let unsettled = true
    for (;;) {
      await undefined
      if (settled) return promise
      if (this.#fireDue()) {
        unsettled = true
        if (this.trace.events > eventsMax) throw this.#stuck(`not done after ${limits.eventsMax} events: something spins`)
        if (++atOnce > eventsAtOnceMax) throw this.#stuck(`${eventsAtOnceMax} events happened at one moment: something spins`)
      } else if (unsettled || this.#options.awaitsOutside?.() === true) {
        unsettled = false
        await turnOfTheLoop()
      } else if (this.#heap.next !== undefined) {
        idle = 0
        atOnce = 0
        if (this.#heap.next.at > until) throw this.#stuck(`not done after ${until} ms of virtual time`)
        this.#timeMs = this.#heap.next.at
      } else {
        if (++idle > idleHopsMax) throw this.#stuck('nothing can happen any more, and what is waited for has not come')
        await turnOfTheLoop()
      }
    }
  }

  /** Fires one event that is due at the present moment. @returns false when there is none */
  #fireDue(): boolean {
    for (let next = this.#heap.next; next !== undefined; next = this.#heap.next) {
      if (next.fire !== undefined && next.at > this.#timeMs) return false
      this.#heap.pop()
      const { fire } = next
      if (fire === undefined) continue
      next.fire = undefined
      this.trace.event(next.at, next.order, next.owner)
      fire()
      return true
    }
    return false
  }

  #stuck(why: string): MillraceError {
    return new MillraceError('USAGE', `the simulated world stands still at ${this.#timeMs} ms: ${why}`)
  }
}

/** All promises that can settle without the world's help have settled after it. */
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
