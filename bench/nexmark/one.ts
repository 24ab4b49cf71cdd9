// One query in a process of its own: `node one.js <id> <events>`. The last line says how it went.
//
// A first run warms up, a second is timed with all rows counted; at the size of the published results a third one checks the final rows.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { join } from 'millrace'
import { settle, Tally } from '../prepared.ts'
import { hex, runQuery } from './engine.ts'
import { expected, expectedAt } from './expected.ts'
import { q10 } from './queries/log.ts'
import { queryOf } from './queries.ts'

const [id = '', count = ''] = process.argv.slice(2)
const events = Number(count)

async function runLog(logged: number): Promise<Tally> {
  const directory = mkdtempSync(path(tmpdir(), 'nexmark-'))
  const tally = new Tally()
  try {
    const node = await join(q10(logged, path(directory, 'log'), tally))
    await node.done
  } finally {
    rmSync(directory, { recursive: true })
  }
  // What is read in whole files is there when the last of them is.
  tally.ended = performance.now()
  return tally
}

async function isExpected(): Promise<boolean | undefined> {
  const wanted = expected[id]
  if (wanted === undefined || events !== expectedAt) return undefined
  const { count: rows, sum } = await runQuery(queryOf(id), { events, final: true })
  return rows === wanted.rows && hex(sum) === wanted.checksum
}

const run = (size: number): Promise<Tally> => (id === 'q10' ? runLog(size) : runQuery(queryOf(id), { events: size }))
await run(Math.ceil(events / 4))
settle()
const tally = await run(events)
const rate = tally.rateOf(events)
console.log(
  JSON.stringify({
    id,
    events,
    eventsPerSecond: Math.round(rate),
    nsPerEvent: Math.round(1e9 / rate),
    cpuNsPerEvent: Math.round((tally.cpuMicros * 1_000) / events),
    rows: tally.count,
    asPublished: await isExpected(),
  }),
)
process.exit(0)
