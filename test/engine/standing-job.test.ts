// Several jobs in one process, one after another: what the compiled code of the first knows must hold for the others.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const file = fileURLToPath(new URL('fixtures/four-jobs.ts', import.meta.url))

test('EN16 objects of later jobs have the layout that those of the first had, and the process ends by itself', async () => {
  const flags = ['--expose-gc', '--allow-natives-syntax', '--import', 'tsx']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file], { timeout: 50_000 })
  // Three of the jobs, and four of the standing one: they are what is left.
  expect(JSON.parse(stdout)).toEqual({ opened: 7, alive: 4, same: 4 })
})
