// The subtasks of a plan as the coordinator sees them: who there is, in which region, who is a source, which sinks commit.

import { type OperatorId, type SubtaskId, subtaskName } from '../model/ids.ts'
import { type Plan, type PlanVertex, sendersOf } from '../model/plan.ts'

export interface PlannedSubtask {
  readonly id: SubtaskId
  readonly name: string
  readonly region: number
  /** It reads no channel, so it begins checkpoints by order. */
  readonly source: boolean
  /** Names of the subtasks whose channels it reads. */
  readonly upstream: readonly string[]
}

export interface Topology {
  readonly subtasks: ReadonlyMap<string, PlannedSubtask>
  readonly regions: readonly number[]
  /** Sinks that commit, with their region. */
  readonly committing: ReadonlyMap<OperatorId, number>
}

/** @param committing ids of the sinks that have a committer */
export function topologyOf(plan: Plan, committing: ReadonlySet<OperatorId>): Topology {
  const subtasks = plan.vertices.flatMap((vertex) => subtasksOf(plan, vertex))
  const sinks = plan.vertices.flatMap(({ operators, region }) =>
    operators.filter(({ id }) => committing.has(id)).map(({ id }) => [id, region] as const),
  )
  return {
    subtasks: new Map(subtasks.map((subtask) => [subtask.name, subtask])),
    regions: [...new Set(plan.vertices.map(({ region }) => region))].sort((a, b) => a - b),
    committing: new Map(sinks),
  }
}

function subtasksOf(plan: Plan, vertex: PlanVertex): PlannedSubtask[] {
  const edges = plan.edges.filter(({ to }) => to === vertex.id)
  return Array.from({ length: vertex.parallelism }, (_, index) => ({
    id: { vertex: vertex.id, index },
    name: subtaskName(vertex.id, index),
    region: vertex.region,
    source: edges.length === 0,
    upstream: edges.flatMap((edge) => sendersOf(plan, edge, index).map((from) => subtaskName(edge.from, from))),
  }))
}
