// From what a user or the engine gives to `spawn` to what a cell is made of. Here, and nowhere else, the types of messages are forgotten:
// a reference only lets through what its actor takes.

import { MillraceError } from '../model/errors.ts'
import { mailboxControlMax, mailboxDataMax } from '../model/limits.ts'
import type { ChildOptions, EngineChildOptions, EngineSetup, Setup } from './behaviour.ts'
import { BehaviourBody } from './behaviour-body.ts'
import type { Body, Props } from './kernel.ts'
import type { Failure } from './supervision.ts'

export function behaviourProps<M, Parent>(setup: Setup<M>, options: ChildOptions<M, Parent>): Props {
  return {
    engine: false,
    make: (context) => new BehaviourBody((setup as Setup<unknown>)(context), context),
    supervision: options.supervision ?? 'escalate',
    urgent: options.urgent as ((message: unknown) => boolean) | undefined,
    failed: options.failed as ((failure: Failure) => unknown) | undefined,
    controlMax: bound('controlMax', options.controlMax ?? mailboxControlMax),
    dataMax: bound('dataMax', options.dataMax ?? mailboxDataMax),
  }
}

export function engineProps<M, Parent>(make: EngineSetup<M>, options: EngineChildOptions<Parent>): Props {
  return {
    engine: true,
    make: (context) => (make as EngineSetup<unknown>)(context) as Body,
    supervision: options.supervision ?? 'escalate',
    urgent: undefined,
    failed: options.failed as ((failure: Failure) => unknown) | undefined,
    controlMax: bound('controlMax', options.controlMax ?? mailboxControlMax),
    dataMax: 0,
  }
}

function bound(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value
  throw new MillraceError('USAGE', `${name} is ${value}: give a whole number of messages, at least 1`)
}
