// The inside of an actor system: who lives at which address, and the way from a failure that nobody handled to the outside.

import { MillraceError, messageOf } from '../model/errors.ts'
import { idPattern } from '../model/ids.ts'
import { type Logger, silentLogger } from '../model/logger.ts'
import type { Clock } from '../ports/clock.ts'
import type { Dispatcher } from '../ports/dispatcher.ts'
import type { ActorRef } from './actor-ref.ts'
import { ask } from './ask.ts'
import type { AskOptions } from './behaviour.ts'
import { Cell } from './cell.ts'
import { DeadLetters } from './dead-letters.ts'
import type { Kernel, Props } from './kernel.ts'
import { cellOf } from './local-ref.ts'
import { Scheduler } from './scheduler.ts'
import type { SystemOptions } from './system.ts'

export class Core implements Kernel {
  readonly clock: Clock
  readonly logger: Logger
  readonly deadLetters: DeadLetters
  /** Every living actor, by address. */
  readonly cells = new Map<string, Cell>()
  readonly #name: string
  readonly #dispatcher: Dispatcher
  readonly #onFailure: (error: unknown, address: string) => void
  readonly #scheduler: Scheduler
  readonly #emptied: (() => void)[] = []
  #closed = false

  constructor(name: string, options: SystemOptions) {
    this.clock = options.clock
    this.logger = options.logger ?? silentLogger
    this.deadLetters = new DeadLetters(options.onDeadLetter)
    this.#name = name
    this.#dispatcher = options.dispatcher
    this.#onFailure = options.onFailure ?? ((error) => this.#throwOutside(error))
    this.#scheduler = new Scheduler(options.clock, options.dispatcher, options.pick)
  }

  spawn(parent: Cell | undefined, name: string, props: Props): Cell {
    if (this.#closed) throw new MillraceError('TERMINATED', `actor system ${this.#name} is shut down: it starts no actor "${name}"`)
    const parts = parent === undefined ? name.split('/') : [name]
    if (!parts.every((part) => idPattern.test(part))) {
      throw new MillraceError(
        'USAGE',
        `actor name ${JSON.stringify(name)} is not usable: a name has 1 to 64 characters out of A-Z a-z 0-9 _ -`,
      )
    }
    const cell = new Cell(this, parent, name, props)
    if (this.cells.has(cell.address)) {
      throw new MillraceError(
        'USAGE',
        `${cell.address} is taken by an actor that has not stopped yet: choose another name, or watch for its end first`,
      )
    }
    this.cells.set(cell.address, cell)
    parent?.children.set(name, cell)
    cell.enqueue()
    return cell
  }

  enqueue(cell: Cell): void {
    this.#scheduler.enqueue(cell)
  }

  whenIdle(cell: Cell): void {
    this.#scheduler.whenIdle(cell)
  }

  ask<Q, R>(actor: ActorRef<Q>, question: (replyTo: ActorRef<R>) => Q, options: AskOptions): Promise<R> {
    return ask(this, actor, question, options)
  }

  cellOf(actor: ActorRef<never>): Cell | undefined {
    return cellOf(actor)
  }

  failed(error: unknown, address: string): void {
    this.logger.error('no supervision handles this failure', { actor: address, system: this.#name, error: messageOf(error) })
    try {
      this.#onFailure(error, address)
    } catch (thrown) {
      this.#throwOutside(thrown)
    }
  }

  forget(cell: Cell): void {
    this.cells.delete(cell.address)
    if (this.cells.size === 0) for (const done of this.#emptied.splice(0)) done()
  }

  /** Roots are asked first and stop their children: so an actor that waits for an answer of its child still gets it. */
  shutdown(timeoutMs: number): Promise<void> {
    this.#closed = true
    for (const cell of this.cells.values()) if (cell.parent === undefined) cell.requestStop()
    if (this.cells.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const cancelTimer = this.clock.setTimer(timeoutMs, () => this.#abandonAll())
      this.#emptied.push(() => {
        cancelTimer()
        resolve()
      })
    })
  }

  #abandonAll(): void {
    this.logger.warn('actors did not stop in time and are given up', { system: this.#name, actors: [...this.cells.keys()] })
    for (const cell of this.cells.values()) cell.abandon()
  }

  /** Out of any turn, so that no actor's work is torn. */
  #throwOutside(error: unknown): void {
    this.#dispatcher.defer(() => {
      throw error
    })
  }
}
