// `npm test`: every check that a user runs, two at a time, then the tests, and one closing line with the counts of the real test run.
//
// Every step runs even when an earlier one failed, so that one run shows everything. The exit code is 0 only if all steps succeeded and at
// least one test ran. The counts come from the runner's own result file; a test file that fails before its first test counts as one failure.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Counts, closingLine, readCounts } from './house/counts.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'))
const resultFile = join(folder, 'result.json')

type Step = readonly string[]

/** Side by side, those of a lane one after the other. The check of the package packs it, and so builds it. */
const lanes: readonly (readonly Step[])[] = [
  [['run', 'check:package']],
  [
    ['run', 'lint'],
    ['run', 'typecheck'],
  ],
]
const tests: Step = [
  'exec',
  '--',
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${resultFile}`,
  ...process.argv.slice(2),
]

/** Runs a step. What a check says is shown when it ends, so that two at a time can be read. */
function runs(step: Step): Promise<boolean> {
  return new Promise((resolve) => {
    const said: Buffer[] = []
    const child = spawn('npm', step, { stdio: step === tests ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'] })
    for (const output of [child.stdout, child.stderr]) output?.on('data', (bytes: Buffer) => said.push(bytes))
    child.on('error', (error) => said.push(Buffer.from(`npm ${step.join(' ')}: ${error.message}\n`)))
    child.on('close', (status) => {
      process.stdout.write(Buffer.concat(said))
      resolve(status === 0)
    })
  })
}

const failed: Step[] = []
async function runInTurn(steps: readonly Step[]): Promise<void> {
  for (const step of steps) if (!(await runs(step))) failed.push(step)
}

function counts(): Counts | undefined {
  try {
    return readCounts(readFileSync(resultFile, 'utf8'))
  } catch (error) {
    console.error(`the test run left no result: ${String(error)}`)
    return undefined
  }
}

await Promise.all(lanes.map(runInTurn))
await runInTurn([tests])
const result = counts()
rmSync(folder, { recursive: true, force: true })
for (const step of failed) console.error(`failed: npm ${step.slice(0, 3).join(' ')}`)
console.log(closingLine(result))
process.exitCode = failed.length === 0 && result !== undefined && result.failed === 0 && result.passed > 0 ? 0 : 1
