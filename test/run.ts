// `npm test`: every check that a user runs, in order, then one closing line with the counts of the real test run.
//
// Every step runs even when an earlier one failed, so that one run shows everything. The exit code is 0 only if all steps succeeded and at
// least one test ran. The counts come from the runner's own result file; a test file that fails before its first test counts as one failure.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Counts, closingLine, readCounts } from './house/counts.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'))
const resultFile = join(folder, 'result.json')

const steps: readonly (readonly string[])[] = [
  ['run', 'lint'],
  ['run', 'typecheck'],
  ['run', 'build'],
  ['run', 'check:package'],
  ['exec', '--', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`, ...process.argv.slice(2)],
]

function runs(step: readonly string[]): boolean {
  const { status, error } = spawnSync('npm', step, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (error !== undefined) console.error(`npm ${step.join(' ')}: ${error.message}`)
  return status === 0
}

function counts(): Counts | undefined {
  try {
    return readCounts(readFileSync(resultFile, 'utf8'))
  } catch (error) {
    console.error(`the test run left no result: ${String(error)}`)
    return undefined
  }
}

const failed = steps.filter((step) => !runs(step))
const result = counts()
rmSync(folder, { recursive: true, force: true })
for (const step of failed) console.error(`failed: npm ${step.slice(0, 3).join(' ')}`)
console.log(closingLine(result))
process.exitCode = failed.length === 0 && result !== undefined && result.failed === 0 && result.passed > 0 ? 0 : 1
