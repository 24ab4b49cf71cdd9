// What the parts of the kernel need of each other: a cell of its system, and a system of what runs in a cell. Types only.

import type { Logger } from '../model/logger.ts'
import type { Clock } from '../ports/clock.ts'
import type { ActorRef } from './actor-ref.ts'
import type { AskOptions } from './behaviour.ts'
import type { Cell } from './cell.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Incarnation } from './incarnation.ts'
import type { Failure, Supervision } from './supervision.ts'

/** One life of an actor's code. What `receive` returns is awaited before the next message. */
export interface Body {
  receive(message: unknown): PromiseLike<void> | void
  wake?(wasIdle: boolean): boolean
  stopped?(): void
}

/** How to make an actor, again and again. */
export interface Props {
  readonly engine: boolean
  make(context: Incarnation): Body
  readonly supervision: Supervision
  readonly urgent: ((message: unknown) => boolean) | undefined
  readonly failed: ((failure: Failure) => unknown) | undefined
  readonly controlMax: number
  readonly dataMax: number
}

export interface Kernel {
  readonly clock: Clock
  readonly logger: Logger
  readonly deadLetters: DeadLetters
  enqueue(cell: Cell): void
  /** Tells a cell once when no other has anything to do. */
  whenIdle(cell: Cell): void
  spawn(parent: Cell | undefined, name: string, props: Props): Cell
  ask<Q, R, const A extends Q = Q>(actor: ActorRef<Q>, question: (replyTo: ActorRef<R>) => A, options: AskOptions): Promise<R>
  /** The cell behind a reference: undefined for an address where nobody is. A reference that no kernel made is a USAGE error. */
  cellOf(actor: ActorRef<never>): Cell | undefined
  /** A failure that no parent handles. */
  failed(error: unknown, address: string): void
  /** The cell has stopped. */
  forget(cell: Cell): void
}
