// Split: every record goes to the first of the named outputs whose test it passes, or to `rest`. The main output stays empty; records of
// one input stay in order within each output.

import { MillraceError } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import type { OperatorFactory } from './definition.ts'
import type { Operator, OperatorContext, Receive } from './operator.ts'

export interface SplitTest {
  /** Name of the output. */
  readonly name: string
  readonly test: (value: never) => boolean
}

/** The output of records that pass no test. */
export const restOutput = 'rest'

/** Throws JOB_INVALID where outputs cannot be told apart. */
export function split(tests: readonly SplitTest[]): OperatorFactory {
  const names = tests.map(({ name }) => name)
  if (new Set(names).size < names.length || names.includes(restOutput)) {
    throw new MillraceError(
      'JOB_INVALID',
      `split has outputs ${names.join(', ')}: each needs its own name, and ${restOutput} is what passes no test`,
    )
  }
  return { kind: 'operator', create: (id) => new Split(id, tests) }
}

class Split implements Operator {
  readonly id: OperatorId
  readonly inputs: readonly Receive[]
  readonly #tests: readonly ((value: unknown) => boolean)[]
  readonly #names: readonly string[]
  #outputs: readonly Receive[] = []
  #rest!: Receive
  #context!: OperatorContext

  constructor(id: OperatorId, tests: readonly SplitTest[]) {
    this.id = id
    this.#tests = tests.map(({ test }) => test as (value: unknown) => boolean)
    this.#names = tests.map(({ name }) => name)
    this.inputs = [(value, time) => this.#outputOf(value, time)(value, time)]
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#outputs = this.#names.map((name) => context.side(name))
    this.#rest = context.side(restOutput)
  }

  #outputOf(value: unknown, time: number): Receive {
    const tests = this.#tests
    try {
      for (let i = 0; i < tests.length; i++) if (tests[i]!(value)) return this.#outputs[i]!
    } catch (thrown) {
      throw this.#context.userError(thrown, value, time)
    }
    return this.#rest
  }
}
