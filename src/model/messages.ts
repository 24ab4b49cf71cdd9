// What the engine's actors say to each other. Every message that belongs to a deployment carries its attempt: those of another one are
// ignored.

import type { MillraceError } from './errors.ts'
import type { Attempt, Epoch, OperatorId, SubtaskId } from './ids.ts'
import type { Json, SplitProgress, SubtaskSnapshot } from './manifest.ts'

/** What one subtask contributes to a checkpoint. */
export interface SnapshotReport {
  readonly snapshot: SubtaskSnapshot
  /** Of the sources in its chain. */
  readonly splits: Readonly<Record<OperatorId, readonly SplitProgress[]>>
  /** Of the sinks in its chain. */
  readonly committables: Readonly<Record<OperatorId, readonly Json[]>>
  /** Versions of its operators' states. */
  readonly states: Readonly<Record<OperatorId, Readonly<Record<string, number>>>>
}

/** From the coordinator to a subtask, on its control lane. */
export type SubtaskMessage =
  | { readonly type: 'start' }
  /**
   * To sources: begin checkpoint `epoch`. To subtasks that have ended, or whose inputs have: take the snapshot for it. With `last` the job stops at it: a
   * source reads nothing behind its barrier, unless the checkpoint is aborted.
   */
  | { readonly type: 'trigger'; readonly epoch: Epoch; readonly last?: boolean | undefined }
  /** To sources: read no more; send the greatest watermark and END. */
  | { readonly type: 'drain' }
  | { readonly type: 'abort'; readonly epoch: Epoch }
  /** Checkpoint `epoch` and all before it are complete. */
  | { readonly type: 'complete'; readonly epoch: Epoch }
  /** Stop at once, close what is open, say `stopped`. */
  | { readonly type: 'cancel' }

/** From a subtask to the coordinator. */
export type SubtaskReport = { readonly attempt: Attempt; readonly subtask: SubtaskId } & (
  | { readonly type: 'restored' }
  | { readonly type: 'ack'; readonly epoch: Epoch; readonly report: SnapshotReport }
  | { readonly type: 'declined'; readonly epoch: Epoch; readonly reason: string }
  /** All its inputs have ended, it has flushed and sent END. */
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly error: MillraceError }
  | { readonly type: 'stopped' }
)
