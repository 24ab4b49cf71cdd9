// Group start: from the start of `node` to the first output of a trivial job, beside a node that does nothing.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endOf, startChild } from './children.ts'
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
export async function timeOf(args: readonly string[], expected: string, file = process.execPath): Promise<number> {
  const began = performance.now()
  const child = startChild(file, args)
  let first = Number.NaN
  child.stdout.once('data', () => {
    first = performance.now() - began
  })
  const { code, stdout, stderr } = await endOf(child)
  if (code !== 0 || !stdout.startsWith(expected)) throw new Error(`${file} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`)
  return expected === '' ? performance.now() - began : first
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
