// What a process function is made of, without its types: the API has checked them, and everything here is called with what it declares.

import { MillraceError } from '../model/errors.ts'
import { declarationOf, type StateSpec } from '../state/declarations.ts'

export interface OutputsDefinition {
  /** Side outputs by name. */
  readonly outputs?: Readonly<Record<string, unknown>> | undefined
}

export interface ProcessDefinition extends OutputsDefinition {
  /** State of each key by name. */
  readonly state?: StateSpec | undefined
  /** Names of timers; one without a name is always possible. */
  readonly timers?: readonly string[] | undefined
  onElement(element: never, context: never): void | undefined
  onTimer?(timer: never, context: never): void | undefined
}

export interface BroadcastDefinition extends OutputsDefinition {
  /** State that all subtasks have alike, by name. */
  readonly shared?: StateSpec | undefined
  onBroadcast(element: never, context: never): void | undefined
}

export interface ConnectDefinition extends BroadcastDefinition {
  onElement(element: never, context: never): void | undefined
}

/** Throws JOB_INVALID for what the compiler cannot see. */
export function checkProcess({ state, timers = [], onTimer }: ProcessDefinition): void {
  checkStates(state)
  const twice = timers.find((name, i) => timers.indexOf(name) !== i)
  if (twice !== undefined)
    throw new MillraceError('JOB_INVALID', `timer ${JSON.stringify(twice)} is declared twice: names of timers are unique`)
  if (timers.length > 0 && onTimer === undefined) {
    throw new MillraceError('JOB_INVALID', `timers ${timers.join(', ')} are declared, but there is no onTimer for them to call`)
  }
}

/** Throws JOB_INVALID, naming the state, for what is no declaration. */
export function checkStates(states: StateSpec = {}): void {
  for (const [name, declared] of Object.entries(states)) declarationOf(name, declared)
}
