// `npx tsx bench/nexmark/where.ts [q0 q5 …]`: where the time of a query goes, in ns an event, by the parts of the engine.
//
// Each query runs in a process of its own under V8's sampling profiler; what comes before its 2,000,000th event does not count, nor the
// checkpoint behind its last one. A sample counts for the file of the function that it is in, also where that is inlined. What is generated
// (flow/fuse.ts, flow/source-record.ts) has no file: it is the source's part and the stateless steps, with the user's functions in them. All
// parts but idling together are the CPU time of the process: on a machine that does other things besides, times of samples are too long.

import { spawnSync } from 'node:child_process'
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import { build } from '../build.ts'
import { childFile } from '../built.ts'
import { settle } from '../prepared.ts'
import { runQuery } from './engine.ts'
import { queryOf } from './queries.ts'

const warmUp = 2_000_000
const samplingMicros = 200

/** The first that fits counts. */
const parts: readonly (readonly [part: string, files: RegExp])[] = [
  ['generator', /nexmark\/(events|tables|clock)\.js/],
  ['query', /nexmark\/queries\/|nexmark\/query\.js/],
  ['output', /flow\/sink-buffer|actors\/sink-pump|bench\/prepared/],
  ['source', /nexmark\/engine|flow\/source-|protocol\/(bounded-watermarks|watermark-merge)/],
  ['exchange', /flow\/(exchange|gate|combin)|model\/batch|protocol\/channel/],
  ['state', /src\/state\/|model\/key|windows\/(slice-table|slice-lists|slice-store|session-table|larger)/],
  ['operator', /src\/(operators|windows)\//],
  ['turns', /src\/(runtime|flow|adapters)\/|actors\//],
]

const partNames = [...parts.map(([part]) => part), 'collector', 'rest', 'idle']

function partOf(name: string, url: string): string {
  if (name === '(garbage collector)') return 'collector'
  if (name === '(idle)') return 'idle'
  if (url === '') return name === 'record' || name === 'fused' ? 'source' : 'rest'
  return parts.find(([, files]) => files.test(url))?.[0] ?? 'rest'
}

async function profile(id: string): Promise<void> {
  const events = id === 'r1' ? 2_000_000 : 10_000_000
  const query = queryOf(id)
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: samplingMicros })
  settle()
  await session.post('Profiler.start')
  const began = performance.now()
  const tally = await runQuery(query, { events: warmUp + events, untimed: warmUp })
  const { profile } = await session.post('Profiler.stop')
  const times = timesOf(profile, (tally.began - began) * 1_000, (tally.ended - began) * 1_000)
  const cpuNs = (tally.cpuMicros * 1_000) / events
  const busy = [...times].reduce((sum, [part, time]) => (part === 'idle' ? sum : sum + time), 0)
  const ns = [...times].map(([part, time]) => [part, Number(((time / busy) * cpuNs).toFixed(1))])
  console.log(JSON.stringify({ id, cpuNs: Math.round(cpuNs), ...Object.fromEntries(ns) }))
  process.exit(0)
}

/** Time of the samples by part, of those between the two. */
function timesOf(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  fromMicros: number,
  toMicros: number,
): ReadonlyMap<string, number> {
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]))
  const times = new Map(partNames.map((part) => [part, 0]))
  let at = 0
  for (const [i, sample] of samples.entries()) {
    at += timeDeltas[i]!
    if (at < fromMicros || at > toMicros) continue
    const { functionName, url } = frames.get(sample)!
    const part = partOf(functionName, url)
    times.set(part, times.get(part)! + timeDeltas[i]!)
  }
  return times
}

const [command, ...ids] = process.argv.slice(2)
if (command === '--profile') await profile(ids[0]!)
else {
  build()
  const file = join(childFile, '..', 'nexmark', 'where.js')
  const named = [command, ...ids].filter((id) => id !== undefined)
  for (const id of named.length > 0 ? named : ['q0', 'q5', 'q11', 'k1', 'r1']) {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', file, '--profile', id], { encoding: 'utf8' })
    console.log(status === 0 ? stdout.trimEnd() : stderr)
  }
}
