// A process in the simulated world: the ports that its engine runs on. After its death they take calls and do nothing; while it is paused,
// what comes to it waits.

import { MillraceError } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import type { Cancel, Clock } from '../ports/clock.ts'
import type { CrashPoints } from '../ports/crash-points.ts'
import type { Dispatcher } from '../ports/dispatcher.ts'
import type { Random } from '../ports/random.ts'
import type { SimWorld } from './world.ts'

export class SimProcess {
  /** Counts the processes of a world, from 1. */
  readonly id: number
  readonly clock: Clock
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly crashPoints: CrashPoints
  readonly logger: Logger
  /** Which ready actor runs next; undefined = the one that waited longest. */
  readonly pick: ((ready: number) => number) | undefined
  readonly #world: SimWorld
  readonly #ended: (() => void)[] = []
  /** What came while it was paused, in order; undefined = it is not paused. */
  #held: (() => void)[] | undefined
  #alive = true
  #skewMs = 0

  constructor(world: SimWorld, id: number) {
    this.id = id
    this.#world = world
    const chance = world.choices.stream('engine')
    const order = world.choices.stream('order')
    this.clock = {
      now: () => world.startMs + Math.floor(world.timeMs) + this.#skewMs,
      monotonic: () => world.timeMs,
      setTimer: (delayMs: number, fire: () => void): Cancel => (this.#alive ? world.after(delayMs, fire, this) : () => undefined),
    }
    this.dispatcher = {
      defer: (turn) => {
        if (this.#alive) world.after(world.turnMs, turn, this)
      },
    }
    this.random = { next: () => (this.#alive ? chance.next() : 0) }
    this.crashPoints = {
      reached: (name) => {
        if (this.endsAt(name)) throw new MillraceError('TERMINATED', `the process ended at ${name}`)
      },
    }
    this.logger = {
      debug: (text, fields) => this.#alive && world.logger.debug(text, { process: id, ...fields }),
      info: (text, fields) => this.#alive && world.logger.info(text, { process: id, ...fields }),
      warn: (text, fields) => this.#alive && world.logger.warn(text, { process: id, ...fields }),
      error: (text, fields) => this.#alive && world.logger.error(text, { process: id, ...fields }),
    }
    this.pick = world.shuffled ? (ready) => (ready === 1 ? 0 : order.below(ready)) : undefined
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Ends it, between two events or within one. */
  kill(): void {
    if (!this.#alive) return
    this.#alive = false
    for (const listener of this.#ended.splice(0)) listener()
  }

  /** Runs something in it: now, when it goes on after a pause, or never when it is dead. */
  run(action: () => void): void {
    if (!this.#alive) return
    if (this.#held === undefined) action()
    else this.#held.push(action)
  }

  /** Stops it where it stands, between two events, as a debugger or an overloaded machine does. Others do not notice. */
  pause(): void {
    this.#held ??= []
  }

  /** Lets it go on: it catches up on all that came meanwhile, as one event each. */
  resume(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const action of held) this.#world.after(0, action, this)
  }

  get paused(): boolean {
    return this.#held !== undefined
  }

  /** It comes to a named point. @returns whether it is dead behind it */
  endsAt(point: string): boolean {
    if (this.#alive && this.#world.atCrashPoint(this, point)) this.kill()
    return !this.#alive
  }

  /** Calls back at its death. */
  onEnd(listener: () => void): void {
    this.#ended.push(listener)
  }

  /** Sets its wall clock this much forward, ms; negative: back. */
  jumpClock(byMs: number): void {
    this.#skewMs += byMs
  }
}
