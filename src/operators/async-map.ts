// The factories of asyncMap and fork.

import { MillraceError } from '../model/errors.ts'
import type { AsyncOrder, AsyncStep, LaneDefinition } from './async-definition.ts'
import { AsyncOperator } from './async-operator.ts'
import type { OperatorFactory } from './definition.ts'

/** One call a record; its result takes the record's place and keeps its time. */
export function asyncMap(step: AsyncStep, order: AsyncOrder): OperatorFactory {
  const lanes = [{ name: step.id, steps: [step] }]
  return { kind: 'operator', create: (id) => new AsyncOperator(id, lanes, order, undefined) }
}

/**
 * Every record goes through all lanes at once, and comes out as `{ input, …one field a lane }` when each has its result.
 * Throws JOB_INVALID where lanes cannot be told apart.
 */
export function fork(lanes: readonly LaneDefinition[], order: AsyncOrder): OperatorFactory {
  const names = lanes.map(({ name }) => name)
  if (lanes.length === 0) throw new MillraceError('JOB_INVALID', 'fork has no lanes: give it one function a lane, by name')
  if (new Set(names).size < names.length || names.includes('input') || names.includes('__proto__')) {
    throw new MillraceError(
      'JOB_INVALID',
      `fork has lanes ${names.join(', ')}: each needs its own name, input is the record's, and __proto__ is no field`,
    )
  }
  const join = (input: unknown, results: readonly unknown[]): unknown => {
    const joined: Record<string, unknown> = { input }
    for (let lane = 0; lane < names.length; lane++) joined[names[lane]!] = results[lane]
    return joined
  }
  return { kind: 'operator', create: (id) => new AsyncOperator(id, lanes, order, join) }
}
