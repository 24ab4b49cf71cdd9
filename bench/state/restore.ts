// state/restore and state/keys-10m-restore: a job with 1,000,000 or 10,000,000 keys in a state directory, from the start of `join` until the
// first record comes out.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { fileURLToPath } from 'node:url'
import { join } from 'millrace'
import type { Figure, Run } from '../figure.ts'
import { type Keys, keysOf, manyKeysOf, onWrite, sumsJob } from './sums.ts'

/** Another process has filled the directory, so nothing of this one is warm. */
function fill(state: string, keys: number): void {
  const script = fileURLToPath(new URL('../jobs/fill-state.js', import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, [script, state, `${keys}`], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the state could not be filled: ${stderr}`)
}

const restoreOf =
  (keysOfSize: Keys): Run =>
  async (size) => {
    const keys = keysOfSize(size)
    const state = mkdtempSync(joinPath(tmpdir(), 'millrace-bench-'))
    try {
      fill(state, keys)
      let first!: (count: number) => void
      const firstCount = new Promise<number>((resolve) => {
        first = resolve
      })
      const sink = onWrite<{ readonly count: number }>((values) => first(values[0]!.count))
      const began = performance.now()
      const cpuBegan = process.cpuUsage()
      const node = await join(sumsJob(keys, { burst: 2 * keys, perSecond: 0 }, sink), { state })
      const count = await firstCount
      const seconds = (performance.now() - began) / 1_000
      const { user, system } = process.cpuUsage(cpuBegan)
      await node.close()
      if (count !== 2) throw new Error(`the first record behind the restore has count ${count} instead of 2: state is missing`)
      return { value: seconds, check: `${count}`, detail: { cpuSeconds: (user + system) / 1e6 } }
    } finally {
      rmSync(state, { recursive: true, force: true })
    }
  }

export const restoreFigures: readonly Figure[] = [
  { id: 'state/restore', unit: 's', judged: 'value', more: false, must: 1.5, aim: 0.4, engine: restoreOf(keysOf) },
  { id: 'state/keys-10m-restore', unit: 's', judged: 'value', more: false, must: 3, aim: 1.5, engine: restoreOf(manyKeysOf) },
]
