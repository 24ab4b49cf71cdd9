// The context of one life of an actor, and all that this life holds: timers, watches, clean-ups, its abort signal. Children belong to the
// cell, which stops them.
//
// `close` lets go of everything that could still bring a message; `cleanUp` runs what the actor's code asked for at its end.

import { MillraceError } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import type { Cancel } from '../ports/clock.ts'
import type { ActorRef, EngineRef, Terminated } from './actor-ref.ts'
import type { AskOptions, ChildOptions, EngineChildOptions, EngineContext, EngineSetup, Setup } from './behaviour.ts'
import type { Cell, TerminationListener } from './cell.ts'
import type { Kernel } from './kernel.ts'
import { Notice } from './mailbox.ts'
import { behaviourProps, engineProps } from './props.ts'

export class Incarnation implements EngineContext<unknown> {
  readonly self: EngineRef<unknown>
  readonly #cell: Cell
  readonly #kernel: Kernel
  readonly #timers = new Map<Notice, Cancel>()
  readonly #watches = new Map<string | Cell, Watch>()
  readonly #cleanups: (() => void)[] = []
  #log: Logger | undefined
  #controller: AbortController | undefined
  #closed = false

  constructor(cell: Cell, kernel: Kernel) {
    this.self = cell.ref
    this.#cell = cell
    this.#kernel = kernel
  }

  get log(): Logger {
    this.#log ??= withActor(this.#kernel.logger, this.#cell.address)
    return this.#log
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#closed) this.abort()
    }
    return this.#controller.signal
  }

  spawn<C>(name: string, setup: Setup<C>, options: ChildOptions<C, unknown> = {}): ActorRef<C> {
    this.#mustBeOpen()
    return this.#kernel.spawn(this.#cell, name, behaviourProps(setup, options)).ref
  }

  spawnEngine<C>(name: string, make: EngineSetup<C>, options: EngineChildOptions<unknown> = {}): EngineRef<C> {
    this.#mustBeOpen()
    return this.#kernel.spawn(this.#cell, name, engineProps(make, options)).ref
  }

  stop(actor: ActorRef<never> = this.self): void {
    const cell = this.#kernel.cellOf(actor)
    if (cell === undefined) return
    if (cell !== this.#cell && cell.parent !== this.#cell) {
      throw new MillraceError('USAGE', `${this.self.address} cannot stop ${actor.address}: an actor stops its children and itself`)
    }
    cell.requestStop()
  }

  watch(actor: ActorRef<never>, message: (ended: Terminated) => unknown): void {
    this.#mustBeOpen()
    const target = this.#kernel.cellOf(actor)
    if (target === this.#cell)
      throw new MillraceError('USAGE', `${actor.address} watches itself: it cannot be told of its own end, use onStop`)
    this.unwatch(actor)
    const key = target ?? actor.address
    const watch: Watch = new Watch(this.#cell, target, message, () => {
      if (this.#watches.get(key) === watch) this.#watches.delete(key)
    })
    this.#watches.set(key, watch)
    if (target === undefined) watch.terminated({ address: actor.address, reason: 'unknown' })
    else target.listen(watch)
  }

  unwatch(actor: ActorRef<never>): void {
    for (const key of [this.#kernel.cellOf(actor), actor.address]) {
      if (key === undefined) continue
      this.#watches.get(key)?.cancel()
      this.#watches.delete(key)
    }
  }

  setTimer(delayMs: number, message: unknown): Cancel {
    this.#mustBeOpen()
    const notice = new Notice(() => {
      this.#timers.delete(notice)
      return message
    })
    const cancelTimer = this.#kernel.clock.setTimer(delayMs, () => this.#cell.notify(notice))
    this.#timers.set(notice, cancelTimer)
    return () => {
      notice.cancelled = true
      cancelTimer()
      this.#timers.delete(notice)
    }
  }

  ask<Q, R>(actor: ActorRef<Q>, question: (replyTo: ActorRef<R>) => Q, options: AskOptions): Promise<R> {
    return this.#kernel.ask(actor, question, options)
  }

  onStop(cleanup: () => void): void {
    this.#mustBeOpen()
    this.#cleanups.push(cleanup)
  }

  /** Tells code that awaits something that this life is over. */
  abort(): void {
    this.#controller?.abort(new MillraceError('TERMINATED', `${this.self.address} stops`))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.abort()
    for (const [notice, cancelTimer] of this.#timers) {
      notice.cancelled = true
      cancelTimer()
    }
    for (const watch of this.#watches.values()) watch.cancel()
    this.#timers.clear()
    this.#watches.clear()
  }

  /** @returns what the clean-ups threw */
  cleanUp(): unknown[] {
    const thrown: unknown[] = []
    for (let cleanup = this.#cleanups.pop(); cleanup !== undefined; cleanup = this.#cleanups.pop()) {
      try {
        cleanup()
      } catch (error) {
        thrown.push(error)
      }
    }
    return thrown
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new MillraceError('USAGE', `a context of ${this.self.address} is used after that life of the actor ended`)
  }
}

/** One watch of one actor by another: one notice, unless it is cancelled first. */
class Watch implements TerminationListener {
  readonly #watcher: Cell
  readonly #target: Cell | undefined
  readonly #message: (ended: Terminated) => unknown
  readonly #delivered: () => void
  #notice: Notice | undefined
  #cancelled = false

  constructor(watcher: Cell, target: Cell | undefined, message: (ended: Terminated) => unknown, delivered: () => void) {
    this.#watcher = watcher
    this.#target = target
    this.#message = message
    this.#delivered = delivered
  }

  terminated(ended: Terminated): void {
    if (this.#cancelled) return
    this.#notice = new Notice(() => {
      this.#delivered()
      return this.#message(ended)
    })
    this.#watcher.notify(this.#notice)
  }

  cancel(): void {
    this.#cancelled = true
    if (this.#notice !== undefined) this.#notice.cancelled = true
    this.#target?.unlisten(this)
  }
}

function withActor(logger: Logger, actor: string): Logger {
  return {
    debug: (message, fields) => logger.debug(message, { ...fields, actor }),
    info: (message, fields) => logger.info(message, { ...fields, actor }),
    warn: (message, fields) => logger.warn(message, { ...fields, actor }),
    error: (message, fields) => logger.error(message, { ...fields, actor }),
  }
}
