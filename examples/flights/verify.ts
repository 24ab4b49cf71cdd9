// Runs the flights job over the whole table, then lets DuckDB compute the same from the same file and compares every line.
//
//   npx tsx examples/flights/verify.ts            # two minutes at most
//   npx tsx examples/flights/verify.ts OUTPUT     # compares what a run has written before

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as pathOf } from 'node:path'
import { join } from 'millrace'
import { compareWithSql } from './expected.ts'
import { flightsFile } from './flight-times.ts'
import { flightsJob } from './flights.ts'

const [given] = process.argv.slice(2)
const output = given ?? (await mkdtemp(pathOf(tmpdir(), 'flights-')))
try {
  if (given === undefined) await runJob(output)
  const comparisons = await compareWithSql(flightsFile, output)
  console.table(comparisons)
  if (comparisons.some(({ missing, surplus }) => missing + surplus > 0)) process.exitCode = 1
} finally {
  if (given === undefined) await rm(output, { recursive: true, force: true })
}

async function runJob(into: string): Promise<void> {
  const started = performance.now()
  await using node = await join(flightsJob({ output: into }))
  await node.done
  const seconds = (performance.now() - started) / 1_000
  console.log(`3 × 3,000,000 records in ${seconds.toFixed(1)} s: ${Math.round(9e6 / seconds).toLocaleString('en')} records a second`)
}
