// What the README and the guide show is what runs.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
/** Inside of the clone, so that 'millrace' means its sources. */
const scratch = resolve(root, '.millrace', `docs-test-${process.pid}`)
mkdirSync(scratch, { recursive: true })
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const blocksOf = (page: string): string[] =>
  [...readFileSync(resolve(root, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!)

function tsx(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--import', 'tsx', ...args], { cwd: root, encoding: 'utf8', timeout: 60_000 })
}

test('EX1 the job that the README opens with has at most 15 lines and runs as printed', () => {
  const [hello] = blocksOf('README.md')
  expect(hello!.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
  const file = resolve(scratch, 'hello.ts')
  writeFileSync(file, hello!)
  const { status, stdout, stderr } = tsx('src/cli/main.ts', 'run', file)
  expect(stderr + stdout).toContain('finished')
  expect(status).toBe(0)
  expect(stdout).toMatch(/\/home\s+2\s+60000/)
  expect(stdout).toMatch(/\/buy\s+1\s+120000/)
})

test('EX2 the blocks of the guide are one program that gives what it says', () => {
  const file = resolve(scratch, 'guide.ts')
  writeFileSync(file, blocksOf('docs/guide.md').join('\n'))
  const { status, stdout, stderr } = tsx(file)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toContain("{ user: 'nl-1', at: 1400, country: 'NL' }")
})
