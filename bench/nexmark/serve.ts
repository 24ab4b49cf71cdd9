// A query as often as it is asked for, in a process of its own: `node serve.js <id> <threads>`. A line of input is a number of events, the
// line that answers it says how the run went. The engines that it is compared with are asked in the same way: see bench/peers.

import { createInterface } from 'node:readline'
import { settle } from '../prepared.ts'
import { hex, runQuery } from './engine.ts'
import { queryOf } from './queries.ts'
import { runThreaded } from './threaded.ts'

const [id = '', threadsWanted = '1'] = process.argv.slice(2)
const query = queryOf(id)

for await (const line of createInterface({ input: process.stdin })) {
  const events = Number(line)
  settle()
  const tally = threadsWanted === '1' ? await runQuery(query, { events }) : await runThreaded(id, events, Number(threadsWanted))
  console.log(
    JSON.stringify({
      events,
      seconds: (tally.ended - tally.began) / 1_000,
      cpuSeconds: tally.cpuMicros / 1e6,
      jobSeconds: (performance.now() - tally.began) / 1_000,
      rows: tally.count,
      checksum: hex(tally.sum),
    }),
  )
}
process.exit(0)
