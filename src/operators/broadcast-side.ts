// The broadcast side of a connected operator: an input whose records change the shared state, and nothing else.

import { BroadcastState } from '../state/broadcast.ts'
import { Emitter } from './emitter.ts'
import type { OperatorContext, Receive } from './operator.ts'
import type { BroadcastDefinition } from './process-definition.ts'

export interface BroadcastSide {
  /** The input for broadcast records. */
  readonly receive: Receive
  /** The shared state as the other side may see it. */
  readonly view: Readonly<Record<string, unknown>>
}

export function openBroadcastSide(context: OperatorContext, definition: BroadcastDefinition): BroadcastSide {
  const { id: operator, progress: clock, freeze } = context
  const state = new BroadcastState(definition.shared ?? {}, { operator, clock, freeze })
  context.operatorPart(state)
  const emitter = new Emitter(context, definition)
  const onBroadcast = definition.onBroadcast.bind(definition) as (element: unknown, context: unknown) => void
  const user = Object.freeze({ shared: state.live, emit: emitter.emit, emitTo: emitter.emitTo })
  const receive: Receive = (value, time) => {
    emitter.time = time
    emitter.running = true
    state.begin()
    try {
      onBroadcast(value, user)
    } catch (thrown) {
      throw context.userError(thrown, value, time)
    } finally {
      state.end()
      emitter.running = false
    }
  }
  return { receive, view: state.view }
}
