// Which worker runs which subtask, where a process has several threads.
//
// Worker 0 is the process's main thread, the others are threads 1 … N. A subtask's number decides, so subtasks that a forward edge joins
// share a thread; vertices of one subtask are dealt out by their own number. What is pinned stays in the main thread.

import { MillraceError } from '../model/errors.ts'
import type { Plan, PlanVertex } from '../model/plan.ts'

/** Threads of one process. */
const threadsMax = 256

export function workerOf(vertex: PlanVertex, index: number, threads: number): number {
  if (threads === 0 || vertex.pinned === true) return 0
  return 1 + ((vertex.parallelism === 1 ? vertex.id : index) % threads)
}

/**
 * Refuses a number of threads that cannot all have work.
 * @throws USAGE, saying what to do
 */
export function checkThreads(plan: Plan, threads: number): void {
  const used = new Set(
    plan.vertices.flatMap((vertex) => Array.from({ length: vertex.parallelism }, (_, index) => workerOf(vertex, index, threads))),
  )
  used.delete(0)
  if (used.size === threads) return
  const most = Math.max(...plan.vertices.map(({ parallelism, pinned }) => (pinned === true ? 0 : parallelism)))
  throw new MillraceError(
    'USAGE',
    `${threads} threads are more than the subtasks of job ${plan.job} can use: ${used.size} would work. Use fewer threads, or a higher parallelism (now ${most})`,
  )
}

/** @throws USAGE for a number of threads that no run can have */
export function checkThreadCount(threads: number): void {
  if (Number.isSafeInteger(threads) && threads >= 1 && threads <= threadsMax) return
  throw new MillraceError(
    'USAGE',
    `threads is ${threads}: it must be a whole number from 1 to ${threadsMax}; leave it out to run without threads`,
  )
}
