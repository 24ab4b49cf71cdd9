// An actor system: the actors of one thread, who runs when, and where failures and undeliverable messages end up.
//
// It is deterministic: given the order in which messages come from outside, the clock and the dispatcher, everything happens in the same
// order each time. Nothing in it reads the world but through these two ports.

import { shutdownTimeoutMs } from '../model/limits.ts'
import type { Logger } from '../model/logger.ts'
import type { Clock } from '../ports/clock.ts'
import type { Dispatcher } from '../ports/dispatcher.ts'
import type { ActorRef, EngineRef, Terminated } from './actor-ref.ts'
import type { AskOptions, EngineOptions, EngineSetup, Setup, SpawnOptions } from './behaviour.ts'
import { Core } from './core.ts'
import type { DeadLetterCount, UndeliveredMessage } from './dead-letters.ts'
import { AddressRef } from './local-ref.ts'
import { behaviourProps, engineProps } from './props.ts'

export interface SystemOptions {
  readonly clock: Clock
  readonly dispatcher: Dispatcher
  /** Default: says nothing. */
  readonly logger?: Logger | undefined
  /** Names the system in errors. Default `actors`. */
  readonly name?: string | undefined
  /**
   * An error that no supervision handles, and the address of the actor that it began in. That actor has stopped, or does. Called where the
   * failure is found, so it must not wait. Default: the error is thrown outside of all actors, which ends the process.
   */
  readonly onFailure?: ((error: unknown, address: string) => void) | undefined
  /** Sees each dead letter, with its message. */
  readonly onDeadLetter?: ((letter: UndeliveredMessage) => void) | undefined
  /**
   * For simulators: which of so many ready actors runs next, 0 … ready - 1. Each turn is then one message, and the thread is given back
   * after it. Default: the one that has waited longest.
   */
  readonly pick?: ((ready: number) => number) | undefined
}

export interface ActorSystem extends AsyncDisposable {
  readonly name: string
  /**
   * Starts an actor. `setup` runs in its first turn, and again for each restart.
   * @param name 1 to 64 of A-Z a-z 0-9 _ - for each part of a path, with `/` between parts; no living actor may have it, else USAGE
   */
  spawn<M>(name: string, setup: Setup<M>, options?: SpawnOptions<M>): ActorRef<M>
  /** Starts an actor of the engine. */
  spawnEngine<M>(name: string, make: EngineSetup<M>, options?: EngineOptions): EngineRef<M>
  /**
   * Asks an actor and promises its answer. `question` makes the message from the reference that the answer goes to.
   * Rejects with ASK_TIMEOUT; TERMINATED, at once, when the actor is gone or goes; MAILBOX_FULL.
   */
  ask<Q, R, const A extends Q = Q>(actor: ActorRef<Q>, question: (replyTo: ActorRef<R>) => A, options: AskOptions): Promise<R>
  /** Stops an actor: after the message that it is at, before all others. */
  stop(actor: ActorRef<never>): void
  /** Resolves when the actor, with its children, is gone. */
  whenStopped(actor: ActorRef<never>): Promise<Terminated>
  /** A reference to whoever lives at an address when it is told. The caller vouches for the type of its messages. */
  resolve<M>(address: string): ActorRef<M>
  /** What nobody took, counted by address and reason; beyond 256 addresses together under `(others)`. */
  deadLetters(): readonly DeadLetterCount[]
  /**
   * Stops all actors and resolves when they are gone. Actors that still wait for a promise of their own after `timeoutMs` (10 s) are given
   * up. Nothing can be started any more.
   */
  shutdown(timeoutMs?: number): Promise<void>
}

export function createSystem(options: SystemOptions): ActorSystem {
  return new System(options)
}

class System implements ActorSystem {
  readonly name: string
  readonly #core: Core

  constructor(options: SystemOptions) {
    this.name = options.name ?? 'actors'
    this.#core = new Core(this.name, options)
  }

  spawn<M>(name: string, setup: Setup<M>, options: SpawnOptions<M> = {}): ActorRef<M> {
    return this.#core.spawn(undefined, name, behaviourProps(setup, options)).ref
  }

  spawnEngine<M>(name: string, make: EngineSetup<M>, options: EngineOptions = {}): EngineRef<M> {
    return this.#core.spawn(undefined, name, engineProps(make, options)).ref
  }

  ask<Q, R, const A extends Q = Q>(actor: ActorRef<Q>, question: (replyTo: ActorRef<R>) => A, options: AskOptions): Promise<R> {
    return this.#core.ask(actor, question, options)
  }

  stop(actor: ActorRef<never>): void {
    this.#core.cellOf(actor)?.requestStop()
  }

  whenStopped(actor: ActorRef<never>): Promise<Terminated> {
    return new Promise((resolve) => {
      const cell = this.#core.cellOf(actor)
      if (cell === undefined) resolve({ address: actor.address, reason: 'unknown' })
      else cell.listen({ terminated: resolve })
    })
  }

  resolve<M>(address: string): ActorRef<M> {
    return new AddressRef(address, this.#core.cells, this.#core.deadLetters)
  }

  deadLetters(): readonly DeadLetterCount[] {
    return this.#core.deadLetters.list()
  }

  shutdown(timeoutMs: number = shutdownTimeoutMs): Promise<void> {
    return this.#core.shutdown(timeoutMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }
}
