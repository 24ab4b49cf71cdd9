// Puts the reports of all subtasks together into one manifest.

import { assert } from '../model/errors.ts'
import { type Attempt, type Epoch, type Generation, type OperatorId, subtaskName } from '../model/ids.ts'
import { keyHashName } from '../model/key.ts'
import type { Json, Manifest, OperatorSnapshot, SplitProgress, VertexSnapshot } from '../model/manifest.ts'
import type { SnapshotReport } from '../model/messages.ts'
import type { Plan, PlanVertex } from '../model/plan.ts'
import { type SplitLists, withProgress } from './splits.ts'

export interface ManifestFrame {
  readonly plan: Plan
  readonly epoch: Epoch
  readonly attempts: readonly Attempt[]
  readonly generation: Generation
  readonly createdAt: number
  readonly valueCodec: string
  readonly savepoint: boolean
  /** All splits of the job's sources, in the order of discovery. */
  readonly splits: SplitLists
}

/** @param reports by name, of every subtask of the plan */
export function assembleManifest(frame: ManifestFrame, reports: ReadonlyMap<string, SnapshotReport>): Manifest {
  const { plan, splits, valueCodec, ...rest } = frame
  const operators: Record<OperatorId, OperatorSnapshot> = {}
  const sources: Record<OperatorId, readonly SplitProgress[]> = {}
  const committables: Record<OperatorId, readonly Json[]> = {}
  const vertices = plan.vertices.map((vertex): VertexSnapshot => {
    const ofVertex = reportsOf(vertex, reports)
    for (const { id } of vertex.operators) {
      const states = Object.assign({}, ...ofVertex.map((report) => report.states[id])) as Readonly<Record<string, number>>
      operators[id] = { parallelism: vertex.parallelism, vertex: vertex.id, states }
      const list = splits[id]
      if (list !== undefined) {
        sources[id] = withProgress(
          id,
          list,
          ofVertex.flatMap((report) => report.splits[id] ?? []),
        )
      }
      if (ofVertex.some((report) => report.committables[id] !== undefined)) {
        committables[id] = ofVertex.flatMap((report) => report.committables[id] ?? [])
      }
    }
    return { subtasks: ofVertex.map(({ snapshot }) => snapshot) }
  })
  const { job, maxParallelism } = plan
  return { format: 1, job, ...rest, maxParallelism, keyHash: keyHashName, valueCodec, vertices, operators, sources, committables }
}

function reportsOf(vertex: PlanVertex, reports: ReadonlyMap<string, SnapshotReport>): SnapshotReport[] {
  return Array.from({ length: vertex.parallelism }, (_, index) => {
    const report = reports.get(subtaskName(vertex.id, index))
    assert(report !== undefined, () => `subtask ${subtaskName(vertex.id, index)} has not reported`)
    return report
  })
}

/** Names of all blobs that a manifest refers to. */
export const blobsOf = (manifest: Manifest): string[] =>
  manifest.vertices.flatMap(({ subtasks }) => subtasks.flatMap(({ blob }) => (blob === undefined ? [] : [blob.name])))

export const bytesOf = (manifest: Manifest): number =>
  manifest.vertices.reduce((sum, { subtasks }) => sum + subtasks.reduce((bytes, { blob }) => bytes + (blob?.bytes ?? 0), 0), 0)
