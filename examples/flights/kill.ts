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
import { basename, join as pathOf } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readEpochs } from 'millrace/files'
import { seededRandom } from '../seeded-random.ts'

/** Folders below the output. */
export const results = ['punctuality', 'too-late', 'disruption', 'missed']
const program = fileURLToPath(new URL('run.ts', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** How long a process may live: until its job has begun and has completed some checkpoints, and then some ms more. */
export interface Fate {
  readonly checkpoints: number
  readonly ms: number
}

export interface Life extends Fate {
  /** Folder of output and state. */
  readonly folder: string
  /** Newest epoch that readers of the output could see when it was dead; 0 = none. */
  readonly committed: number
}

/**
 * Runs the job in one process after the other and kills each at a moment that the seed decides, then lets it finish. Where it finishes before
 * its moment has come, the next process begins anew in a folder of its own.
 * @returns the lives that were killed; all their folders hold complete results
 */
export async function runKilled(below: string, kills: number, seed: number, input?: string): Promise<readonly Life[]> {
  const random = seededRandom(seed)
  const lives: Life[] = []
  let rounds = 1
  while (lives.length < kills) {
    const folder = pathOf(below, `round-${rounds}`)
    const fate: Fate = { checkpoints: Math.floor(random() * 3), ms: Math.floor(random() * 200) }
    if (await live(folder, input, fate)) rounds++
    else lives.push({ ...fate, folder, committed: await newestEpoch(pathOf(folder, 'output')) })
  }
  await live(lives.at(-1)!.folder, input)
  return lives
}

/**
 * One process; without a fate it lives until its job is done.
 * @returns whether the job is done
 */
export async function live(folder: string, input?: string, fate?: Fate): Promise<boolean> {
  const options = [pathOf(folder, 'output'), pathOf(folder, 'state'), ...(input === undefined ? [] : [input])]
  const child = spawn(process.execPath, ['--import', tsx, program, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>
  let timer: NodeJS.Timeout | undefined
  let checkpoints = -1
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'running' || line === 'checkpoint') checkpoints++
    if (checkpoints === fate?.checkpoints) timer ??= setTimeout(() => child.kill('SIGKILL'), fate.ms)
  })
  try {
    const [code, signal] = await exited
    if (code !== 0 && !(timer !== undefined && signal === 'SIGKILL')) throw new Error(`the job failed: it ended with ${code ?? signal}`)
    return code === 0
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
  const below = await mkdtemp(pathOf(tmpdir(), 'flights-kill-'))
  const calm = pathOf(below, 'calm')
  try {
    await live(calm, input)
    const lives = await runKilled(below, kills, seed, input)
    console.table(lives, ['checkpoints', 'ms', 'committed'])
    for (const folder of new Set(lives.map((life) => life.folder))) {
      for (const result of results) {
        const [expected, got] = [await sortedLines(calm, result), await sortedLines(folder, result)]
        console.log(`${basename(folder)} ${result}: ${expected === got ? 'the same' : 'DIFFERENT'}, ${expected.split('\n').length} records`)
        if (expected !== got) process.exitCode = 1
      }
    }
  } finally {
    await rm(below, { recursive: true, force: true })
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [kills = '10', seed = '1', input] = process.argv.slice(2)
  await main(Number(kills), Number(seed), input)
}
