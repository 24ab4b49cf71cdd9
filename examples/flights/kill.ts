// Kills the flights job ten times at random moments, lets it finish, and compares its results with those of a run that nobody disturbed.
//
//   npx tsx examples/flights/kill.ts [KILLS] [SEED] [INPUT]
//
// SIGKILL gives a process no chance to say goodbye: whatever had not reached the state directory is gone.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join as pathOf } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readEpochs } from 'millrace/files'
import { seededRandom } from '../seeded-random.ts'

const results = ['punctuality', 'too-late', 'disruption', 'missed']
const program = fileURLToPath(new URL('run.ts', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** How long a process may live: until its job has begun, or has completed a checkpoint, and then some ms more. */
export interface Fate {
  readonly after: 'running' | 'checkpoint'
  readonly ms: number
}

export interface Life extends Fate {
  /** Newest epoch that readers of the output could see when it was dead; 0 = none. */
  readonly committed: number
}

/**
 * Runs the job in one process after the other, killing each at a moment that the seed decides, and the last one not at all.
 * @throws when a process ends by itself before its moment has come, or the last one fails
 */
export async function runKilled(folder: string, kills: number, seed: number, input?: string): Promise<readonly Life[]> {
  const random = seededRandom(seed)
  const lives: Life[] = []
  for (let i = 0; i < kills; i++) {
    const fate: Fate = { after: random() < 0.5 ? 'running' : 'checkpoint', ms: Math.floor(random() * 300) }
    await live(folder, input, fate)
    lives.push({ ...fate, committed: await newestEpoch(pathOf(folder, 'output')) })
  }
  await live(folder, input)
  return lives
}

/** One process; without a fate it lives until its job is done. */
export async function live(folder: string, input?: string, fate?: Fate): Promise<void> {
  const options = [pathOf(folder, 'output'), pathOf(folder, 'state'), ...(input === undefined ? [] : [input])]
  const child = spawn(process.execPath, ['--import', tsx, program, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>
  let timer: NodeJS.Timeout | undefined
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === fate?.after) timer ??= setTimeout(() => child.kill('SIGKILL'), fate.ms)
  })
  try {
    const [code, signal] = await exited
    if (fate === undefined && code !== 0) throw new Error(`the job was left alone and ended with ${code ?? signal}`)
    if (fate !== undefined && signal !== 'SIGKILL') throw new Error(`the job ended with ${code ?? signal} before it was killed: give it more input`)
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
  }
}

async function newestEpoch(output: string): Promise<number> {
  const epochs = await Promise.all(results.map((result) => readdir(pathOf(output, result)).catch(() => [])))
  return Math.max(0, ...epochs.flat().map((name) => Number(/^epoch-(\d+)$/.exec(name)?.[1] ?? 0)))
}

/** All records of a result as text, sorted: the order of lines is not part of a result. */
export async function sortedLines(folder: string, result: string): Promise<string> {
  const lines: string[] = []
  for await (const record of readEpochs(pathOf(folder, 'output', result))) lines.push(JSON.stringify(record))
  return lines.sort().join('\n')
}

async function main(kills: number, seed: number, input: string | undefined): Promise<void> {
  const folder = await mkdtemp(pathOf(tmpdir(), 'flights-kill-'))
  const [calm, killed] = [pathOf(folder, 'calm'), pathOf(folder, 'killed')]
  try {
    await live(calm, input)
    const lives = await runKilled(killed, kills, seed, input)
    console.table(lives)
    for (const result of results) {
      const [expected, got] = [await sortedLines(calm, result), await sortedLines(killed, result)]
      console.log(`${result}: ${expected === got ? 'the same' : 'DIFFERENT'}, ${expected.split('\n').length} records`)
      if (expected !== got) process.exitCode = 1
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [kills = '10', seed = '1', input] = process.argv.slice(2)
  await main(Number(kills), Number(seed), input)
}
