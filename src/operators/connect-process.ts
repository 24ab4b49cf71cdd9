// A process function over a stream without keys and a broadcast stream: it reads the shared state, which only broadcast records change.
// Input 0 takes the records, input 1 the broadcast. With keys the operator is `keyedConnect`, beside `process`.

import type { OperatorId } from '../model/ids.ts'
import { openBroadcastSide } from './broadcast-side.ts'
import type { OperatorFactory } from './definition.ts'
import { Emitter } from './emitter.ts'
import type { Operator, OperatorContext, Receive } from './operator.ts'
import { type ConnectDefinition, checkStates } from './process-definition.ts'

/** A function of the records of one stream and the shared state. Throws JOB_INVALID for a state that is not declared. */
export function connect(definition: ConnectDefinition): OperatorFactory {
  checkStates(definition.shared)
  return { kind: 'operator', create: (id) => new Connect(id, definition) }
}

class Connect implements Operator {
  readonly id: OperatorId
  readonly inputs: Receive[] = []
  readonly #definition: ConnectDefinition

  constructor(id: OperatorId, definition: ConnectDefinition) {
    this.id = id
    this.#definition = definition
  }

  open(context: OperatorContext): void {
    const emitter = new Emitter(context, this.#definition)
    const side = openBroadcastSide(context, this.#definition)
    const { progress } = context
    const onElement = this.#definition.onElement.bind(this.#definition) as (value: unknown, context: unknown) => void
    const user = Object.freeze({
      shared: side.view,
      get timestamp() {
        return emitter.timestamp
      },
      get watermark() {
        return progress.watermark
      },
      emit: emitter.emit,
      emitTo: emitter.emitTo,
    })
    const receive: Receive = (value, time) => {
      emitter.time = time
      emitter.running = true
      try {
        onElement(value, user)
      } catch (thrown) {
        throw context.userError(thrown, value, time)
      } finally {
        emitter.running = false
      }
    }
    this.inputs.push(receive, side.receive)
  }
}
