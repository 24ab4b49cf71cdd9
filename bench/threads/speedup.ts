// threads/speedup/…: queries on two threads against one, the events made in both.

import type { Figure, Outcome, Size } from '../figure.ts'
import { runQuery } from '../nexmark/engine.ts'
import { queryOf } from '../nexmark/queries.ts'
import { runThreaded } from '../nexmark/threaded.ts'
import { settle, type Tally } from '../prepared.ts'

const warmUp = 500_000
const events: Readonly<Record<string, number>> = { k1: 30_000_000, q5: 20_000_000 }

const eventsOf = (id: string, size: Size): number => (size === 'quick' ? 20_000 : events[id]!)

const outcomeOf = (tally: Tally, count: number): Outcome => ({
  value: tally.rateOf(count),
  check: tally.check,
  detail: { cpuNs: (tally.cpuMicros * 1_000) / count },
})

async function onOne(id: string, size: Size): Promise<Outcome> {
  const count = eventsOf(id, size)
  await runQuery(queryOf(id), { events: Math.min(count, warmUp) })
  settle()
  return outcomeOf(await runQuery(queryOf(id), { events: count }), count)
}

/** Threads are new for each run, so what V8 learns of the job is part of it. */
const onTwo = async (id: string, size: Size): Promise<Outcome> => {
  const count = eventsOf(id, size)
  return outcomeOf(await runThreaded(id, count, 2), count)
}

export const speedupFigures: readonly Figure[] = Object.keys(events).map((id) => ({
  id: `threads/speedup/${id}`,
  unit: 'events/s',
  judged: 'ratio',
  more: true,
  must: 1.5,
  aim: 1.9,
  flags: ['--expose-gc'],
  base: (size) => onOne(id, size),
  engine: (size) => onTwo(id, size),
}))
