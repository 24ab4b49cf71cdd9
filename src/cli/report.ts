// What a run tells, and to whom: the words between `millrace run` and its reporters (text, JSON).

import type { JobOutcome } from '../protocol/coordinator-types.ts'
import type { Progress } from './progress.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

export interface RunStart {
  readonly job: string
  /** Absolute path; undefined = checkpoints live in memory. */
  readonly state: string | undefined
  readonly chains: number
  readonly subtasks: number
}

export interface SinkSummary {
  readonly id: string
  /** Such as 'jsonlSink out'. */
  readonly describe: string
  readonly guarantee: string
  readonly records: number
}

export interface RunSummary {
  readonly job: string
  readonly outcome: JobOutcome
  readonly seconds: number
  /** Records read, by source. Records read again after a failure count again. */
  readonly read: Readonly<Record<string, number>>
  readonly written: readonly SinkSummary[]
  /** Checkpoints completed by this run. */
  readonly checkpoints: number
  readonly checkpointsFailed: number
  readonly restarts: number
  readonly counters: Readonly<Record<string, number>>
  readonly state: string | undefined
  /** The command that goes on from here, where there is something to go on from. */
  readonly resume: string | undefined
}

export interface Reporter {
  /** ms between two reports of progress, unless the user says otherwise. */
  readonly everyMs: number
  started(start: RunStart): void
  /** The run goes on from this checkpoint. */
  restored(epoch: number): void
  progress(progress: Progress): void
  said(level: Level, message: string): void
  stopping(signal: string): void
  over(summary: RunSummary): void
  /** Leaves the terminal as it was. */
  close(): void
}
