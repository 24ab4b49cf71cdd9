// Runs the flights job in this process, as a program of one's own would: tsx examples/flights/run.ts OUTPUT [STATE] [INPUT]
//
// Says "running" when the job has begun and "done" when all results are written; kill.ts listens to that.

import { join } from 'millrace'
import { flightsJob } from './flights.ts'

const [output, state, input] = process.argv.slice(2)
if (output === undefined) throw new Error('usage: tsx examples/flights/run.ts OUTPUT [STATE] [INPUT]')

const started = performance.now()
await using node = await join(flightsJob({ input, output, checkpointEvery: state === undefined ? '2 s' : '100 ms' }), { state })
console.log('running')
await node.done
console.log(`done in ${((performance.now() - started) / 1_000).toFixed(1)} s, ${Math.round(process.memoryUsage.rss() / 1e6)} MB resident at the end`)
