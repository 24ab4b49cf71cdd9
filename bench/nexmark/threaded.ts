// Runs a query on threads. Each thread imports this module, and finds in the environment which query it is. Rows are counted and hashed
// where they come out, in every thread.

import { type Job, job, join } from 'millrace'
import { Tally } from '../prepared.ts'
import { inThreads, type Part, tallyOf } from '../threads/parts.ts'
import { counting, nexmark } from './engine.ts'
import { queryOf } from './queries.ts'

interface Wanted {
  readonly id: string
  readonly events: number
  readonly threads: number
  /** Of these events, those before time counts. */
  readonly untimed: number
}

function threadedJob({ id, events, threads, untimed }: Wanted, parts: Part[]): Job {
  const query = queryOf(id)
  const tally = new Tally(untimed)
  const made = job(`${id}-threaded`, { checkpointEvery: '1 h', parallelism: threads })
  const source = made.source('nexmark', nexmark(events, query.intervalUs ?? 100, tally, threads), { timestamp: (e) => e.dateTime })
  query.define(source, made).to('rows', inThreads(counting(query, tally, undefined), tally, parts))
  return made
}

/** The job that a thread loads. */
export const threaded = threadedJob(
  JSON.parse(
    process.env.MILLRACE_BENCH_QUERY ?? JSON.stringify({ id: 'q0', events: 0, threads: 1, untimed: 0 } satisfies Wanted),
  ) as Wanted,
  [],
)

/** Runs a query to its end; its tally is that of all threads together. */
export async function runThreaded(id: string, events: number, threads: number, untimed = 0): Promise<Tally> {
  const wanted: Wanted = { id, events, threads, untimed }
  const parts: Part[] = []
  const made = threadedJob(wanted, parts)
  process.env.MILLRACE_BENCH_QUERY = JSON.stringify(wanted)
  await (await join(made, { threads, module: import.meta.url })).done
  return tallyOf(parts)
}
