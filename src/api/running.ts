// Running results of keys: from what an author writes to the definitions of the operators.

import type { OperatorFactory } from '../operators/definition.ts'
import { type RunningAggregate, runningAggregate, runningReduce } from '../operators/running-fold.ts'
import { checkAggregator, checkId, checkSynchronous } from './checks.ts'
import type { Graph, Place } from './graph.ts'

export function addRunningReduce(graph: Graph, keyed: Place, id: unknown, fn: unknown): Place {
  checkId(id, 'reduce')
  checkSynchronous(fn, `reduce ${id}`)
  return add(graph, keyed, 'reduce', id, runningReduce(fn as (a: never, b: never) => unknown))
}

export function addRunningAggregate(graph: Graph, keyed: Place, id: unknown, spec: unknown): Place {
  checkId(id, 'aggregate')
  checkAggregator(spec, `aggregate ${id}`)
  return add(graph, keyed, 'aggregate', id, runningAggregate(spec as unknown as RunningAggregate))
}

function add(graph: Graph, keyed: Place, kind: string, id: string, definition: OperatorFactory): Place {
  return graph.add({ kind, id, inputs: [{ ...keyed, partition: 'hash' }], stateful: true, does: { definition } })
}
