// Runs the promises of one async operator, and hands their outcomes back in batches.
//
// For the subtask around it:
//   const calls = new PromiseCalls(wake)      one for each async operator of its chain, given out as `context.calls`
//   wake()                                    is called when the first outcome of a batch is there: ask for a turn.
//                                             It is not called again before the next `deliver`
//   calls.deliver(onCompleted)                first thing in that turn, after `now` has been read and before timers:
//                                             hands over every outcome that has gathered, in the order in which they came
//   calls.close(reason)                       at the end of the attempt: aborts what is in flight; nothing is delivered any more
// `wake` is called in a microtask, or inside `start` when the function throws at once; it must not run the operator itself.
//
// No closure, no controller and no outcome object a record: the two handlers of a promise belong to a slot that serves many calls one after
// the other, and an AbortController exists only where a signal was read. A promise settles once, so a slot is free as soon as its outcome is
// delivered. One that was cancelled is left to its promise and never used again, so a call that never settles costs nothing once it is
// forgotten.

import type { AsyncCalls, AsyncContext, AsyncFunction } from '../src/operators/operator.ts'

export class PromiseCalls implements AsyncCalls {
  readonly #wake: () => void
  readonly #slots: Slot[] = []
  /** Slots without a call: the first `#freed` of the list. */
  readonly #free: Slot[] = []
  #freed = 0
  /** Slots whose outcome has not been delivered, in the order of their settling, and how many. Two lists in turn, never shortened. */
  #settled: Slot[] = []
  #delivered: Slot[] = []
  #count = 0

  constructor(wake: () => void) {
    this.#wake = wake
  }

  /** Calls whose outcome has neither been delivered nor been forgotten. */
  get open(): number {
    return this.#slots.length - this.#freed
  }

  start(id: number, fn: AsyncFunction, value: unknown, attempt: number): void {
    const slot = this.#freed === 0 ? this.#createSlot() : this.#free[--this.#freed]!
    slot.id = id
    const context = new CallContext(slot, id, attempt)
    try {
      // What is no promise, or a thenable that answers twice, becomes one that settles once.
      Promise.resolve((fn as (value: unknown, context: AsyncContext) => unknown)(value, context)).then(slot.fulfilled, slot.rejected)
    } catch (thrown) {
      slot.rejected(thrown)
    }
  }

  cancel(id: number, reason: Error): void {
    const slot = this.#slots.find((one) => one.id === id)
    if (slot !== undefined) this.#forget(slot, reason)
  }

  /** @param onCompleted `outcome` is the call's value if `ok`, else its error */
  deliver(onCompleted: (id: number, ok: boolean, outcome: unknown) => void): void {
    const settled = this.#settled
    const count = this.#count
    this.#settled = this.#delivered
    this.#delivered = settled
    this.#count = 0
    for (let i = 0; i < count; i++) {
      const slot = settled[i]!
      const { id, ok, outcome } = slot
      if (id < 0) continue
      slot.id = -1
      slot.outcome = undefined
      if (slot.controller !== undefined) slot.controller = undefined
      this.#free[this.#freed++] = slot
      onCompleted(id, ok, outcome)
    }
  }

  close(reason: Error): void {
    for (const slot of this.#slots.filter(({ id }) => id >= 0)) this.#forget(slot, reason)
  }

  #createSlot(): Slot {
    const slot: Slot = new Slot(() => {
      this.#settled[this.#count++] = slot
      if (this.#count === 1) this.#wake()
    })
    this.#slots.push(slot)
    return slot
  }

  #forget(slot: Slot, reason: Error): void {
    this.#slots.splice(this.#slots.indexOf(slot), 1)
    slot.forget(reason)
  }
}

class Slot {
  /** -1 = no call. */
  id = -1
  ok = false
  /** Value or error. */
  outcome: unknown = undefined
  /** Of a call whose signal was read. */
  controller: AbortController | undefined = undefined
  readonly fulfilled: (value: unknown) => void
  readonly rejected: (error: unknown) => void
  /** The call that was cancelled, after which the slot serves no other, and why. */
  #cancelled = -1
  #reason: Error | undefined = undefined

  constructor(settled: () => void) {
    this.fulfilled = (value) => {
      if (this.id < 0) return
      this.ok = true
      this.outcome = value
      settled()
    }
    this.rejected = (error) => {
      if (this.id < 0) return
      this.ok = false
      this.outcome = error
      settled()
    }
  }

  /** The signal of call `id` is read for the first time. */
  signalled(id: number, controller: AbortController): void {
    if (this.id === id) this.controller = controller
    else if (this.#cancelled === id) controller.abort(this.#reason)
  }

  forget(reason: Error): void {
    const { controller } = this
    this.#cancelled = this.id
    this.#reason = reason
    this.id = -1
    this.controller = undefined
    this.outcome = undefined
    controller?.abort(reason)
  }
}

class CallContext implements AsyncContext {
  readonly attempt: number
  readonly #slot: Slot
  readonly #id: number
  #controller: AbortController | undefined = undefined

  constructor(slot: Slot, id: number, attempt: number) {
    this.attempt = attempt
    this.#slot = slot
    this.#id = id
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      this.#slot.signalled(this.#id, this.#controller)
    }
    return this.#controller.signal
  }
}
