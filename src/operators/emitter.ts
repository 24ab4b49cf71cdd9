// The outputs of a process function, and what is in hand while it runs.
//
// One object an operator: `emit` and `emitTo` send with the time of what is in hand, and refuse when nothing is, because what a callback
// emits later would stand at a place in the stream that no replay repeats.

import { MillraceError } from '../model/errors.ts'
import type { OperatorContext, Receive } from './operator.ts'
import type { OutputsDefinition } from './process-definition.ts'

export class Emitter {
  /** Event time of what is in hand; NaN = none. */
  time = Number.NaN
  /** Whether the function runs. */
  running = false
  readonly emit: (value: unknown) => void
  readonly emitTo: (name: string, value: unknown) => void

  constructor(context: OperatorContext, { outputs = {} }: OutputsDefinition) {
    const { id, output } = context
    const sides = new Map<string, Receive>(Object.keys(outputs).map((name) => [name, context.side(name)]))
    this.emit = (value) => {
      if (!this.running) throw late(id, 'emit')
      output(value, this.time)
    }
    this.emitTo = (name, value) => {
      if (!this.running) throw late(id, 'emitTo')
      const side = sides.get(name)
      if (side === undefined) throw undeclared(id, name, [...sides.keys()])
      side(value, this.time)
    }
  }

  /** Event time in hand as user code sees it. */
  get timestamp(): number | undefined {
    return Number.isNaN(this.time) ? undefined : this.time
  }
}

function late(operator: string, what: string): MillraceError {
  return new MillraceError(
    'USER_CODE',
    `operator ${operator}: ${what} was called after its function had returned: emit before that, or use asyncMap for what takes time`,
  )
}

function undeclared(operator: string, name: string, names: readonly string[]): MillraceError {
  const known = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
  return new MillraceError(
    'USER_CODE',
    `operator ${operator}: emitTo names output ${JSON.stringify(name)}, which is not declared: ${known}`,
  )
}
