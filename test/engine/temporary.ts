// A directory of a test's own, removed when it is over.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

const made: string[] = []
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
})

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-engine-'))
  made.push(path)
  return path
}
