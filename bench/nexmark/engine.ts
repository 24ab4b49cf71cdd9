// Runs a query in this process: from a source that makes the events to a sink that counts and hashes rows.
//
// Making events is part of the time, as it is in the loops by hand.

import { type Job, type JoinOptions, job, join, type Key, type Sink, type Source, type Stream } from 'millrace'
import { Tally } from '../prepared.ts'
import { eventAt, type NexmarkEvent } from './events.ts'
import type { AnyQuery, Query } from './query.ts'

const intervalUsOf = ({ intervalUs = 100 }: { readonly intervalUs?: number | undefined }): number => intervalUs

/** Events 0 … count-1, which can be made again from any of them. Of several splits, each makes every so-manieth event. */
export function nexmark(count: number, intervalUs: number, tally: Tally, splits = 1): Source<NexmarkEvent> {
  return {
    '~type': undefined as never,
    bounded: true,
    describe: `${count} events of Nexmark`,
    guarantee: 'replays from any event',
    replayable: true,
    splits: () => Array.from({ length: splits }, (_, at) => ({ id: splits === 1 ? 'all' : `${at}`, at })),
    open: ({ at }, offset) => {
      let next = typeof offset === 'number' ? offset : (at as number)
      let current = next
      return {
        poll(out, max) {
          if (Number.isNaN(tally.began) && next >= tally.untimed) tally.begin()
          const end = Math.min(count, next + max * splits)
          for (; next < end; next += splits) {
            current = next
            out.record(eventAt(next, intervalUs))
          }
          tally.ended = performance.now()
          if (next < count) return 'more'
          tally.read()
          return 'end'
        },
        ready: () => Promise.resolve(),
        offset: () => next,
        where: () => `event ${current}`,
      }
    },
  }
}

/** Reading it takes some microseconds. */
const cpuReadEveryMs = 20

/** Counts rows and sums their hashes; where rows replace each other and `table` is given, those of the final table. */
export function counting<R>({ hash, key }: Query<R>, tally: Tally, table: Map<Key, number> | undefined): Sink<R> {
  let lastRead = 0
  const write = (row: R): void => {
    const hashed = hash(row)
    if (table === undefined || key === undefined) {
      tally.add(hashed)
      return
    }
    const of = key(row)
    const before = table.get(of)
    table.set(of, hashed)
    if (before === undefined) tally.add(hashed)
    else tally.sum = (tally.sum + hashed - before) | 0
  }
  return {
    '~type': undefined as never,
    describe: 'counter',
    guarantee: 'at-least-once',
    writer: () => ({
      write(rows, length) {
        for (let i = 0; i < length; i++) write(rows[i]!)
        tally.ended = performance.now()
        if (tally.ended - lastRead < cpuReadEveryMs) return
        tally.read()
        lastRead = tally.ended
      },
      prepare: () => [],
    }),
  }
}

export interface RunOptions {
  readonly events: number
  /** Count and hash the rows of the final table instead of all rows, where rows replace each other. */
  readonly final?: boolean | undefined
  /** Events before time counts. Default 0. */
  readonly untimed?: number | undefined
  /** Where its checkpoints go, one a second. Default: it has none. */
  readonly state?: string | undefined
}

export interface RunResult {
  readonly tally: Tally
  /** Complete ones, with the one that ends the job. */
  readonly checkpoints: number
}

/** The job of a query, and the stream of its rows. */
export function jobOf(
  { id, define, ...rest }: AnyQuery,
  events: number,
  tally: Tally,
): { readonly job: Job; readonly rows: Stream<never> } {
  const nexmarkJob = job(id, { checkpointEvery: '1 h' })
  const intervalUs = intervalUsOf(rest)
  const source = nexmarkJob.source('nexmark', nexmark(events, intervalUs, tally), { timestamp: (e) => e.dateTime })
  return { job: nexmarkJob, rows: define(source, nexmarkJob) }
}

/** Runs a query to its end. */
export const runQuery = async (query: AnyQuery, options: RunOptions): Promise<Tally> => (await runToEnd(query, options)).tally

/** Runs a query to its end. Its times are up to the last row. */
export async function runToEnd(query: AnyQuery, { events, final = false, untimed = 0, state }: RunOptions): Promise<RunResult> {
  const tally = new Tally(untimed)
  const { job: queryJob, rows } = jobOf(query, events, tally)
  rows.to('rows', counting(query, tally, final ? new Map() : undefined))
  const checkpoints: JoinOptions = state === undefined ? {} : { state, checkpointEvery: '1 s' }
  const node = await join(queryJob, checkpoints)
  await node.done
  const { lastCheckpoint, checkpointsFailed = 0 } = node.status() ?? {}
  return { tally, checkpoints: (lastCheckpoint?.epoch ?? 0) - checkpointsFailed }
}

/** A checksum as eight hexadecimal digits. */
export const hex = (sum: number): string => (sum >>> 0).toString(16).padStart(8, '0')
