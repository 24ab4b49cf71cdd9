// Compiles a job as a run wants it: with its parallelism, its threads and its rate. The main thread and every other one use this one
// function, so they come to the same plan.

import type { CompiledJob } from './api/graph.ts'
import { jobInternals } from './api/job.ts'
import type { Job } from './api/job-types.ts'
import { limitedSource } from './cli/limited-source.ts'
import type { OperatorId } from './model/ids.ts'
import type { Plan } from './model/plan.ts'
import { checkThreadCount, checkThreads, workerOf } from './plan/placement.ts'
import type { Source } from './ports/source.ts'

export interface RunShape {
  /** Of operators that do not say otherwise. Default: the job's, and with threads at least their number. */
  readonly parallelism?: number | undefined
  /** Default: none, all runs in the main thread. */
  readonly threads?: number | undefined
  /** Records a second that each source gives at most. Default: no limit. */
  readonly rate?: number | undefined
}

/** @throws JOB_INVALID, USAGE */
export function compileRun(job: Job, { parallelism, threads, rate }: RunShape): CompiledJob {
  if (threads !== undefined) checkThreadCount(threads)
  const internals = jobInternals(job)
  const spread = threads === undefined ? undefined : Math.max(threads, internals.options.parallelism)
  const options = { parallelism: parallelism ?? spread, threads: threads !== undefined }
  const plain = internals.compile(options)
  if (threads !== undefined) checkThreads(plain.plan, threads)
  if (rate === undefined) return plain
  const sources = new Map<string, Source<unknown, never>>()
  for (const [id, { source }] of plain.sources) sources.set(id, limitedSource(source, rate / workersOf(plain.plan, id, threads ?? 0)))
  return internals.compile({ ...options, sources })
}

/** How many workers share the rate of a source. */
function workersOf(plan: Plan, source: OperatorId, threads: number): number {
  const vertex = plan.vertices.find(({ operators }) => operators[0]!.id === source)!
  return new Set(Array.from({ length: vertex.parallelism }, (_, index) => workerOf(vertex, index, threads))).size
}
