// Who runs next: the queue of actors that have something to do, and the bursts in which they run.
//
// 1. Ready actors take turns in the order in which they became ready; one that has more to do goes to the end.
// 2. A burst ends after `turnBudgetMs` or `turnsMax` turns; then the thread is given back, so that I/O and timers proceed.
// 3. The clock is read between turns, rarer while they are short (a reading costs as much as a short turn): the distance between readings
//    doubles up to `turnsPerReadingMax` and falls back to one turn as soon as turns are long.
// 4. A burst with nothing left to do goes on when a microtask makes an actor ready within its time and its number of turns: what promises
//    bring at once does not wait for a round of I/O, and I/O waits no longer than for any burst.
// 5. With `pick`, a burst is one turn of the picked actor: every interleaving is open to who picks, and to the dispatcher.

import { turnBudgetMs, turnMessagesMax, turnsMax, turnsPerReadingMax } from '../model/limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Dispatcher } from '../ports/dispatcher.ts'
import { Ring } from './ring.ts'

export interface Runnable {
  /** One turn with at most so many messages. Never throws. True = has more to do. */
  turn(messagesMax: number): boolean
}

export class Scheduler {
  readonly #clock: Clock
  readonly #dispatcher: Dispatcher
  readonly #pick: ((ready: number) => number) | undefined
  readonly #ready = new Ring<Runnable>()
  readonly #burst = (): void => {
    this.#last = this.#clock.monotonic()
    this.#end = this.#last + turnBudgetMs
    this.#turns = 0
    this.#run()
  }
  readonly #continuation = (): void => this.#run()
  #armed = false
  /** End of the last burst's time, the turns that it has had, and the last reading of the clock. */
  #end = Number.NEGATIVE_INFINITY
  #turns = 0
  #last = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, dispatcher: Dispatcher, pick?: (ready: number) => number) {
    this.#clock = clock
    this.#dispatcher = dispatcher
    this.#pick = pick
  }

  /** `actor` has something to do. It must not be in the queue already, nor in a turn. */
  enqueue(actor: Runnable): void {
    this.#ready.push(actor)
    if (this.#armed) return
    this.#armed = true
    const { soon } = this.#dispatcher
    if (soon !== undefined && this.#goesOn()) soon(this.#continuation)
    else this.#dispatcher.defer(this.#burst)
  }

  /** Whether the last burst has time and turns left. */
  #goesOn(): boolean {
    if (this.#pick !== undefined || this.#turns >= turnsMax || this.#last >= this.#end) return false
    this.#last = this.#clock.monotonic()
    return this.#last < this.#end
  }

  #run(): void {
    if (this.#pick === undefined) this.#runInTurn()
    else this.#runPicked(this.#pick)
    this.#armed = this.#ready.length > 0
    if (this.#armed) this.#dispatcher.defer(this.#burst)
  }

  #runInTurn(): void {
    const ready = this.#ready
    const clock = this.#clock
    const end = this.#end
    let reading = this.#turns + 1
    let stride = 1
    while (this.#turns < turnsMax && ready.length > 0) {
      const actor = ready.shift()
      const turns = ++this.#turns
      if (actor.turn(turnMessagesMax)) ready.push(actor)
      if (turns < reading) continue
      const now = clock.monotonic()
      stride = now - this.#last < turnBudgetMs / turnsPerReadingMax ? Math.min(stride * 2, turnsPerReadingMax) : 1
      this.#last = now
      if (now >= end) return
      reading = turns + stride
    }
  }

  #runPicked(pick: (ready: number) => number): void {
    const actor = this.#ready.take(pick(this.#ready.length))
    if (actor.turn(1)) this.#ready.push(actor)
  }
}
