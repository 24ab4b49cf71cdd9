// The actor kernel on this machine's clock and event loop, for use by itself.

import { systemClock } from './adapters/system/clock.ts'
import { immediateDispatcher } from './adapters/system/dispatcher.ts'
import type { Clock } from './ports/clock.ts'
import type { Dispatcher } from './ports/dispatcher.ts'
import { type ActorSystem, createSystem, type SystemOptions } from './runtime/system.ts'

export interface ActorSystemOptions extends Omit<SystemOptions, 'clock' | 'dispatcher'> {
  /** Default: this machine's. */
  readonly clock?: Clock | undefined
  /** Default: bursts of turns on Node's event loop. */
  readonly dispatcher?: Dispatcher | undefined
}

/** Creates an actor system. Without `onFailure` an error that no supervision handles ends the process, as any uncaught error does. */
export function actorSystem(options: ActorSystemOptions = {}): ActorSystem {
  return createSystem({ ...options, clock: options.clock ?? systemClock(), dispatcher: options.dispatcher ?? immediateDispatcher })
}
