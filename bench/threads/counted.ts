// threads/recovery and threads/stall: a count for each of a million keys at 300,000 records a second on two threads, with a checkpoint every
// two seconds. Each thread imports this module.
//
// A thread is ended 1.8 s after a checkpoint was complete; recovery is the time to the first row after that which comes from the state of the
// checkpoint and is right. One row in a hundred comes to the main thread, so rows are 0.3 ms apart on the average; a stall is the longest time
// without one while a checkpoint is taken.

import { fileURLToPath } from 'node:url'
import { generator, type Job, job, output, type Sink, value } from 'millrace'
import type { JobThread } from '../../actors/thread-messages.ts'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { compileRun } from '../../src/compile-run.ts'
import { type RunningJob, startJob } from '../../src/run-job.ts'
import { systemWorld } from '../../src/system-world.ts'
import { nodeThreads } from '../../src/threads.ts'
import type { Figure, Outcome, Size } from '../figure.ts'

interface Row {
  readonly id: number
  readonly n: number
}

interface Scale {
  readonly keys: number
  readonly perSecond: number
  readonly checkpointEveryMs: number
  readonly killAfterMs: number
}

const scales: Readonly<Record<Size, Scale>> = {
  full: { keys: 1_000_000, perSecond: 300_000, checkpointEveryMs: 2_000, killAfterMs: 1_800 },
  quick: { keys: 1_000, perSecond: 20_000, checkpointEveryMs: 1_000, killAfterMs: 500 },
}
const threads = 2
const told = 100

function countedJob({ keys, perSecond, checkpointEveryMs }: Scale, onRow: (row: Row) => void): Job {
  const made = job('counted', { checkpointEvery: `${checkpointEveryMs} ms`, parallelism: threads, restarts: { max: 1_000 } })
  made
    .source(
      'numbers',
      generator((id) => id, { splits: threads, perSecond }),
    )
    .keyBy((id) => id % keys)
    .process('counts', {
      state: { n: value(0) },
      emits: output<Row>(),
      onElement(id, { state, emit }) {
        const n = state.n.get() + 1
        state.n.set(n)
        if (id % told === 0) emit({ id, n })
      },
    })
    .to('rows', rowSink(onRow))
  return made
}

const rowSink = (onRow: (row: Row) => void): Sink<Row> => ({
  '~type': () => undefined,
  describe: 'rows as they come',
  guarantee: 'at-least-once',
  inProcess: true,
  writer: () => ({
    write(rows, length) {
      for (let i = 0; i < length; i++) onRow(rows[i]!)
    },
    prepare: () => [],
  }),
})

/** What a thread loads: rows go to the main one. */
export const counted = countedJob(scales[process.env.MILLRACE_BENCH_SIZE === 'quick' ? 'quick' : 'full'], () => undefined)

interface Counted {
  readonly running: RunningJob
  readonly living: readonly JobThread[]
}

function start(size: Size, onRow: (row: Row) => void): Counted {
  process.env.MILLRACE_BENCH_SIZE = size
  const compiled = compileRun(countedJob(scales[size], onRow), { threads })
  const own = nodeThreads(threads, {
    file: fileURLToPath(import.meta.url),
    name: 'counted',
    parallelism: undefined,
    rate: undefined,
    fingerprint: compiled.plan.fingerprint,
  })
  const living: JobThread[] = []
  const spawn = (): JobThread => {
    const thread = own.spawn()
    living.push(thread)
    const gone = (): void => void living.splice(living.indexOf(thread), 1)
    return {
      ...thread,
      onEnd: (told) =>
        thread.onEnd((error) => {
          gone()
          told(error)
        }),
    }
  }
  const store = memoryCheckpointStore()
  return { running: startJob(compiled, systemWorld(), { store, durable: false, threads: { ...own, spawn } }), living }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const epochOf = (running: RunningJob): number => running.status()?.lastCheckpoint?.epoch ?? 0

async function checkpoints(running: RunningJob, count: number): Promise<void> {
  const last = epochOf(running) + count
  while (epochOf(running) < last) await pause(1)
}

/** Every key has been counted at least once. */
async function filled(running: RunningJob, seen: () => number, { keys }: Scale): Promise<void> {
  while (seen() < keys) await pause(10)
  await checkpoints(running, 1)
}

function expectRight({ id, n }: Row, { keys }: Scale): void {
  const expected = Math.floor(id / keys) + 1
  if (n !== expected) throw new Error(`key ${id % keys} was counted to ${n} at record ${id}, it must be ${expected}`)
}

/** One kill in a process of its own. */
async function recovery(size: Size): Promise<Outcome> {
  const scale = scales[size]
  let greatest = 0
  /** When the thread ended, and the last row before that. */
  let ended = { at: Number.NaN, greatest: Number.NaN }
  let firstAfter = Number.NaN
  let newAfter = Number.NaN
  let over = (): void => undefined
  const done = new Promise<void>((resolve) => {
    over = resolve
  })
  const { running, living } = start(size, (row) => {
    expectRight(row, scale)
    // Rows from before the end may still be on their way; those that the checkpoint brings back lie well behind them.
    if (Number.isNaN(firstAfter) && row.id < ended.greatest - scale.perSecond / 10) firstAfter = performance.now()
    if (!Number.isNaN(firstAfter) && row.id > ended.greatest) {
      newAfter = performance.now()
      over()
    }
    greatest = Math.max(greatest, row.id)
  })
  await filled(running, () => greatest, scale)
  await checkpoints(running, 1)
  await pause(scale.killAfterMs)
  ended = { at: performance.now(), greatest }
  living[0]!.terminate()
  await done
  running.cancel()
  await running.done
  return { value: firstAfter - ended.at, check: '', detail: { toNewRecordsMs: newAfter - ended.at } }
}

async function stall(size: Size): Promise<Outcome> {
  const scale = scales[size]
  let greatest = 0
  let last = Number.NaN
  let longest = 0
  let longestElsewhere = 0
  let watched = false
  const { running } = start(size, (row) => {
    expectRight(row, scale)
    greatest = Math.max(greatest, row.id)
    const now = performance.now()
    const gap = now - last
    if (watched && running.status()?.openCheckpoint !== undefined) longest = Math.max(longest, gap)
    else if (watched) longestElsewhere = Math.max(longestElsewhere, gap)
    last = now
  })
  await filled(running, () => greatest, scale)
  watched = true
  await checkpoints(running, 3)
  watched = false
  running.cancel()
  await running.done
  return { value: longest, check: '', detail: { outsideMs: longestElsewhere } }
}

const common = { unit: 'ms', judged: 'value', more: false, sameResults: false } as const

export const countedFigures: readonly Figure[] = [
  { ...common, id: 'threads/recovery', must: 800, aim: 300, pairs: 10, engine: recovery },
  { ...common, id: 'threads/stall', must: 30, aim: 8, engine: stall },
]
