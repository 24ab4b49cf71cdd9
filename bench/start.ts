// Group start: from the start of `node` to the first output of a trivial job, beside a node that does nothing.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Figure, Outcome, Run, Size } from './figure.ts'

const compiledJob = fileURLToPath(new URL('./jobs/first-result.js', import.meta.url))
const commandLine = fileURLToPath(new URL('../src/cli/main.js', import.meta.url))

const typeScriptJob = `
import { job, print } from 'millrace'

export const trivial = job('trivial')
trivial
  .source('numbers', [1, 2, 3])
  .map((n: number) => 2 * n)
  .to('out', print())
`

/** ms until the process has written its first line; of one that writes nothing, until it has ended. */
export function timeOf(args: readonly string[], expected: string, file = process.execPath): Promise<number> {
  const began = performance.now()
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let first = Number.NaN
  let out = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (Number.isNaN(first)) first = performance.now() - began
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0 && out.startsWith(expected)) resolve(expected === '' ? performance.now() - began : first)
      else reject(new Error(`${file} ${args.join(' ')} ended with ${code}\n${out}${errors}`))
    })
  })
}

/** Once to have the files in memory, then as it counts. */
async function timed(args: readonly string[], expected: string, size: Size): Promise<Outcome> {
  if (size === 'full') await timeOf(args, expected)
  return { value: await timeOf(args, expected), check: 'started' }
}

const nothing: Run = (size) => timed(['-e', '0'], '', size)

async function fromTypeScript(size: Size): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  const file = join(folder, 'trivial.ts')
  writeFileSync(file, typeScriptJob)
  try {
    return await timed([commandLine, 'run', file], 'out  2\n', size)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const start = (id: string, must: number, aim: number, engine: Run): Figure => ({
  id,
  unit: 'ms',
  judged: 'value',
  more: false,
  must,
  aim,
  sameResults: false,
  base: nothing,
  engine,
})

export const startFigures: readonly Figure[] = [
  start('start/first-result', 400, 150, (size) => timed([compiledJob], 'out  2\n', size)),
  start('start/first-result-ts', 1_000, 400, fromTypeScript),
]
