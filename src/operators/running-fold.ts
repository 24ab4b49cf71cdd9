// reduce and aggregate of a keyed stream without windows: the running result of each key, one out for every record in, with its time.
//
// The state is one accumulator a key, in a keyed store of a single column. What comes out never shares a mutable part with it.

import type { OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { copyPlain } from '../state/copy-plain.ts'
import { aggregating, declarationOf, reducing, type StateDecl } from '../state/declarations.ts'
import type { FoldColumn } from '../state/fold-column.ts'
import { KeyedStore } from '../state/keyed-store.ts'
import type { OperatorFactory } from './definition.ts'
import type { Operator, OperatorContext, Receive } from './operator.ts'

/** An aggregate without its types. */
export interface RunningAggregate {
  readonly init: () => unknown
  readonly add: (accumulator: never, value: never) => unknown
  readonly result?: ((accumulator: never, info: { readonly key: never }) => unknown) | undefined
  readonly version?: number | undefined
  readonly migrate?: ((old: unknown, from: number) => unknown) | undefined
}

/** What comes out; undefined = a copy of the accumulator. */
type Result = ((accumulator: unknown, key: Key) => unknown) | undefined

/** The records of a key so far, folded into one by `fn`, which changes neither of its arguments. */
export function runningReduce(fn: (a: never, b: never) => unknown): OperatorFactory {
  const declared = reducing(fn as (a: unknown, b: unknown) => unknown)
  return { kind: 'operator', create: (id) => new RunningFold(id, declared, (accumulator) => accumulator) }
}

/** The records of a key so far, folded into an accumulator. Throws JOB_INVALID for a version below 1. */
export function runningAggregate({ init, add, result, version, migrate }: RunningAggregate): OperatorFactory {
  const declared = aggregating<unknown, unknown>(
    { init, add: add as (accumulator: unknown, value: unknown) => unknown },
    { version, migrate },
  )
  const give = result as ((accumulator: unknown, info: { readonly key: Key }) => unknown) | undefined
  const resultOf: Result = give === undefined ? undefined : (accumulator, key) => give(accumulator, { key })
  return { kind: 'operator', create: (id) => new RunningFold(id, declared, resultOf) }
}

const stateName = 'result'

class RunningFold implements Operator {
  readonly id: OperatorId
  readonly inputs: Receive[] = []
  readonly #declared: StateDecl<unknown, unknown>
  readonly #resultOf: Result
  #store!: KeyedStore
  #column!: FoldColumn

  constructor(id: OperatorId, declared: StateDecl<unknown, unknown>, resultOf: Result) {
    this.id = id
    this.#declared = declared
    this.#resultOf = resultOf
  }

  open(context: OperatorContext): void {
    const { id: operator, maxParallelism, progress: clock, freeze } = context
    const store = new KeyedStore({ operator, maxParallelism, clock, freeze })
    const column = store.add(stateName, declarationOf(stateName, this.#declared)) as FoldColumn
    for (const part of store.parts) context.keyedPart(part)
    this.#store = store
    this.#column = column
    this.inputs.push(this.#createReceive(context))
  }

  /** A closure over constants, since it runs for every record. */
  #createReceive(context: OperatorContext): Receive {
    const store = this.#store
    const column = this.#column
    const resultOf = this.#resultOf
    const keys = context.keys!
    const { output } = context
    return (value, time) => {
      store.select(keys.key, keys.group)
      let result: unknown
      try {
        result = resultOf === undefined ? column.addCopied(value) : resultOf(column.addShown(value), keys.key)
      } catch (thrown) {
        throw context.userError(thrown, value, time)
      }
      store.deselect()
      output(result, time)
    }
  }

  query(key: Key): unknown {
    const accumulator = this.#column.accumulatorOf(this.#store.index.find(key))
    if (accumulator === undefined) return undefined
    return this.#resultOf === undefined ? copyPlain(accumulator.value) : this.#resultOf(accumulator.value, key)
  }
}
