// nexmark/checkpointed/…: queries with a checkpoint each second into a state directory on disk, against the same without any.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figure, Outcome, Size } from '../figure.ts'
import { queriesCheckpointed } from '../geomeans.ts'
import { settle } from '../prepared.ts'
import { runToEnd } from './engine.ts'
import { queryOf } from './queries.ts'

/** Complete ones while the query ran. */
const least = 10
const warmUp = 500_000
/** Enough for more than a dozen seconds. */
const events: Readonly<Record<string, number>> = {
  q5: 130_000_000,
  q11: 190_000_000,
  q17: 70_000_000,
  k1: 210_000_000,
  r1: 28_000_000,
}

const eventsOf = (id: string, size: Size): number => (size === 'quick' ? 20_000 : events[id]!)

async function measured(id: string, size: Size, state: string | undefined): Promise<Outcome> {
  const count = eventsOf(id, size)
  const query = queryOf(id)
  await runToEnd(query, { events: Math.min(count, warmUp) })
  settle()
  const { tally, checkpoints } = await runToEnd(query, { events: count, state })
  const inTime = checkpoints - 1
  if (size === 'full' && state !== undefined && inTime < least) {
    throw new Error(`${id}: ${inTime} checkpoints were complete before its end, at least ${least} are needed`)
  }
  return { value: tally.rateOf(count), check: tally.check, detail: { cpuNs: (tally.cpuMicros * 1_000) / count, checkpoints } }
}

async function withCheckpoints(id: string, size: Size): Promise<Outcome> {
  const state = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  try {
    return await measured(id, size, state)
  } finally {
    rmSync(state, { recursive: true, force: true })
  }
}

export const checkpointedFigures: readonly Figure[] = queriesCheckpointed.map((id) => ({
  id: `nexmark/checkpointed/${id}`,
  unit: 'events/s',
  judged: 'ratio',
  more: true,
  must: 0.9,
  aim: 0.97,
  flags: ['--expose-gc'],
  base: (size) => measured(id, size, undefined),
  engine: (size) => withCheckpoints(id, size),
}))
