// The figures at the end of a run.

import { countersOf, type SubtaskStats } from '../../actors/subtask-stats.ts'
import type { CompiledJob } from '../api/graph.ts'
import type { JobOutcome, JobStatus } from '../protocol/coordinator-types.ts'
import type { RunSummary, SinkSummary } from './report.ts'
import { resumeCommand } from './resume-command.ts'

export interface RunEnd {
  readonly outcome: JobOutcome
  readonly stats: readonly SubtaskStats[]
  readonly status: JobStatus | undefined
  readonly seconds: number
  /** Checkpoints completed by this run. */
  readonly checkpoints: number
  /** Path of the state directory. */
  readonly state: string | undefined
}

export function summaryOf(job: CompiledJob, { outcome, stats, status, seconds, checkpoints, state }: RunEnd): RunSummary {
  return {
    job: job.name,
    outcome,
    seconds,
    read: readBySource(job, stats),
    written: writtenBySink(job, stats),
    checkpoints,
    checkpointsFailed: status?.checkpointsFailed ?? 0,
    restarts: status?.restarts ?? 0,
    counters: countersOf(stats),
    state,
    resume: state !== undefined && goesOn(outcome, checkpoints, status) ? resumeCommand(process.argv.slice(2)) : undefined,
  }
}

/** After a failure there is something to go on from only if there was a checkpoint. */
function goesOn(outcome: JobOutcome, checkpoints: number, status: JobStatus | undefined): boolean {
  const { kind } = outcome
  return (kind === 'stopped' && outcome.epoch > 0) || (kind === 'failed' && (checkpoints > 0 || status?.restored !== undefined))
}

function readBySource({ sources }: CompiledJob, stats: readonly SubtaskStats[]): Record<string, number> {
  const read: Record<string, number> = {}
  for (const id of sources.keys()) read[id] = 0
  for (const { operators, recordsIn } of stats) {
    const [root = ''] = operators
    if (root in read) read[root]! += recordsIn
  }
  return read
}

function writtenBySink({ sinks }: CompiledJob, stats: readonly SubtaskStats[]): SinkSummary[] {
  return [...sinks].map(([id, { describe, guarantee }]) => ({
    id,
    describe,
    guarantee,
    records: stats.reduce((sum, { written }) => sum + (written[id] ?? 0), 0),
  }))
}
