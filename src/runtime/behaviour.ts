// What an actor is made of: the contracts between the kernel and the code that runs in it. Types only.
//
// An actor's code runs in its own turns only, one message at a time: the function that makes its behaviour in the first turn, then one
// call a message. Nothing that it does to another actor runs that actor's code.
//
// Behaviours. A behaviour takes a message and says what takes the next one: another behaviour that it returns, or itself when it returns
// nothing. State is what the function closes over, or arguments of the function that made it. It may return a promise: then the actor
// takes no message, control included, until that has settled. An error, thrown or rejected, fails the actor (see supervision).
//
// What is made through a context belongs to this life of the actor, and ends with it, at a restart as at a stop: first `signal` is
// aborted and timers and watches are gone, then children stop, then what `onStop` was given runs. A context used after that throws.

import type { Logger } from '../model/logger.ts'
import type { Cancel } from '../ports/clock.ts'
import type { ActorRef, EngineRef, Terminated } from './actor-ref.ts'
import type { Failure, Supervision } from './supervision.ts'

export type Behaviour<M> = (message: M, ctx: ActorContext<M>) => Next<M> | PromiseLike<Next<M>>
/** The behaviour for the next message; nothing = the same again. */
export type Next<M> = Behaviour<M> | void

export interface AskOptions {
  /** The answer is waited for so long, ms. */
  readonly timeoutMs: number
}

export interface SpawnOptions<M> {
  /** What happens when it fails. Default `escalate`: an error that nobody handles ends up with the system's `onFailure`. */
  readonly supervision?: Supervision | undefined
  /** Messages that go on the control lane, before all others. Runs in the sender's `tell`, so it only looks at the message. Default: none. */
  readonly urgent?: ((message: M) => boolean) | undefined
  /** Messages that wait on each lane at most. Defaults: `mailboxControlMax`, `mailboxDataMax` (4,096). */
  readonly controlMax?: number | undefined
  readonly dataMax?: number | undefined
}

export interface ChildOptions<M, Parent> extends SpawnOptions<M> {
  /** Tells the parent of each failure of this child, whatever is done about it. Makes the message, in the parent's turn. */
  readonly failed?: ((failure: Failure) => Parent) | undefined
}

export interface ActorContext<M> {
  readonly self: ActorRef<M>
  /** Carries the actor's address as field `actor`. */
  readonly log: Logger
  /** Aborted when this life of the actor ends: pass it to what is awaited. The actor stops when that has settled. */
  readonly signal: AbortSignal

  /**
   * Starts a child. `setup` runs in its first turn, and again for each restart.
   * @param name 1 to 64 of A-Z a-z 0-9 _ - and free among the living children, else USAGE
   */
  spawn<C>(name: string, setup: Setup<C>, options?: ChildOptions<C, M>): ActorRef<C>
  /** Stops a child, or this actor itself: once the current message is done, before any other. What waits becomes dead letters. */
  stop(actor?: ActorRef<never>): void
  /**
   * Tells this actor, exactly once, that another one has ended; at once if it has ended already. Restarts are no end. Watching the same
   * actor again replaces the message. Actors outside of this system cannot be watched (USAGE).
   */
  watch(actor: ActorRef<never>, message: (ended: Terminated) => M): void
  /** From here on nothing is heard of that watch, even if the actor has ended meanwhile. */
  unwatch(actor: ActorRef<never>): void
  /** Tells this actor `message` after a delay, on the control lane. A cancelled timer is never heard of, even if it was due. */
  setTimer(delayMs: number, message: M): Cancel
  /** Asks another actor; see `ActorSystem.ask`. A behaviour that awaits it takes no message meanwhile. */
  ask<Q, R, const A extends Q = Q>(actor: ActorRef<Q>, question: (replyTo: ActorRef<R>) => A, options: AskOptions): Promise<R>
  /** Runs when this life of the actor ends; the last one given first. */
  onStop(cleanup: () => void): void
}

/** Makes a behaviour with the help of a context: starts children, sets timers, opens what it needs. */
export type Setup<M> = (ctx: ActorContext<M>) => Behaviour<M>

/**
 * An actor of the engine: a pure machine in a thin synchronous shell. Its messages are control, all of them; data waits elsewhere, in
 * queues bounded by credit, and its mailbox holds at most one wake-up for it. A control lane that overflows is a defect.
 */
export interface EngineActor<M> {
  receive(message: M): void
  /**
   * One turn of data work, after the control messages that were waiting. True = has more: call again, when the other actors had a turn.
   * @param wasIdle asked for by `wakeWhenIdle`, and nobody had anything to do
   */
  wake?(wasIdle: boolean): boolean
  /** This life of the actor ends. Its children are gone. */
  stopped?(): void
}

export interface EngineContext<M> extends ActorContext<M> {
  readonly self: EngineRef<M>
  /** Starts an engine actor as a child. */
  spawnEngine<C>(name: string, make: EngineSetup<C>, options?: EngineChildOptions<M>): EngineRef<C>
}

export type EngineSetup<M> = (ctx: EngineContext<M>) => EngineActor<M>
export type EngineOptions = Pick<SpawnOptions<never>, 'supervision' | 'controlMax'>
export type EngineChildOptions<Parent> = EngineOptions & Pick<ChildOptions<never, Parent>, 'failed'>
