// What goes into the coordinator's machine and what comes out: events and effects, as plain data.

import type { MillraceError } from '../model/errors.ts'
import type { Attempt, Epoch, Generation, OperatorId, SubtaskId } from '../model/ids.ts'
import type { Json, LogEntry, Manifest } from '../model/manifest.ts'
import type { SubtaskMessage, SubtaskReport } from '../model/messages.ts'
import type { Plan } from '../model/plan.ts'
import type { JobState, RegionState } from './job-life.ts'
import type { LogFact } from './log.ts'
import type { PoisonPolicy, PoisonRecord } from './poison.ts'
import type { RestartPolicy } from './restart.ts'
import type { DiscoveredSplit, SplitLists } from './splits.ts'

export interface CoordinatorConfig {
  readonly plan: Plan
  /** Sinks that have a committer. */
  readonly committing: ReadonlySet<OperatorId>
  readonly valueCodec: string
  /** Random name of this coordinator, unlike any other's. */
  readonly writer: string
  /** Begin from nothing although the log knows checkpoints. */
  readonly fresh: boolean
  /** Go back to this checkpoint, and void the newer ones. Default: the newest. */
  readonly from?: Epoch | undefined
  /** Operators whose saved state is given up. */
  readonly dropped: ReadonlySet<string>
  readonly checkpointIntervalMs: number
  readonly checkpointTimeoutMs: number
  readonly checkpointFailuresTolerated: number
  readonly checkpointsKept: number
  /** Whether anything may ever restore what checkpoints save: another run, or a restart of this one. */
  readonly restorable: boolean
  readonly restart: RestartPolicy
  readonly poison: PoisonPolicy
}

/** checkpoint: keep the state and stop soon · savepoint: the same, owned by the user · drain: end the input, let all output out, finish */
export type StopHow = 'checkpoint' | 'savepoint' | 'drain'

/** All that a worker needs to deploy one region. Split k of a source belongs to its subtask k mod parallelism. */
export interface DeployOrder {
  readonly region: number
  readonly attempt: Attempt
  readonly plan: Plan
  readonly restore: Manifest | undefined
  readonly splits: SplitLists
  /** Records to send to the dead-letter output before user code sees them. */
  readonly divert: readonly PoisonRecord[]
  /** Keyed state is saved only then. */
  readonly restorable: boolean
}

export type CoordinatorEvent =
  | { readonly type: 'log-read'; readonly facts: readonly LogFact[] }
  /** `manifest` where it could be read; `damage` where it or a blob does not match its checksum, or is missing. */
  | { readonly type: 'manifest-read'; readonly epoch: Epoch; readonly manifest: Manifest | undefined; readonly damage: string | undefined }
  | { readonly type: 'splits'; readonly splits: Readonly<Record<OperatorId, readonly DiscoveredSplit[]>> }
  /** A sink could go on from the checkpoint that it was asked about. */
  | { readonly type: 'sink-checked'; readonly sink: OperatorId }
  /** Opening cannot go on: the store or a source did not answer, after retries, or a sink refuses. */
  | { readonly type: 'opening-failed'; readonly error: MillraceError }
  /** written: it is ours · taken: something stands there · ahead: something stands in a higher slot */
  | { readonly type: 'log-put'; readonly slot: number; readonly outcome: 'written' | 'taken' | 'ahead' }
  | { readonly type: 'log-put-failed'; readonly slot: number; readonly error: MillraceError }
  /** `entry` undefined = the slot is free. */
  | { readonly type: 'slot-read'; readonly slot: number; readonly entry: LogEntry | undefined; readonly ahead: boolean }
  | { readonly type: 'manifest-put'; readonly epoch: Epoch; readonly checksum: number }
  | { readonly type: 'manifest-put-failed'; readonly epoch: Epoch; readonly error: MillraceError }
  | { readonly type: 'report'; readonly report: SubtaskReport }
  | { readonly type: 'recovered'; readonly sink: OperatorId; readonly attempt: Attempt }
  | { readonly type: 'committed'; readonly sink: OperatorId; readonly attempt: Attempt; readonly epoch: Epoch }
  | { readonly type: 'committer-failed'; readonly sink: OperatorId; readonly attempt: Attempt; readonly error: MillraceError }
  | { readonly type: 'timer'; readonly name: string }
  | { readonly type: 'stop'; readonly how: StopHow }
  /** Stop at once, without another checkpoint. */
  | { readonly type: 'cancel' }

/** How a job ended. `already`: the log says that an earlier run finished it; nothing was run. */
export type JobOutcome =
  | { readonly kind: 'finished'; readonly epoch: Epoch; readonly already: boolean }
  | { readonly kind: 'stopped'; readonly epoch: Epoch }
  | { readonly kind: 'failed'; readonly error: MillraceError }

export type CoordinatorEffect =
  | { readonly type: 'read-log' }
  /** Read and verify a manifest and all of its blobs. */
  | { readonly type: 'read-manifest'; readonly epoch: Epoch; readonly checksum: number }
  /** `known`: those of the checkpoint that is restored. */
  | { readonly type: 'discover-splits'; readonly known: SplitLists }
  /** Ask a sink, before newer checkpoints become void, whether it could go on from this one. Attempts: the first that may follow. */
  | {
      readonly type: 'check-sink'
      readonly sink: OperatorId
      readonly attempt: Attempt
      readonly epoch: Epoch
      readonly committables: readonly Json[]
    }
  | { readonly type: 'put-log'; readonly slot: number; readonly entry: LogEntry }
  | { readonly type: 'read-slot'; readonly slot: number }
  | { readonly type: 'put-manifest'; readonly manifest: Manifest }
  | { readonly type: 'deploy'; readonly order: DeployOrder }
  | { readonly type: 'cancel-region'; readonly region: number; readonly attempt: Attempt }
  | { readonly type: 'send'; readonly attempt: Attempt; readonly subtask: SubtaskId; readonly message: SubtaskMessage }
  | {
      readonly type: 'recover-sink'
      readonly sink: OperatorId
      readonly attempt: Attempt
      readonly epoch: Epoch
      readonly committables: readonly Json[]
    }
  | {
      readonly type: 'commit'
      readonly sink: OperatorId
      readonly attempt: Attempt
      readonly epoch: Epoch
      readonly committables: readonly Json[]
    }
  | { readonly type: 'set-timer'; readonly name: string; readonly ms: number }
  | { readonly type: 'clear-timer'; readonly name: string }
  /** Remove what a checkpoint left in the store, except these blobs. */
  | { readonly type: 'remove-checkpoint'; readonly epoch: Epoch; readonly keep: readonly string[] }
  /** Remove what checkpoints in (after, through] left that were never complete. */
  | { readonly type: 'sweep'; readonly after: Epoch; readonly through: Epoch; readonly complete: readonly Epoch[] }
  /** Remove log entries below this slot, oldest first, one after the other. */
  | { readonly type: 'cut-log'; readonly below: number }
  | { readonly type: 'say'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
  | { readonly type: 'over'; readonly outcome: JobOutcome }

/** What people want to know about a running job. Times in ms since the epoch, by the clock that `step` is given. */
export interface JobStatus {
  readonly job: string
  readonly state: JobState
  readonly regions: readonly { readonly region: number; readonly state: RegionState; readonly attempt: Attempt }[]
  readonly generation: Generation
  /** The checkpoint that this run went on from; undefined while the log has not been read, and when it begins from nothing. */
  readonly restored: Epoch | undefined
  readonly lastCheckpoint: CheckpointStatus | undefined
  readonly openCheckpoint: Epoch | undefined
  readonly checkpointsFailed: number
  readonly restarts: number
  readonly lastError: MillraceError | undefined
}

export interface CheckpointStatus {
  readonly epoch: Epoch
  readonly completedAt: number
  readonly durationMs: number
  /** Of all its blobs. */
  readonly bytes: number
}
