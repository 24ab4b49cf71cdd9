// What is behind a stream: the job it belongs to and its place in the graph. Kept under a symbol, so that no user's type shows it.

import { invalid } from '../model/refusals.ts'
import { checkObject } from './checks.ts'
import type { Graph, Place } from './graph.ts'
import type { Job } from './job-types.ts'

export interface Located {
  readonly job: Job
  readonly graph: Graph
  readonly place: Place
}

export const located: unique symbol = Symbol('millrace.located')

/**
 * The place of a stream that the author hands over.
 * @param what takes it, for messages: 'union'
 * @throws JOB_INVALID for what is no stream, and for one of another job
 */
export function placeOf(stream: unknown, graph: Graph, what: string): Place {
  const at = locatedOf(stream, what)
  if (at.graph !== graph) {
    throw invalid(
      `${what}: the stream belongs to job ${JSON.stringify(at.graph.job)}, not to ${JSON.stringify(graph.job)}: streams of different jobs meet only outside of them`,
    )
  }
  return at.place
}

export function locatedOf(stream: unknown, what: string): Located {
  checkObject(stream, what)
  const at = (stream as { readonly [located]?: Located })[located]
  if (at === undefined) throw invalid(`${what} takes a stream of the job, such as the result of job.source or of an operator`)
  return at
}
