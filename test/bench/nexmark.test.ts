// The queries of Nexmark give what they must: the published checksums at 1,000,000 events, and the rows of a computation without an engine.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { collect, join, type Key } from 'millrace'
import { readEpochs } from 'millrace/files'
import { expect, onTestFinished, test } from 'vitest'
import { hex, jobOf, runQuery } from '../../bench/nexmark/engine.ts'
import { eventAt, isBid, type NexmarkEvent } from '../../bench/nexmark/events.ts'
import { expected, expectedAt } from '../../bench/nexmark/expected.ts'
import { loops, runLoop } from '../../bench/nexmark/limit.ts'
import { type Logged, q10 } from '../../bench/nexmark/queries/log.ts'
import { queries, queryOf } from '../../bench/nexmark/queries.ts'
import type { AnyQuery, Query } from '../../bench/nexmark/query.ts'
import { Tally } from '../../bench/prepared.ts'
import { naive } from './nexmark-naive.ts'

const few = 50_000
/** Where rows are many or wide. */
const fewer: Readonly<Record<string, number>> = { q23: 10_000, r1: 25_000 }
const eventsOf = ({ intervalUs = 100 }: AnyQuery, count: number): NexmarkEvent[] =>
  Array.from({ length: count }, (_, i) => eventAt(i, intervalUs))

/** All rows of a query, or the final ones where rows replace each other. */
async function rowsOf(query: AnyQuery, events: number): Promise<readonly object[]> {
  const all = collect<object>()
  const { job, rows } = jobOf(query, events, new Tally())
  rows.to('rows', all)
  const node = await join(job)
  await node.done
  const { key } = query as unknown as Query<object>
  return key === undefined ? all.records : [...new Map(all.records.map((row): [Key, object] => [key(row), row])).values()]
}

/** Rows as texts that compare: in any order, fields in any order. */
const comparable = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(ordered(row))).sort()

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, ordered(field)]),
  )
}

// The others are checked at this size by `bench/nexmark/run.ts`.
test.for(['q0', 'q2', 'q3', 'q5', 'q7', 'q8', 'q11', 'k1'])('BE23 %s gives the published result at 1,000,000 events', async (id) => {
  const { count, sum } = await runQuery(queryOf(id), { events: expectedAt, final: true })
  expect({ rows: count, checksum: hex(sum) }).toEqual(expected[id])
})

const compared = queries.filter(({ id }) => id !== 'q12')

test.for(compared.map(({ id }) => id))('BE24 %s gives the rows of a computation without an engine', async (id) => {
  const query = queryOf(id)
  const count = fewer[id] ?? few
  const found = comparable(await rowsOf(query, count))
  const wanted = comparable(naive[id]!(eventsOf(query, count)))
  expect(found.length).toBe(wanted.length)
  expect(found.length).toBeGreaterThan(0)
  expect(found.findIndex((row, i) => row !== wanted[i])).toBe(-1)
})

test('BE25 q12 counts every bid of a user once, whatever the clock says', async () => {
  const rows = (await rowsOf(queryOf('q12'), few)) as readonly { bidder: number; bids: number; start: number; end: number }[]
  const counts = new Map<number, number>()
  for (const { bidder, bids } of rows) counts.set(bidder, (counts.get(bidder) ?? 0) + bids)
  const wanted = new Map<number, number>()
  for (const event of eventsOf(queryOf('q12'), few)) if (isBid(event)) wanted.set(event.bidder, (wanted.get(event.bidder) ?? 0) + 1)
  expect(counts).toEqual(wanted)
  for (const { start, end } of rows) expect(end - start).toBe(10_000)
})

test('BE26 q10 logs every bid once, in files that a reader sees whole', async () => {
  const directory = mkdtempSync(path(tmpdir(), 'nexmark-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const node = await join(q10(few, path(directory, 'log'), new Tally()))
  await node.done
  const found: object[] = []
  for await (const row of readEpochs(path(directory, 'log'))) found.push(row)
  const wanted = eventsOf(queryOf('q0'), few)
    .filter(isBid)
    .map(({ auction, bidder, price, dateTime, extra }) => {
      const [day, time] = new Date(dateTime).toISOString().split('T')
      const logged: Logged = { auction, bidder, price, dateTime, extra, day: day!, minute: time!.slice(0, 5) }
      return Object.fromEntries(Object.entries(logged).map(([name, field]) => [name, `${field}`]))
    })
  expect(comparable(found)).toEqual(comparable(wanted))
})

test.for(Object.keys(loops))('BE27 the loop by hand gives the rows of %s', async (id) => {
  const byHand = runLoop(id, few)
  expect(byHand.check).toBe((await runQuery(queryOf(id), { events: few })).check)
})
