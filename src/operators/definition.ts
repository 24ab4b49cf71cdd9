// How an operator comes to be: what the API builds once per job and every subtask turns into something that runs.
//
// Steps are stateless and one record at a time; the chain fuses neighbouring steps into one function. Everything else is an operator
// made by a factory, afresh for each subtask.

import type { OperatorId } from '../model/ids.ts'
import type { Fold } from '../windows/fold.ts'
import type { SliceLayout } from '../windows/slices.ts'
import type { Operator } from './operator.ts'

export type StepDefinition =
  | { readonly kind: 'map'; readonly fn: (value: never) => unknown }
  | { readonly kind: 'filter'; readonly fn: (value: never) => boolean }
  | { readonly kind: 'flatMap'; readonly fn: (value: never) => Iterable<unknown> }
  /** Sets the key of the keyed stretch that begins here. The record passes unchanged. */
  | { readonly kind: 'keyBy'; readonly fn: (value: never) => unknown }
  /** Passes everything: unions, and places that only bring channels together. */
  | { readonly kind: 'pass' }

/** How senders may fold records of a window before they send them; the operator then takes partials too. */
export interface Combinable {
  readonly layout: SliceLayout
  /** Has `merge`. */
  readonly fold: Fold
}

export interface OperatorFactory {
  readonly kind: 'operator'
  create(id: OperatorId): Operator
  readonly combinable?: Combinable | undefined
}

export type OperatorDefinition = StepDefinition | OperatorFactory

/** Definitions of all operators of a job but its sources and sinks. */
export type OperatorDefinitions = ReadonlyMap<OperatorId, OperatorDefinition>
