// state/keys-10m-memory: the greatest resident size of a process that makes {count, sum} of 10,000,000 keys, updates each of them once while
// checkpoints are taken, and ends.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { join } from 'millrace'
import type { Figure, Outcome, Size } from '../figure.ts'
import { manyKeysOf, onWrite, sumsJob } from './sums.ts'

async function run(size: Size): Promise<Outcome> {
  const keys = manyKeysOf(size)
  const total = 2 * keys
  const state = mkdtempSync(joinPath(tmpdir(), 'millrace-bench-'))
  try {
    let counted = 0
    const sink = onWrite<{ readonly count: number }>((values, length) => {
      for (let i = 0; i < length; i++) counted += values[i]!.count
    })
    const node = await join(sumsJob(keys, { burst: total, perSecond: 0, total }, sink, { checkpointEvery: '2 s' }), { state })
    await node.done
    const checkpoints = node.status()?.lastCheckpoint?.epoch ?? 0
    if (size === 'full' && checkpoints < 2) throw new Error(`${checkpoints} checkpoints were complete, at least 2 are needed`)
    if (counted !== 3 * keys) throw new Error(`the counts given out sum up to ${counted} instead of ${3 * keys}`)
    return { value: process.resourceUsage().maxRSS / 1_024, check: `${counted}`, detail: { checkpoints } }
  } finally {
    rmSync(state, { recursive: true, force: true })
  }
}

export const manyKeysMemory: Figure = {
  id: 'state/keys-10m-memory',
  unit: 'MB',
  judged: 'value',
  more: false,
  must: 1_500,
  aim: 1_000,
  engine: run,
}
