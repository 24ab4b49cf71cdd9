// Joins of two keyed streams: from what an author writes to the definitions of the join operators.

import { toMs } from '../model/duration.ts'
import { invalid, named } from '../model/refusals.ts'
import { type CoGroupFunction, coGroup, windowJoin } from '../operators/co-group.ts'
import type { OperatorFactory } from '../operators/definition.ts'
import { intervalJoin, type JoinFunction } from '../operators/interval-join.ts'
import { type AnyAssigner, assignerOf, assignerText, timeOf } from '../windows/assigner.ts'
import { checkId, checkObject, checkSynchronous } from './checks.ts'
import type { Graph, Place } from './graph.ts'

export function addJoin(graph: Graph, left: Place, right: Place, id: unknown, on: unknown, fn: unknown): Place {
  checkId(id, 'join')
  checkObject(on, `join ${id}`)
  checkSynchronous(fn, `join ${id}`, 'look things up with asyncMap before or behind it')
  if ('between' in on === 'window' in on) throw invalid(`join ${id} takes either { between: [from, to] } or { window }`)
  if ('window' in on) {
    const assigner = assignerOf(on.window as never)
    return addBoth(
      graph,
      'join',
      id,
      left,
      right,
      windowLabel(assigner),
      timeOf(assigner) === 'event',
      windowJoin(assigner, fn as JoinFunction),
    )
  }
  const { lower, upper, exclusive } = boundsOf(id, on)
  const label = `between ${lower} ms and ${upper} ms${exclusive === undefined ? '' : `, ${exclusive} exclusive`}`
  return addBoth(graph, 'join', id, left, right, label, true, intervalJoin({ lower, upper, exclusive }, fn as JoinFunction))
}

export function addCoGroup(graph: Graph, left: Place, right: Place, id: unknown, window: unknown, fn: unknown): Place {
  checkId(id, 'coGroup')
  checkSynchronous(fn, `coGroup ${id}`, 'look things up with asyncMap before or behind it')
  const assigner = assignerOf(window as never)
  return addBoth(
    graph,
    'coGroup',
    id,
    left,
    right,
    windowLabel(assigner),
    timeOf(assigner) === 'event',
    coGroup(assigner, fn as CoGroupFunction),
  )
}

const windowLabel = (assigner: AnyAssigner): string => `over ${assignerText(assigner)}`

function boundsOf(id: string, { between, exclusive }: Readonly<Record<string, unknown>>) {
  if (!Array.isArray(between) || between.length !== 2)
    throw invalid(`join ${id}: between is ${named(between)}: it is [from, to], such as [0, '10 min']`)
  if (exclusive !== undefined && exclusive !== 'lower' && exclusive !== 'upper' && exclusive !== 'both') {
    throw invalid(`join ${id}: exclusive is ${named(exclusive)}: it is 'lower', 'upper' or 'both'`)
  }
  const [lower, upper] = [toMs(between[0], `the lower bound of join ${id}`), toMs(between[1], `the upper bound of join ${id}`)]
  return { lower, upper, exclusive: exclusive as 'lower' | 'upper' | 'both' | undefined }
}

function addBoth(
  graph: Graph,
  kind: string,
  id: string,
  left: Place,
  right: Place,
  label: string,
  needsTime: boolean,
  definition: OperatorFactory,
): Place {
  return graph.add({
    kind,
    id,
    label,
    inputs: [
      { ...left, partition: 'hash', input: 0 },
      { ...right, partition: 'hash', input: 1 },
    ],
    stateful: true,
    needsTime,
    firesOnWatermark: true,
    does: { definition },
  })
}
