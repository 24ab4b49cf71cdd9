// Runs a query on threads. Each thread imports this module, and finds in the environment which query it is.
//
// Rows are counted and hashed where they come out, in every thread; the counts come to the main thread with the last checkpoint, as what
// the sink has staged. Times are taken in the threads too: from the first event that is made to the last row or the end of the events.

import { type Job, job, join, type Sink } from 'millrace'
import { Tally } from '../prepared.ts'
import { counting, nexmark } from './engine.ts'
import { queryOf } from './queries.ts'
import type { AnyQuery } from './query.ts'

/** What one thread says of its part. Times in ms since the epoch; CPU time is the process's. */
interface Part {
  readonly count: number
  readonly sum: number
  readonly began: number | null
  readonly ended: number | null
  readonly cpuBegan: number
  readonly cpuEnded: number
}

const absolute = (time: number): number | null => (Number.isNaN(time) ? null : performance.timeOrigin + time)

const partOf = (tally: Tally): Part => ({
  count: tally.count,
  sum: tally.sum,
  began: absolute(tally.began),
  ended: absolute(tally.ended),
  cpuBegan: tally.cpuBegan,
  cpuEnded: tally.cpuBegan + tally.cpuMicros,
})

/** Counts in each thread; `parts` gets what all of them counted. */
function countingInThreads(query: AnyQuery, tally: Tally, parts: Part[]): Sink<never> {
  const local = counting(query, tally, undefined)
  return {
    ...local,
    guarantee: 'exactly-once',
    writer: async (context) => {
      const writer = await local.writer(context)
      return {
        write: (rows, length) => writer.write(rows, length),
        prepare: () => {
          const part = partOf(tally)
          tally.count = tally.sum = 0
          return [{ ...part }]
        },
      }
    },
    committer: () => ({
      recover: () => undefined,
      commit: (_, committables) => void parts.push(...(committables as unknown as readonly Part[])),
    }),
  }
}

function threadedJob(id: string, events: number, threads: number, parts: Part[]): Job {
  const query = queryOf(id)
  const tally = new Tally()
  const made = job(`${id}-threaded`, { checkpointEvery: '1 h', parallelism: threads })
  const source = made.source('nexmark', nexmark(events, query.intervalUs ?? 100, tally, threads), { timestamp: (e) => e.dateTime })
  query.define(source, made).to('rows', countingInThreads(query, tally, parts))
  return made
}

const { MILLRACE_BENCH_QUERY: wanted } = process.env
const [wantedId = 'q0', wantedEvents = '0', wantedThreads = '1'] = wanted?.split(' ') ?? []
/** The job that a thread of it loads. */
export const threaded = threadedJob(wantedId, Number(wantedEvents), Number(wantedThreads), [])

/** Runs a query to its end; its tally is that of all threads together. */
export async function runThreaded(id: string, events: number, threads: number): Promise<Tally> {
  const parts: Part[] = []
  const made = threadedJob(id, events, threads, parts)
  process.env.MILLRACE_BENCH_QUERY = `${id} ${events} ${threads}`
  const node = await join(made, { threads, module: import.meta.url })
  await node.done
  const tally = new Tally()
  const told = (of: (part: Part) => number | null): number[] => parts.flatMap((part) => of(part) ?? [])
  for (const { count, sum } of parts) {
    tally.count += count
    tally.sum = (tally.sum + sum) | 0
  }
  tally.began = Math.min(...told(({ began }) => began)) - performance.timeOrigin
  tally.ended = Math.max(...told(({ ended }) => ended)) - performance.timeOrigin
  tally.cpuMicros =
    Math.max(...told(({ cpuEnded }) => cpuEnded)) - Math.min(...told(({ began, cpuBegan }) => (began === null ? null : cpuBegan)))
  return tally
}
