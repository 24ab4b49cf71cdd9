// Runs the flights job in this process, as a program of one's own would: tsx examples/flights/run.ts OUTPUT [STATE] [INPUT]
//
// Says "running", "checkpoint" for each that is complete, and "done"; kill.ts listens to that.

import { setInterval } from 'node:timers/promises'
import { join } from 'millrace'
import { flightsJob } from './flights.ts'

const [output, state, input] = process.argv.slice(2)
if (output === undefined) throw new Error('usage: tsx examples/flights/run.ts OUTPUT [STATE] [INPUT]')

const started = performance.now()
await using node = await join(flightsJob({ input, output, checkpointEvery: '100 ms' }), { state })
const finished = new AbortController()
const over = node.done.finally(() => finished.abort())
console.log('running')
await sayCheckpoints(finished.signal)
await over
console.log(
  `done in ${((performance.now() - started) / 1_000).toFixed(1)} s, ${Math.round(process.memoryUsage.rss() / 1e6)} MB resident at the end`,
)

/** Of those that this process has completed: the one that it went on from does not count. */
async function sayCheckpoints(signal: AbortSignal): Promise<void> {
  let last = 0
  try {
    for await (const _ of setInterval(10, undefined, { signal })) {
      const { lastCheckpoint, restored } = node.status() ?? {}
      const newest = lastCheckpoint?.epoch ?? 0
      if (newest > last && newest !== restored) console.log('checkpoint')
      last = newest
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown
  }
}
