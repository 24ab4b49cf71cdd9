// The subtasks of a plan as the coordinator sees them: who there is, in which region, who is a source, which sinks commit.

import { type OperatorId, type SubtaskId, subtaskName } from '../model/ids.ts'
import type { Plan, PlanVertex } from '../model/plan.ts'

export interface PlannedSubtask {
  readonly id: SubtaskId
  readonly name: string
  readonly region: number
  /** It reads no channel, so it begins checkpoints by order. */
  readonly source: boolean
}

export interface Topology {
  readonly subtasks: ReadonlyMap<string, PlannedSubtask>
  readonly regions: readonly number[]
  /** Sinks that commit, with their region. */
  readonly committing: ReadonlyMap<OperatorId, number>
}

/** @param committing ids of the sinks that have a committer */
export function topologyOf(plan: Plan, committing: ReadonlySet<OperatorId>): Topology {
  const fed = new Set(plan.edges.map(({ to }) => to))
  const subtasks = plan.vertices.flatMap((vertex) => subtasksOf(vertex, !fed.has(vertex.id)))
  const sinks = plan.vertices.flatMap(({ operators, region }) =>
    operators.filter(({ id }) => committing.has(id)).map(({ id }) => [id, region] as const),
  )
  return {
    subtasks: new Map(subtasks.map((subtask) => [subtask.name, subtask])),
    regions: [...new Set(plan.vertices.map(({ region }) => region))].sort((a, b) => a - b),
    committing: new Map(sinks),
  }
}

function subtasksOf(vertex: PlanVertex, source: boolean): PlannedSubtask[] {
  return Array.from({ length: vertex.parallelism }, (_, index) => ({
    id: { vertex: vertex.id, index },
    name: subtaskName(vertex.id, index),
    region: vertex.region,
    source,
  }))
}
