// The address of an actor, as code holds it, and how an actor ends. Addresses are paths: `/shop/orders` is the child `orders` of `/shop`.
//
// A reference stands for one life of an actor, restarts included. When that actor has stopped, what it is told becomes a dead letter, also
// when another actor has taken its name.

/** Typed address of an actor that takes messages of type M. Anything that implements it can be told: an actor elsewhere, too. */
export interface ActorRef<in M> {
  readonly address: string
  /** Never blocks and never throws for the receiver's sake: what cannot be taken is counted as a dead letter. */
  tell(message: M): void
}

/** An actor of the engine: its messages are control, and its data work is asked for by `wake`. */
export interface EngineRef<in M> extends ActorRef<M> {
  /** Asks for one turn of data work. Asking again before that turn changes nothing. */
  wake(): void
  /** Asks for one when no actor has anything to do and I/O had its chance: for work that is better left until then. */
  wakeWhenIdle(): void
}

/** How an actor ended. */
export interface Terminated {
  readonly address: string
  /** `unknown`: no such actor was there. */
  readonly reason: 'stopped' | 'failed' | 'unknown'
  /** What it failed of, for `failed`. */
  readonly error?: unknown
}
