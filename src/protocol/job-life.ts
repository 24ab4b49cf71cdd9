// The states of a job and of a failover region, and the legal moves between them, as two tables that the compiler checks.

import { assert } from '../model/errors.ts'

/**
 * opening     reading the log and the checkpoint to restore, asking sources for their splits
 * starting    the first deployment is under way
 * running     all regions run
 * restarting  at least one region is recovering; the others run
 * stopping    the user asked for a stop: the last checkpoint is being taken, or sources drain
 * ending      the outcome is decided; subtasks are being stopped
 * finished    all input was processed and its output committed; there is nothing left to run
 * stopped     stopped by the user, and may be started again from its last checkpoint
 * failed      given up with an error; its state is kept
 */
export type JobState = 'opening' | 'starting' | 'running' | 'restarting' | 'stopping' | 'ending' | 'finished' | 'stopped' | 'failed'

const jobMoves = {
  opening: ['starting', 'finished', 'stopped', 'failed'],
  starting: ['running', 'restarting', 'ending', 'failed'],
  running: ['restarting', 'stopping', 'ending', 'failed'],
  restarting: ['running', 'ending', 'failed'],
  stopping: ['restarting', 'ending', 'failed'],
  ending: ['finished', 'stopped', 'failed'],
  finished: [],
  stopped: [],
  failed: [],
} as const satisfies Record<JobState, readonly JobState[]>

/**
 * idle        not deployed
 * starting    its start entry is on its way into the log; nothing is deployed
 * restoring   deployed; subtasks read their state
 * recovering  its sinks finish what the restored checkpoint staged
 * running     sources read
 * cancelling  subtasks were told to stop; waits for them, and for its back-off
 */
export type RegionState = 'idle' | 'starting' | 'restoring' | 'recovering' | 'running' | 'cancelling'

const regionMoves = {
  idle: ['starting'],
  starting: ['restoring', 'idle'],
  restoring: ['recovering', 'cancelling'],
  recovering: ['running', 'cancelling'],
  running: ['cancelling'],
  cancelling: ['idle', 'starting'],
} as const satisfies Record<RegionState, readonly RegionState[]>

/** @throws INVARIANT for a move that no table allows */
export function moveJob(from: JobState, to: JobState): JobState {
  const legal: readonly JobState[] = jobMoves[from]
  assert(legal.includes(to), () => `a job cannot go from ${from} to ${to}`)
  return to
}

export function moveRegion(from: RegionState, to: RegionState): RegionState {
  const legal: readonly RegionState[] = regionMoves[from]
  assert(legal.includes(to), () => `a region cannot go from ${from} to ${to}`)
  return to
}

export const isOver = (state: JobState): boolean => jobMoves[state].length === 0
