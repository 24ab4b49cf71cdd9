// Who runs next: the queue of actors that have something to do, and the bursts in which they run.
//
// 1. Ready actors take turns in the order in which they became ready; one that has more to do goes to the end.
// 2. A burst ends after `turnBudgetMs` or `turnsMax` turns; then the thread is given back, so that I/O and timers proceed.
// 3. The clock is read between turns, rarer while they are short (a reading costs as much as a short turn): the distance between readings
//    doubles up to `turnsPerReadingMax` and falls back to one turn as soon as turns are long.
// 4. A burst with nothing left to do goes on when a microtask makes an actor ready within its time and its number of turns: what promises
//    bring at once does not wait for a round of I/O, and I/O waits no longer than for any burst.
// 5. Who waits for the thread to be idle is told at the begin of a burst, behind I/O, and only where nobody is ready: a busy thread tells
//    nobody.
// 6. With `pick`, a burst is one turn of the picked actor: every interleaving is open to who picks, and to the dispatcher.

import { turnBudgetMs, turnMessagesMax, turnsMax, turnsPerReadingMax } from '../model/limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Dispatcher } from '../ports/dispatcher.ts'
import { Ring } from './ring.ts'

export interface Runnable {
  /** One turn with at most so many messages. Never throws. True = has more to do. */
  turn(messagesMax: number): boolean
}

export interface Resting {
  /** Nobody had anything to do. */
  idle(): void
}

export class Scheduler {
  readonly #clock: Clock
  readonly #dispatcher: Dispatcher
  readonly #pick: ((ready: number) => number) | undefined
  readonly #ready = new Ring<Runnable>()
  readonly #resting: Resting[] = []
  readonly #burst = (): void => {
    this.#due = false
    this.#armed = true
    this.#last = this.#clock.monotonic()
    this.#end = this.#last + turnBudgetMs
    this.#turns = 0
    this.#stride = 1
    this.#reading = 1
    if (this.#ready.length === 0) for (const actor of this.#resting.splice(0)) actor.idle()
    this.#run()
  }
  readonly #continuation = (): void => this.#run()
  /** A burst is deferred. */
  #due = false
  /** Who becomes ready is seen: by what runs now, goes on at once, or is due. */
  #armed = false
  /** End of the last burst's time, the turns that it has had, and the last reading of the clock. */
  #end = Number.NEGATIVE_INFINITY
  #turns = 0
  #last = Number.NEGATIVE_INFINITY
  /** The turn of the burst behind which the clock is read again, and how many lie between two readings. */
  #reading = 1
  #stride = 1

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
    else this.#defer()
  }

  /** Tells `actor` once when a burst begins and nobody is ready: all others have done what they could, and I/O had its chance. */
  whenIdle(actor: Resting): void {
    this.#resting.push(actor)
    if (!this.#armed) this.#defer()
  }

  #defer(): void {
    if (this.#due) return
    this.#due = true
    this.#dispatcher.defer(this.#burst)
  }

  /** Whether the last burst has time and turns left. */
  #goesOn(): boolean {
    if (this.#pick !== undefined || this.#turns >= turnsMax || this.#last >= this.#end) return false
    this.#last = this.#clock.monotonic()
    return this.#last < this.#end
  }

  #run(): void {
    if (this.#ready.length > 0) this.#runReady()
    this.#armed = this.#ready.length > 0
    if (this.#ready.length + this.#resting.length > 0) this.#defer()
  }

  #runReady(): void {
    if (this.#pick === undefined) this.#runInTurn()
    else this.#runPicked(this.#pick)
  }

  #runInTurn(): void {
    const ready = this.#ready
    const clock = this.#clock
    const end = this.#end
    while (this.#turns < turnsMax && ready.length > 0) {
      const actor = ready.shift()
      const turns = ++this.#turns
      if (actor.turn(turnMessagesMax)) ready.push(actor)
      if (turns < this.#reading) continue
      const now = clock.monotonic()
      this.#stride = now - this.#last < turnBudgetMs / turnsPerReadingMax ? Math.min(this.#stride * 2, turnsPerReadingMax) : 1
      this.#last = now
      if (now >= end) return
      this.#reading = turns + this.#stride
    }
  }

  #runPicked(pick: (ready: number) => number): void {
    const actor = this.#ready.take(pick(this.#ready.length))
    if (actor.turn(1)) this.#ready.push(actor)
  }
}
