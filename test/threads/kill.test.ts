// Threads that are ended wherever they stand, a hundred times: nothing is lost and nothing is there twice.

import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { JobThread } from '../../actors/thread-messages.ts'
import { build } from '../../bench/build.ts'
import { built } from '../../bench/built.ts'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { compileRun } from '../../src/compile-run.ts'
import { type RunningJob, startJob, type Threads } from '../../src/run-job.ts'
import { systemWorld } from '../../src/system-world.ts'
import { rowsOf } from '../engine/rows.ts'
import { temporaryDirectory } from '../engine/temporary.ts'
import type { Count, Event } from './fixtures/jobs.ts'

const kills = 100
const module = new URL('./fixtures/jobs.ts', import.meta.url)

/** Threads that a test can end. Those that were not ended last stand last. */
function killable(threads: Threads): { readonly threads: Threads; readonly living: JobThread[] } {
  const living: JobThread[] = []
  const spawn = (): JobThread => {
    const thread = threads.spawn()
    living.push(thread)
    const { onEnd } = thread
    return {
      ...thread,
      onEnd: (told) =>
        onEnd((error) => {
          living.splice(living.indexOf(thread), 1)
          told(error)
        }),
    }
  }
  return { threads: { ...threads, spawn }, living }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const runs = (running: RunningJob): boolean => running.status()?.regions.every(({ state }) => state === 'running') === true

/** Waits for the next checkpoint, so that the job gets on. */
async function checkpointOf(running: RunningJob): Promise<void> {
  const last = running.status()?.lastCheckpoint?.epoch
  await vi.waitUntil(() => running.status()?.lastCheckpoint?.epoch !== last, { timeout: 60_000, interval: 2 })
}

/** Counts by key in all windows of 20 s sliding by 5 s that have an event. */
function countsOf(events: readonly Event[]): Map<string, Omit<Count, 'key' | 'until'>> {
  const counts = new Map<string, { n: number; sum: number }>()
  for (const { id, key, ts } of events) {
    for (let end = Math.floor(ts / 5_000) * 5_000 + 5_000; end <= ts + 20_000; end += 5_000) {
      const count = counts.get(`${key} ${end}`) ?? { n: 0, sum: 0 }
      counts.set(`${key} ${end}`, { n: count.n + 1, sum: count.sum + id })
    }
  }
  return counts
}

test('TH10 nothing is lost or doubled when threads are ended a hundred times', { timeout: 600_000 }, async () => {
  const directory = temporaryDirectory()
  vi.stubEnv('MILLRACE_TEST_OUTPUT', directory)
  vi.stubEnv('MILLRACE_TEST_COUNT', '1000000000')
  vi.stubEnv('MILLRACE_TEST_RATE', '2000')
  const { counting, splits } = (await import(/* @vite-ignore */ `${module.href}?kill`)) as typeof import('./fixtures/jobs.ts')
  const job = compileRun(counting, { threads: 2 })
  const { fingerprint } = job.plan
  // Built threads, because they start in half the time, a hundred times over.
  build()
  const { nodeThreads } = (await import(/* @vite-ignore */ join(built, 'dist/src/threads.js'))) as typeof import('../../src/threads.ts')
  const { threads, living } = killable(
    nodeThreads(2, { file: module.pathname, name: counting.name, parallelism: undefined, rate: undefined, fingerprint }),
  )
  const running = startJob(job, systemWorld(), { store: memoryCheckpointStore(), durable: false, threads })
  let ended = 0
  try {
    for (; ended < kills; ended++) {
      // Now and then before all is running again: while threads load, restore, or wait for the others.
      if (ended % 4 !== 0) await vi.waitUntil(() => runs(running), { timeout: 60_000, interval: 2 })
      if (ended % 4 === 1) await checkpointOf(running)
      await pause(Math.random() * 100)
      living[Math.floor(Math.random() * living.length)]?.terminate()
    }
    await vi.waitUntil(() => runs(running), { timeout: 60_000 })
    running.stop('drain')
    expect(await running.done).toMatchObject({ kind: 'finished' })
  } finally {
    running.cancel()
    await running.done
    vi.unstubAllEnvs()
  }

  const events = await rowsOf<Event>(`${directory}/ids`)
  // Of each split a run from its first event on, without a gap and without a second one.
  for (let split = 0; split < splits; split++) {
    const ids = events.flatMap(({ id }) => (id % splits === split ? [id] : [])).sort((a, b) => a - b)
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, n) => split + n * splits))
    expect(ids.length).toBeGreaterThan(100)
  }
  const found = await rowsOf<Count>(`${directory}/counts`)
  const counts = new Map(found.map(({ key, until, n, sum }) => [`${key} ${until}`, { n, sum }]))
  expect(counts.size).toBe(found.length)
  expect(counts).toEqual(countsOf(events))
})
