// threads/speedup/…: queries on two threads against one, the events made in both.

import type { Figure, Outcome, Size } from '../figure.ts'
import { runQuery } from '../nexmark/engine.ts'
import { queryOf } from '../nexmark/queries.ts'
import { runThreaded } from '../nexmark/threaded.ts'
import { warmPass } from '../nexmark/warm.ts'
import type { Tally } from '../prepared.ts'

/** Threads are new for each job, and V8 compiles the job anew in each: as long as that takes, time does not count, on either side. */
const untimed: Readonly<Record<string, number>> = { k1: 30_000_000, q5: 20_000_000 }
const timed: Readonly<Record<string, number>> = { k1: 60_000_000, q5: 40_000_000 }

const measured = (id: string, size: Size, run: (events: number, untimed: number) => Promise<Tally>): Promise<Outcome> =>
  size === 'quick' ? warmPass(2_000, 20_000, run) : warmPass(untimed[id]!, timed[id]!, run)

export const speedupFigures: readonly Figure[] = Object.keys(timed).map((id) => ({
  id: `threads/speedup/${id}`,
  unit: 'events/s',
  judged: 'ratio',
  more: true,
  must: 1.5,
  aim: 1.9,
  flags: ['--expose-gc'],
  base: (size) => measured(id, size, (events, before) => runQuery(queryOf(id), { events, untimed: before })),
  engine: (size) => measured(id, size, (events, before) => runThreaded(id, events, 2, before)),
}))
