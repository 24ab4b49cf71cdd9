// The mailbox of one actor: two bounded lanes, control before data, each in the order of arrival.
//
// Notices of the kernel (timers, ends of watched actors, failures of children) go on the control lane and are never refused: each was asked
// for by the actor itself, which bounds them. A notice makes its message when it is taken, and none if it was cancelled meanwhile: so a
// cancelled timer or watch is never heard of again, wherever it was on its way.

import { Ring } from './ring.ts'

export class Notice {
  cancelled = false
  readonly #make: () => unknown

  constructor(make: () => unknown) {
    this.#make = make
  }

  /** Runs code of the actor: in its turn only. */
  message(): unknown {
    return this.#make()
  }
}

/** What `take` gives when nothing is there; `undefined` is a message like any other. */
export const nothing: unique symbol = Symbol('nothing')

export class Mailbox {
  readonly #control = new Ring<unknown>()
  readonly #data = new Ring<unknown>()
  readonly #controlMax: number
  readonly #dataMax: number

  constructor(controlMax: number, dataMax: number) {
    this.#controlMax = controlMax
    this.#dataMax = dataMax
  }

  get isEmpty(): boolean {
    return this.#control.length === 0 && this.#data.length === 0
  }

  /** False when the lane is full: the message was not taken. */
  offerControl(message: unknown): boolean {
    if (this.#control.length >= this.#controlMax) return false
    this.#control.push(message)
    return true
  }

  offerData(message: unknown): boolean {
    if (this.#data.length >= this.#dataMax) return false
    this.#data.push(message)
    return true
  }

  notify(notice: Notice): void {
    this.#control.push(notice)
  }

  /** The next message, or `nothing`. */
  take(): unknown {
    const control = this.#control
    while (control.length > 0) {
      const message = control.shift()
      if (!(message instanceof Notice)) return message
      if (!message.cancelled) return message.message()
    }
    return this.#data.length > 0 ? this.#data.shift() : nothing
  }

  /** Empties it: every message that is no notice, in the order in which they would have been taken. */
  drain(): unknown[] {
    const left: unknown[] = []
    for (const lane of [this.#control, this.#data]) {
      while (lane.length > 0) {
        const message = lane.shift()
        if (!(message instanceof Notice)) left.push(message)
      }
    }
    return left
  }
}
