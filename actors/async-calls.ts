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
  /** By the ids of their calls. */
  readonly #slots: Slot[] = []
  /** Slots without a call: the first `#freed` of the list. */
  readonly #free: Slot[] = []
  #freed = 0
  /** Slots whose outcome has not been delivered, in the order of their settling, and how many. Two lists in turn, never shortened. */
  #settled: Slot[] = []
  #delivered: Slot[] = []
  #count = 0
  /** Their values and errors. A new list each time, so that nothing refers to what has been delivered. */
  #outcomes: unknown[] = []

  constructor(wake: () => void) {
    this.#wake = wake
  }

  /** Calls whose outcome has neither been delivered nor been forgotten. */
  get open(): number {
    return this.#slots.length - this.#freed
  }

  start(fn: AsyncFunction, value: unknown, attempt: number, ticket: object): number {
    const slot = this.#freed === 0 ? this.#createSlot(this.#slots.length) : this.#free[--this.#freed]!
    const context = new CallContext(slot, slot.begin(ticket), attempt)
    try {
      // What is no promise, or a thenable that answers twice, becomes one that settles once.
      Promise.resolve((fn as (value: unknown, context: AsyncContext) => unknown)(value, context)).then(slot.fulfilled, slot.rejected)
    } catch (thrown) {
      slot.rejected(thrown)
    }
    return slot.id
  }

  cancel(id: number, reason: Error): void {
    const slot = this.#slots[id]
    if (slot?.isOpen) this.#forget(slot, reason)
  }

  /** @param onCompleted `outcome` is the call's value if `ok`, else its error */
  deliver(onCompleted: (ticket: object, ok: boolean, outcome: unknown) => void): void {
    const settled = this.#settled
    const outcomes = this.#outcomes
    const count = this.#count
    this.#settled = this.#delivered
    this.#delivered = settled
    this.#outcomes = new Array(count)
    this.#count = 0
    for (let i = 0; i < count; i++) {
      const slot = settled[i]!
      if (!slot.isOpen) continue
      const { ticket, ok } = slot
      slot.isOpen = false
      if (slot.controller !== undefined) slot.controller = undefined
      this.#free[this.#freed++] = slot
      onCompleted(ticket, ok, outcomes[i])
    }
  }

  close(reason: Error): void {
    for (const slot of this.#slots) if (slot.isOpen) this.#forget(slot, reason)
  }

  #createSlot(id: number): Slot {
    const slot = new Slot(id, (settled, outcome) => this.#add(settled, outcome))
    this.#slots[id] = slot
    return slot
  }

  #add(settled: Slot, outcome: unknown): void {
    this.#settled[this.#count] = settled
    this.#outcomes[this.#count++] = outcome
    if (this.#count === 1) this.#wake()
  }

  /** Leaves the slot to its promise: another one takes its place. */
  #forget(slot: Slot, reason: Error): void {
    this.#free[this.#freed++] = this.#createSlot(slot.id)
    slot.forget(reason)
  }
}

/** Numbers of the calls of a slot stay below this, so that they are small integers for V8. */
const callsMax = 2 ** 30

/** Of a slot that has not served yet, or whose call was forgotten. */
const noTicket = {}

class Slot {
  readonly id: number
  /** Has a call whose outcome is not delivered. */
  isOpen = false
  ok = false
  ticket: object = noTicket
  /** Of a call whose signal was read. */
  controller: AbortController | undefined = undefined
  readonly fulfilled: (value: unknown) => void
  readonly rejected: (error: unknown) => void
  /** Number of the call that it serves, or that was cancelled, after which it serves no other. */
  #call = 0
  /** Why it was cancelled. */
  #reason: Error | undefined = undefined

  constructor(id: number, settled: (slot: Slot, outcome: unknown) => void) {
    this.id = id
    this.fulfilled = (value) => {
      if (!this.isOpen) return
      this.ok = true
      settled(this, value)
    }
    this.rejected = (error) => {
      if (!this.isOpen) return
      this.ok = false
      settled(this, error)
    }
  }

  /** Another call. @returns its number */
  begin(ticket: object): number {
    this.isOpen = true
    this.ticket = ticket
    this.#call = (this.#call + 1) & (callsMax - 1)
    return this.#call
  }

  /** The signal of a call is read for the first time. */
  signalled(call: number, controller: AbortController): void {
    if (this.#call !== call) return
    if (this.isOpen) this.controller = controller
    else if (this.#reason !== undefined) controller.abort(this.#reason)
  }

  forget(reason: Error): void {
    const { controller } = this
    this.#reason = reason
    this.isOpen = false
    this.ticket = noTicket
    this.controller = undefined
    controller?.abort(reason)
  }
}

/**
 * Fields are declared and not initialised, and none is private to the language: then V8 makes its constructor part of whatever starts a
 * call, however much that is, and a context that nobody looks at is never made. It costs a call 6 ns otherwise.
 */
class CallContext implements AsyncContext {
  declare readonly attempt: number
  declare private readonly slot: Slot
  declare private readonly call: number
  declare private controller: AbortController | undefined

  constructor(slot: Slot, call: number, attempt: number) {
    this.attempt = attempt
    this.slot = slot
    this.call = call
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      this.slot.signalled(this.call, this.controller)
    }
    return this.controller.signal
  }
}
