// A small job that never ends, so that later jobs of the process run as fast as the first.
//
// V8 forgets the layout of a class's objects when the last of them goes. The code that was compiled for a job goes with it; the next job's
// objects count as others, although they are the same, and after four such generations every access is compiled for the general case: from
// the fourth job on a process took 1.2 to 2 times the CPU time for a record (k1 102 → 150 → 215 ns, q7 100 → 185, r1 1,450 → 1,800). A job
// that stands still and has one of each keeps the layouts. It starts with the second job, so whoever runs only one does not pay for it.
//
// It is a job like any other, in a world whose timers never fire; nothing of it keeps the process alive. It costs 30 ms of CPU once.

import { memoryCheckpointStore } from './adapters/memory/checkpoint-store.ts'
import { discard } from './adapters/memory/for-each.ts'
import { job, jobInternals } from './api/job.ts'
import type { Job } from './api/job-types.ts'
import { output } from './api/process-types.ts'
import type { Source } from './ports/source.ts'
import { type RunningJob, startJob } from './run-job.ts'
import { aggregating, list, map, reducing, value } from './state/declarations.ts'
import { systemWorld } from './system-world.ts'
import { session, sliding, tumbling } from './windows/assigner.ts'

let jobs = 0
const standing: RunningJob[] = []

/** Counts a job of this process; with the second one the standing job starts. */
export function countJob(): void {
  jobs++
  if (jobs !== 2) return
  const world = systemWorld()
  const clock = { ...world.clock, setTimer: () => () => undefined }
  const compiled = jobInternals(standingJob()).compile({ threads: false })
  const running = startJob(compiled, { ...world, clock }, { store: memoryCheckpointStore(), durable: false })
  // Whatever becomes of it must not touch the user's jobs.
  running.done.catch(() => undefined)
  standing.push(running)
}

interface Numbered {
  readonly n: number
  readonly time: number
}

const records = 64
const firstTime = 1_700_000_000_000

/** Some records of a few keys, and then nothing. */
const numbers: Source<Numbered> = {
  '~type': undefined as never,
  bounded: false,
  describe: 'numbers, then nothing',
  guarantee: 'replays from any number',
  replayable: true,
  splits: () => [{ id: 'all' }],
  open: (_split, offset) => {
    let next = typeof offset === 'number' ? offset : 0
    return {
      poll(out, max) {
        for (const end = Math.min(records, next + max); next < end; next++) out.record({ n: next, time: firstTime + 500 * next })
        return next < records ? 'more' : 'wait'
      },
      ready: () => new Promise(() => undefined),
      offset: () => next,
      where: () => `number ${next}`,
    }
  },
}

const counting = {
  init: () => ({ n: 0 }),
  add(acc: { n: number }) {
    acc.n++
    return acc
  },
  merge(a: { n: number }, b: { n: number }) {
    a.n += b.n
    return a
  },
}

/** One of each operator, and of what may stand between two of them. */
function standingJob(): Job {
  const built = job('standing', { parallelism: 2 })
  const keyed = built
    .source('numbers', numbers, { timestamp: ({ time }) => time, punctuation: ({ n, time }) => (n % 16 === 15 ? time - 1 : undefined) })
    .map((e) => e)
    .keyBy(({ n }) => n % 8)
  const second = tumbling('1 s')
  const streams = [
    keyed.window(second).aggregate('tumbling', counting),
    keyed.window(sliding('4 s', '1 s')).aggregate('sliding', { ...counting, result: ({ n }, { key }) => ({ key, n }) }),
    keyed.window(session('10 s')).aggregate('session', counting),
    keyed.reduce('reduce', (_, b) => b),
    keyed.aggregate('running', { ...counting, result: ({ n }) => n }),
    keyed.asyncMap('async', (e) => Promise.resolve(e)),
    keyed.join('join', keyed, { between: ['-1 s', '1 s'] }, ({ n }) => n),
    keyed.coGroup('group', keyed, second, (left) => left),
    keyed.process('process', {
      state: {
        value: value(0),
        list: list<number>(),
        map: map<number, number>(),
        reducing: reducing((a: number, b: number) => a + b),
        aggregating: aggregating(counting),
      },
      timers: ['soon'],
      emits: output<Numbered>(),
      onElement(e, { state, timers, emit }) {
        state.value.set(e.n)
        state.list.set([e.n])
        state.map.set(e.n, e.n)
        state.reducing.add(e.n)
        state.aggregating.add(e.n)
        timers.eventTime(e.time + 1, 'soon')
        emit(e)
      },
      onTimer: () => undefined,
    }),
  ]
  for (const [i, stream] of streams.entries()) stream.to(`out-${i}`, discard())
  return built
}
