// What a checkpoint is, on storage: one manifest that names the blobs of all subtasks, and one log that says which manifests count.
//
// The log is the truth: entries at slots 1, 2, 3, … written only by put-if-absent. The entry `complete n` is the commit point of checkpoint
// n. A manifest without such an entry does not exist for the engine.

import type { Attempt, Epoch, Generation, OperatorId } from './ids.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Where a subtask's snapshot lies. */
export interface BlobRef {
  readonly name: string
  readonly bytes: number
  readonly checksum: number
}

/** Progress of one split of a source. */
export interface SplitProgress {
  readonly id: string
  /** What the source needs to find the split again. Kept by the coordinator; a subtask's report may leave it out. */
  readonly at?: Json | undefined
  /** Position after the last record taken; undefined = not begun. */
  readonly offset?: Json | undefined
  readonly finished: boolean
  /** Greatest event time seen, in ms; absent = none. */
  readonly maxTime?: number | undefined
  readonly idle?: boolean | undefined
}

export interface SubtaskSnapshot {
  /** Absent when the subtask had nothing to keep. */
  readonly blob?: BlobRef | undefined
  /** Its inputs had all ended, and it had flushed: restored, it only ends again. */
  readonly ended: boolean
}

export interface OperatorSnapshot {
  readonly parallelism: number
  /** Index of each old subtask's entry in `Manifest.vertices`. */
  readonly vertex: number
  /** Versions of its states, by name. */
  readonly states: Readonly<Record<string, number>>
}

export interface VertexSnapshot {
  readonly subtasks: readonly SubtaskSnapshot[]
}

export interface Manifest {
  readonly format: 1
  readonly job: string
  readonly epoch: Epoch
  readonly attempts: readonly Attempt[]
  readonly generation: Generation
  /** ms since the epoch, for people. */
  readonly createdAt: number
  readonly maxParallelism: number
  readonly keyHash: string
  readonly valueCodec: string
  readonly vertices: readonly VertexSnapshot[]
  readonly operators: Readonly<Record<OperatorId, OperatorSnapshot>>
  /** All splits of each source, in the order of their discovery. */
  readonly sources: Readonly<Record<OperatorId, readonly SplitProgress[]>>
  /** What each sink staged in this epoch, for its committer. */
  readonly committables: Readonly<Record<OperatorId, readonly Json[]>>
  /** A savepoint is kept until its owner removes it. */
  readonly savepoint: boolean
}

export type LogEntry = {
  readonly generation: Generation
  /** Random name of the coordinator that wrote it: after an ambiguous put it tells its own entry from a rival's equal one. */
  readonly writer: string
  /** The current attempt of each failover region. */
  readonly attempts: readonly Attempt[]
  /** Entries below this slot are needed no more: they may be gone, and whatever stands there is not read. */
  readonly below: number
} /** `imports`: this checkpoint of another log is being brought in; until it is complete here, nobody may run the job. */ & (
  | { readonly kind: 'start'; readonly imports?: Epoch | undefined }
  /** Checkpoint ids up to and including `epoch` may be used by this generation. */
  | { readonly kind: 'reserve'; readonly epoch: Epoch }
  | { readonly kind: 'complete'; readonly epoch: Epoch; readonly checksum: number; readonly savepoint: boolean }
  /** Checkpoints from `epoch` on that were complete before this entry no longer count: stepped back from, or left behind by a fresh start. */
  | { readonly kind: 'void'; readonly epoch: Epoch }
  /** The job ended or was stopped at this checkpoint. `committed`: every sink is known to have made its output visible. */
  | { readonly kind: 'stopped'; readonly epoch: Epoch; readonly finished: boolean; readonly committed: boolean }
)
