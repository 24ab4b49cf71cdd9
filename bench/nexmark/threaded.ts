// Runs a query on threads. Each thread imports this module, and finds in the environment which query it is. Rows are counted and hashed
// where they come out, in every thread.

import { type Job, job, join } from 'millrace'
import { Tally } from '../prepared.ts'
import { inThreads, type Part, tallyOf } from '../threads/parts.ts'
import { counting, nexmark } from './engine.ts'
import { queryOf } from './queries.ts'

function threadedJob(id: string, events: number, threads: number, parts: Part[]): Job {
  const query = queryOf(id)
  const tally = new Tally()
  const made = job(`${id}-threaded`, { checkpointEvery: '1 h', parallelism: threads })
  const source = made.source('nexmark', nexmark(events, query.intervalUs ?? 100, tally, threads), { timestamp: (e) => e.dateTime })
  query.define(source, made).to('rows', inThreads(counting(query, tally, undefined), tally, parts))
  return made
}

const [wantedId = 'q0', wantedEvents = '0', wantedThreads = '1'] = process.env.MILLRACE_BENCH_QUERY?.split(' ') ?? []
/** The job that a thread loads. */
export const threaded = threadedJob(wantedId, Number(wantedEvents), Number(wantedThreads), [])

/** Runs a query to its end; its tally is that of all threads together. */
export async function runThreaded(id: string, events: number, threads: number): Promise<Tally> {
  const parts: Part[] = []
  const made = threadedJob(id, events, threads, parts)
  process.env.MILLRACE_BENCH_QUERY = `${id} ${events} ${threads}`
  await (await join(made, { threads, module: import.meta.url })).done
  return tallyOf(parts)
}
