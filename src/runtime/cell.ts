// One actor: its mailbox, its life, its children, and those who watch it.
//
// 1. Code of the actor runs in `turn` only, so never inside of another actor's turn nor among the reactions of a promise.
// 2. A cell is in the scheduler's queue at most once (`queued`, also during its turn), or idle, or parked: then it waits for something that
//    is not a message (a promise, its children, a pause), and messages do not bring it back.
// 3. A turn never throws. What the actor's code throws is a failure, decided by its supervision.
// 4. Stopping and restarting go the same way: let go of timers and watches, stop the children, then clean up. An actor is gone when its
//    children are, and its watchers are told then, each once.

import { MillraceError, messageOf } from '../model/errors.ts'
import type { Cancel } from '../ports/clock.ts'
import type { Terminated } from './actor-ref.ts'
import { move, type Phase } from './cell-phase.ts'
import type { DeadReason } from './dead-letters.ts'
import { Incarnation } from './incarnation.ts'
import type { Body, Kernel, Props } from './kernel.ts'
import { LocalRef } from './local-ref.ts'
import { Mailbox, Notice, nothing } from './mailbox.ts'
import type { Resting, Runnable } from './scheduler.ts'
import { type Failure, isDefect, Supervisor } from './supervision.ts'

export interface TerminationListener {
  terminated(ended: Terminated): void
}

interface Trouble {
  readonly error: unknown
  /** Being processed when it failed, or `nothing`. */
  readonly message: unknown
  /** Where it began. */
  readonly origin: string
}

const unborn: Body = { receive: () => undefined }

export class Cell implements Runnable, Resting {
  readonly address: string
  readonly name: string
  readonly parent: Cell | undefined
  readonly children = new Map<string, Cell>()
  readonly ref: LocalRef
  readonly #kernel: Kernel
  readonly #props: Props
  readonly #mailbox: Mailbox
  readonly #supervisor: Supervisor
  readonly #listeners = new Set<TerminationListener>()
  #phase: Phase = 'starting'
  #place: 'idle' | 'queued' | 'parked' = 'idle'
  #body: Body = unborn
  #incarnation: Incarnation | undefined
  #woken = false
  /** Waits for the thread to be idle; it was, and no turn has come since. */
  #resting = false
  #wasIdle = false
  /** A stop was asked for, or `#trouble` is there: the next turn is about that. */
  #attention = false
  #stopRequested = false
  #trouble: Trouble | undefined
  #current: unknown = nothing
  #pauseMs = 0
  #cancelPause: Cancel | undefined
  /** How it will have ended, from `stopping` on. */
  #ending: Terminated | undefined
  #ended: Terminated | undefined

  constructor(kernel: Kernel, parent: Cell | undefined, name: string, props: Props) {
    this.address = `${parent?.address ?? ''}/${name}`
    this.name = name
    this.parent = parent
    this.#kernel = kernel
    this.#props = props
    this.#mailbox = new Mailbox(props.controlMax, props.dataMax)
    this.#supervisor = new Supervisor(props.supervision)
    this.ref = new LocalRef(this)
  }

  /** A message for this actor. @returns why it was not taken; it is a dead letter then */
  deliver(message: unknown): DeadReason | undefined {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return this.#dead('stopped', message)
    const { engine, urgent } = this.#props
    const control = urgent === undefined ? engine : urgent(message)
    if (!(control ? this.#mailbox.offerControl(message) : this.#mailbox.offerData(message))) return this.#overflowed(message)
    if (this.#place === 'idle') this.enqueue()
    return undefined
  }

  wake(): void {
    this.#woken = true
    if (this.#place === 'idle') this.enqueue()
  }

  wakeWhenIdle(): void {
    if (this.#resting) return
    this.#resting = true
    this.#kernel.whenIdle(this)
  }

  idle(): void {
    this.#resting = false
    this.#wasIdle = true
    this.wake()
  }

  notify(notice: Notice): void {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return
    this.#mailbox.notify(notice)
    if (this.#place === 'idle') this.enqueue()
  }

  enqueue(): void {
    this.#place = 'queued'
    this.#kernel.enqueue(this)
  }

  listen(listener: TerminationListener): void {
    if (this.#ended === undefined) this.#listeners.add(listener)
    else listener.terminated(this.#ended)
  }

  unlisten(listener: TerminationListener): void {
    this.#listeners.delete(listener)
  }

  requestStop(): void {
    if (this.#stopRequested || this.#phase === 'stopping' || this.#phase === 'stopped') return
    this.#stopRequested = true
    this.#attention = true
    this.#incarnation?.abort()
    if (this.#place === 'idle') this.enqueue()
    else if (this.#phase === 'backing-off') this.#unpark()
  }

  /** Stops it without waiting for a promise of its behaviour, whatever that still does. */
  abandon(): void {
    this.requestStop()
    if (this.#phase !== 'waiting') return
    this.#goTo('running')
    this.#unpark()
  }

  turn(messagesMax: number): boolean {
    if (this.#attention || this.#phase !== 'running') return this.#proceed()
    const mailbox = this.#mailbox
    const body = this.#body
    try {
      for (let n = 0; n < messagesMax; n++) {
        const message = mailbox.take()
        if (message === nothing) break
        this.#current = message
        const pending = body.receive(message)
        if (pending !== undefined) return this.#wait(pending)
        this.#current = nothing
        if (this.#attention) return this.#proceed()
      }
      if (this.#woken) {
        this.#woken = false
        const wasIdle = this.#wasIdle
        this.#wasIdle = false
        if (body.wake?.(wasIdle)) this.#woken = true
      }
    } catch (thrown) {
      return this.#fail({ error: thrown, message: this.#current, origin: this.address })
    }
    return this.#rest()
  }

  /** Ends a turn: queued again if there is more to do. */
  #rest(): boolean {
    if (this.#woken || this.#attention || !this.#mailbox.isEmpty) return true
    this.#place = 'idle'
    return false
  }

  #park(): boolean {
    this.#place = 'parked'
    return false
  }

  #unpark(): void {
    if (this.#place === 'parked') this.enqueue()
  }

  #goTo(phase: Phase): void {
    this.#phase = move(this.#phase, phase, this.address)
  }

  /** A turn that is not about messages. */
  #proceed(): boolean {
    if (this.#phase === 'stopping') return this.#finish()
    if (this.#stopRequested) return this.#beginStop()
    switch (this.#phase) {
      case 'running':
        return this.#fail(this.#trouble!)
      case 'restarting':
        return this.#pause()
      default:
        return this.#start()
    }
  }

  #start(): boolean {
    if (this.#phase === 'backing-off') this.#goTo('starting')
    const incarnation = new Incarnation(this, this.#kernel)
    this.#incarnation = incarnation
    try {
      const body = this.#props.make(incarnation)
      this.#body = body
      if (body.stopped !== undefined) incarnation.onStop(() => body.stopped!())
    } catch (thrown) {
      return this.#fail({ error: thrown, message: nothing, origin: this.address })
    }
    this.#goTo('running')
    return this.#rest()
  }

  #wait(pending: PromiseLike<void>): boolean {
    this.#goTo('waiting')
    pending.then(
      () => this.#settled(undefined),
      (thrown: unknown) => this.#settled({ error: thrown, message: this.#current, origin: this.address }),
    )
    return this.#park()
  }

  #settled(trouble: Trouble | undefined): void {
    // Abandoned meanwhile: the actor is gone, and nobody is left to handle what its promise came to.
    if (this.#phase !== 'waiting') return
    this.#goTo('running')
    this.#current = nothing
    if (trouble !== undefined) {
      this.#trouble = trouble
      this.#attention = true
    }
    this.#place = 'queued'
    if (this.#rest()) this.#kernel.enqueue(this)
  }

  #fail(trouble: Trouble): boolean {
    const { error, message, origin } = trouble
    this.#trouble = undefined
    this.#attention = this.#stopRequested
    this.#current = nothing
    const decision = this.#supervisor.decide(error, this.address, this.#kernel.clock.monotonic())
    const { logger } = this.#kernel
    const say = decision.action === 'restarted' ? logger.warn : logger.error
    say.call(logger, `actor failed and is ${decision.action}`, { actor: this.address, error: messageOf(error) })
    this.#tellParent({ address: this.address, error, ...(message === nothing ? {} : { message }), action: decision.action })
    if (decision.action === 'restarted') return this.#beginRestart(decision.pauseMs)
    if (decision.action === 'escalated') {
      if (this.parent === undefined || isDefect(error)) this.#kernel.failed(decision.error, origin)
      else this.parent.#childEscalated({ error: decision.error, message: nothing, origin })
    }
    return this.#beginStop(decision)
  }

  #tellParent(failure: Failure): void {
    const { failed } = this.#props
    if (failed !== undefined) this.parent?.notify(new Notice(() => failed(failure)))
  }

  /** A child's failure is this actor's. While it ends or begins anew it is rid of that child anyway. */
  #childEscalated(trouble: Trouble): void {
    if (this.#trouble !== undefined || (this.#phase !== 'running' && this.#phase !== 'waiting')) return
    this.#trouble = trouble
    this.#attention = true
    if (this.#place === 'idle') this.enqueue()
  }

  #beginRestart(pauseMs: number): boolean {
    this.#goTo('restarting')
    this.#pauseMs = pauseMs
    return this.#release() ? this.#pause() : this.#park()
  }

  /** The children are gone: cleans up, and makes the behaviour anew, in a later turn. */
  #pause(): boolean {
    this.#cleanUp()
    if (this.#pauseMs === 0) {
      this.#goTo('starting')
      return true
    }
    this.#goTo('backing-off')
    this.#cancelPause = this.#kernel.clock.setTimer(this.#pauseMs, () => this.#unpark())
    return this.#park()
  }

  #beginStop(failed?: { readonly error: unknown }): boolean {
    if (this.#trouble !== undefined) {
      this.#kernel.logger.error('actor failed while it was stopped', { actor: this.address, error: messageOf(this.#trouble.error) })
    }
    this.#cancelPause?.()
    this.#goTo('stopping')
    this.#ending =
      failed === undefined ? { address: this.address, reason: 'stopped' } : { address: this.address, reason: 'failed', error: failed.error }
    for (const message of this.#mailbox.drain()) this.#dead('stopped', message)
    return this.#release() ? this.#finish() : this.#park()
  }

  /** Lets go of what this life of the actor holds. @returns whether its children are gone */
  #release(): boolean {
    this.#incarnation?.close()
    for (const child of this.children.values()) child.requestStop()
    return this.children.size === 0
  }

  #cleanUp(): void {
    for (const error of this.#incarnation?.cleanUp() ?? []) this.#kernel.failed(error, this.address)
    this.#incarnation = undefined
    this.#body = unborn
  }

  #finish(): boolean {
    this.#cleanUp()
    this.#goTo('stopped')
    this.#ended = this.#ending!
    this.#kernel.forget(this)
    if (this.parent !== undefined) this.parent.#childGone(this.name)
    for (const listener of this.#listeners) listener.terminated(this.#ended)
    this.#listeners.clear()
    return this.#park()
  }

  #childGone(name: string): void {
    this.children.delete(name)
    if (this.children.size === 0 && (this.#phase === 'restarting' || this.#phase === 'stopping')) this.#unpark()
  }

  #dead(reason: DeadReason, message: unknown): DeadReason {
    this.#kernel.deadLetters.add(this.address, reason, message)
    return reason
  }

  #overflowed(message: unknown): DeadReason {
    if (this.#props.engine) {
      const why = `the control lane of ${this.address} is full with ${this.#props.controlMax} messages: it does not come to its turns, or is told without bound`
      this.#kernel.failed(new MillraceError('MAILBOX_FULL', why, { fate: 'defect' }), this.address)
    }
    return this.#dead('overflow', message)
  }
}
