// Where an edge's records and control leave the subtask: channels (exchange.ts), or a combiner in front of them (combiner.ts).

import type { Control } from '../model/elements.ts'
import type { Receive, ReceivePartial } from '../operators/operator.ts'

export interface EdgeWriter {
  readonly receive: Receive
  /** Only where records are keyed. */
  readonly partial?: ReceivePartial
  control(control: Control): void
}
