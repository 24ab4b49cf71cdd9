// The benchmark's quick mode: every figure runs, and its results are right. Times are not looked at.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { figures } from '../../bench/figures.ts'
import { geomeans } from '../../bench/geomeans.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Line {
  readonly id: string
  readonly value: number
  readonly ok: boolean
}

test('BE1 BE2 every figure reports in quick mode, with the same results on both sides', { timeout: 400_000 }, () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', 'bench/run.ts', '--quick'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const lines = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)
  expect(lines.map(({ id }) => id).sort()).toEqual([...figures, ...geomeans].map(({ id }) => id).sort())
  for (const { id, value } of lines) expect(Number.isFinite(value), id).toBe(true)
})

test('BE3 a figure or group that does not exist is refused, and those that do are named', () => {
  const { stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', 'bench/run.ts', 'core/nothing'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(status).toBe(2)
  expect(stderr).toContain('core/nothing')
  expect(stderr).toContain('core/tumbling-count')
})
