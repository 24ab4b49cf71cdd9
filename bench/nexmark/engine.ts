// Runs a query in this process with one subtask an operator: from a source that makes the events to a sink that counts and hashes rows.
//
// Making events is part of the time, as it is in the loops by hand.

import { type Job, job, join, type Key, type Sink, type Source, type Stream } from 'millrace'
import { Tally } from '../prepared.ts'
import { eventAt, type NexmarkEvent } from './events.ts'
import type { AnyQuery, Query } from './query.ts'

const intervalUsOf = ({ intervalUs = 100 }: { readonly intervalUs?: number | undefined }): number => intervalUs

/** Events 0 … count-1, which can be made again from any of them. */
export function nexmark(count: number, intervalUs: number, tally: Tally): Source<NexmarkEvent> {
  return {
    '~type': undefined as never,
    bounded: true,
    describe: `${count} events of Nexmark`,
    guarantee: 'replays from any event',
    replayable: true,
    splits: () => [{ id: 'all' }],
    open: (_, offset) => {
      let next = typeof offset === 'number' ? offset : 0
      let current = next
      return {
        poll(out, max) {
          if (Number.isNaN(tally.began)) tally.begin()
          const end = Math.min(count, next + max)
          for (; next < end; next++) {
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

/** Counts rows and sums their hashes; where rows replace each other and `table` is given, those of the final table. */
function counting<R>({ hash, key }: Query<R>, tally: Tally, table: Map<Key, number> | undefined): Sink<R> {
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
      },
      prepare: () => [],
    }),
  }
}

export interface RunOptions {
  readonly events: number
  /** Count and hash the rows of the final table instead of all rows, where rows replace each other. */
  readonly final?: boolean | undefined
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
export async function runQuery(query: AnyQuery, { events, final = false }: RunOptions): Promise<Tally> {
  const tally = new Tally()
  const { job: queryJob, rows } = jobOf(query, events, tally)
  rows.to('rows', counting(query, tally, final ? new Map() : undefined))
  const node = await join(queryJob)
  await node.done
  return tally
}

/** A checksum as eight hexadecimal digits. */
export const hex = (sum: number): string => (sum >>> 0).toString(16).padStart(8, '0')
