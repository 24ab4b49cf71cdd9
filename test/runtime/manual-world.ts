// A clock and a dispatcher that move only when a test says so, and a system on them that records what reaches its rim.

import type { Cancel, Clock } from '../../src/ports/clock.ts'
import type { Dispatcher } from '../../src/ports/dispatcher.ts'
import type { UndeliveredMessage } from '../../src/runtime/dead-letters.ts'
import { type ActorSystem, createSystem, type SystemOptions } from '../../src/runtime/system.ts'

export class ManualClock implements Clock {
  #time = 0
  #timers: { readonly at: number; readonly fire: () => void }[] = []
  /** Added at each reading of `monotonic`. */
  stepMs = 0

  now(): number {
    return 1_000_000 + this.#time
  }

  monotonic(): number {
    this.#time += this.stepMs
    return this.#time
  }

  get pending(): number {
    return this.#timers.length
  }

  setTimer(delayMs: number, fire: () => void): Cancel {
    const timer = { at: this.#time + delayMs, fire }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Moves time on, firing what falls due in the order of due times. */
  advance(ms: number): void {
    const until = this.#time + ms
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#timers = this.#timers.filter((other) => other !== next)
      this.#time = Math.max(this.#time, next.at)
      next.fire()
    }
    this.#time = until
  }
}

export class ManualDispatcher implements Dispatcher {
  readonly #turns: (() => void)[] = []

  get pending(): number {
    return this.#turns.length
  }

  defer(turn: () => void): void {
    this.#turns.push(turn)
  }

  /** One burst. */
  runOne(): void {
    this.#turns.shift()?.()
  }

  run(burstsMax = 100_000): void {
    for (let n = 0; n < burstsMax && this.#turns.length > 0; n++) this.runOne()
    if (this.#turns.length > 0) throw new Error(`still busy after ${burstsMax} bursts`)
  }
}

/** One that can also go on within a burst. */
export class PromptDispatcher extends ManualDispatcher {
  readonly #soon: (() => void)[] = []

  soon = (turn: () => void): void => void this.#soon.push(turn)

  /** Goes on as often as anything wants to; how often that was. */
  goOn(): number {
    let times = 0
    for (let next = this.#soon.shift(); next !== undefined; next = this.#soon.shift(), times++) next()
    return times
  }
}

export interface ManualWorld {
  readonly clock: ManualClock
  readonly dispatcher: ManualDispatcher
  readonly system: ActorSystem
  /** What reached `onFailure`: address and message. */
  readonly failures: string[]
  readonly letters: UndeliveredMessage[]
  /** Runs all turns. */
  run(): void
  /** Runs all turns and lets promises settle, until nothing moves. */
  settle(): Promise<void>
}

export function manualWorld(options: Partial<SystemOptions> = {}): ManualWorld {
  const clock = new ManualClock()
  const dispatcher = new ManualDispatcher()
  const failures: string[] = []
  const letters: UndeliveredMessage[] = []
  const system = createSystem({
    clock,
    dispatcher,
    onFailure: (error, address) => failures.push(`${address}: ${(error as Error).message}`),
    onDeadLetter: (letter) => letters.push(letter),
    ...options,
  })
  const run = (): void => dispatcher.run()
  const settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 8; quiet = dispatcher.pending > 0 ? 0 : quiet + 1) {
      run()
      await Promise.resolve()
    }
  }
  return { clock, dispatcher, system, failures, letters, run, settle }
}
