// Runs the promises of one async operator, and hands their outcomes back in batches.
//
// For the subtask around it:
//   const calls = new PromiseCalls(wake)      one for each async operator of its chain, given out as `context.calls`
//   wake()                                    is called when the first outcome of a batch is there: post one message to the mailbox.
//                                             It is not called again before the next `deliver`
//   calls.deliver(onCompleted)                in the turn that takes that message, after `now` has been read and before timers:
//                                             hands over every outcome that has gathered, in the order in which they came
//   calls.close(reason)                       at the end of the attempt: aborts what is in flight; nothing is delivered any more
// `wake` is called in a microtask, or inside `start` when the function throws at once; it must not run the operator itself.
//
// No closure and no controller a record: the two handlers of a promise belong to a slot that serves many calls one after the other, and
// an AbortController exists only where a signal was read. A promise settles once, so a slot is free as soon as its outcome is delivered.
// One that was cancelled is left to its promise and never used again, so a call that never settles costs nothing once it is forgotten.

import type { AsyncCalls, AsyncContext, AsyncFunction, Completion } from '../src/operators/operator.ts'

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
    const context = new CallContext(attempt)
    slot.id = id
    slot.context = context
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

  deliver(onCompleted: (id: number, completion: Completion) => void): void {
    const settled = this.#settled
    const count = this.#count
    this.#settled = this.#delivered
    this.#delivered = settled
    this.#count = 0
    for (let i = 0; i < count; i++) {
      const slot = settled[i]!
      const { id, outcome } = slot
      if (id < 0) continue
      slot.id = -1
      slot.outcome = undefined
      slot.context = undefined
      this.#free[this.#freed++] = slot
      onCompleted(id, outcome!)
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
    const { context } = slot
    slot.id = -1
    slot.context = undefined
    slot.outcome = undefined
    this.#slots.splice(this.#slots.indexOf(slot), 1)
    context?.abort(reason)
  }
}

class Slot {
  /** -1 = no call. */
  id = -1
  context: CallContext | undefined = undefined
  outcome: Completion | undefined = undefined
  readonly fulfilled: (value: unknown) => void
  readonly rejected: (error: unknown) => void

  constructor(settled: () => void) {
    this.fulfilled = (value) => {
      if (this.id < 0) return
      this.outcome = { ok: true, value }
      settled()
    }
    this.rejected = (error) => {
      if (this.id < 0) return
      this.outcome = { ok: false, error }
      settled()
    }
  }
}

class CallContext implements AsyncContext {
  readonly attempt: number
  #controller: AbortController | undefined = undefined
  #reason: Error | undefined = undefined

  constructor(attempt: number) {
    this.attempt = attempt
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  abort(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
