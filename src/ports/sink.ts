// A sink as a connector provides it: writers that stage the output of an epoch, and one committer that makes it visible.
//
// Protocol: at barrier n a writer's `prepare(n)` returns what it staged since the last barrier, as JSON. That is stored in manifest n.
// When checkpoint n is complete, `commit(n, …)` makes it visible: idempotent, in order of n, repeated at every restart before sources
// start. What was staged but is in no complete checkpoint is discarded by `recover`. A sink without `commit` writes at once and is
// at-least-once, or effectively-once where its writes are idempotent; it says which in `guarantee`.

import type { Attempt, Epoch, OperatorId } from '../model/ids.ts'
import type { Json } from '../model/manifest.ts'

export type Guarantee = 'exactly-once' | 'effectively-once' | 'at-least-once'

export interface SinkContext {
  readonly job: string
  /** Id of the sink's operator. */
  readonly operator: string
  readonly attempt: Attempt
}
export interface WriterContext extends SinkContext {
  readonly subtask: number
}

export interface Writer<in T> {
  /** Takes `values[0 … length)`. No further call while its promise is pending. The array is the caller's: keep nothing of it. */
  write(values: readonly T[], length: number): void | PromiseLike<void>
  /** Stages all that was written since the last call. Later writes belong to the next epoch even while this is pending. */
  prepare(epoch: Epoch): readonly Json[] | PromiseLike<readonly Json[]>
  close?(): void | PromiseLike<void>
}

export interface Committer {
  /**
   * Whether `recover(restored, committables)` would refuse the target: asked before the job's log gives newer checkpoints up for `restored`, so
   * that a refusal leaves everything as it was. Changes nothing. A committer without it is asked by `recover` alone.
   * @throws OUTPUT_CONFLICT as `recover` does
   */
  check?(restored: Epoch, committables: readonly Json[]): void | PromiseLike<void>
  /**
   * After a restart, before anything else: finish `commit(restored, committables)` and discard what belongs to no complete checkpoint.
   * @param restored 0 when the job starts from nothing; then a target that is not empty may be refused
   * @throws OUTPUT_CONFLICT when the target is ahead of `restored` or belongs to another job
   */
  recover(restored: Epoch, committables: readonly Json[]): void | PromiseLike<void>
  commit(epoch: Epoch, committables: readonly Json[]): void | PromiseLike<void>
  close?(): void | PromiseLike<void>
}

export interface Sink<in T> {
  readonly '~type': (record: T) => void
  readonly describe: string
  readonly guarantee: Guarantee
  /** What it writes to belongs to the memory of the process that started the job: with threads its writers stay in the main one. Default false. */
  readonly inProcess?: boolean | undefined
  writer(context: WriterContext): Writer<T> | PromiseLike<Writer<T>>
  committer?(context: SinkContext): Committer | PromiseLike<Committer>
}

export type SinkDefinitions = ReadonlyMap<OperatorId, Sink<never>>
