// The pool of threads by hand: the test plays the threads and the clock.

import { expect, test } from 'vitest'
import type { FromThread, JobThread } from '../../actors/thread-messages.ts'
import { ThreadPool } from '../../actors/thread-pool.ts'
import type { Worker } from '../../actors/worker.ts'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { MillraceError } from '../../src/model/errors.ts'
import { spareThreadAfterMs, spareThreadsLostMax } from '../../src/model/limits.ts'
import type { ByteLinks } from '../../src/ports/byte-link.ts'
import { ManualClock } from '../runtime/manual-world.ts'

class FakeThread implements JobThread {
  /** That the pool has given it; undefined = it is in reserve. */
  number: number | undefined
  ended = false
  #take!: (message: FromThread) => void
  #told!: (error: MillraceError) => void

  post: JobThread['post'] = (message) => {
    if (message.type === 'begin') this.number = message.self
  }
  onMessage: JobThread['onMessage'] = (take) => {
    this.#take = take
  }
  onEnd: JobThread['onEnd'] = (told) => {
    this.#told = told
  }
  terminate(): void {}

  isReady(): void {
    this.#take({ type: 'ready' })
  }
  end(): void {
    this.ended = true
    this.#told(new MillraceError('TERMINATED', 'it ended', { fate: 'fault' }))
  }
}

test('TH13 a thread that ends in reserve has a successor a few times, each later, and again when one in use has ended', () => {
  const clock = new ManualClock()
  const spawned: FakeThread[] = []
  const spawn = (): JobThread => {
    const thread = new FakeThread()
    spawned.push(thread)
    return thread
  }
  const links: ByteLinks = { onNews: () => () => undefined, create: () => [], sender: () => expect.fail(), receiver: () => expect.fail() }
  const env = { threads: 1, spawn, links, store: memoryCheckpointStore(), clock, report: () => undefined, warn: () => undefined }
  const pool = new ThreadPool(env, { poll: () => undefined } as unknown as Worker)
  const inUse = (): FakeThread => spawned.filter(({ number, ended }) => number === 1 && !ended)[0]!
  /** The next one in reserve, which starts after this time and not before. */
  const spareAfter = (ms: number): FakeThread => {
    const before = spawned.length
    clock.advance(ms - 1)
    expect(spawned.length).toBe(before)
    clock.advance(1)
    expect(spawned.length).toBe(before + 1)
    expect(spawned.at(-1)!.number).toBeUndefined()
    return spawned.at(-1)!
  }

  for (let lost = 0; lost <= spareThreadsLostMax; lost++) spareAfter(spareThreadAfterMs * 2 ** lost).end()
  expect(clock.pending).toBe(0)
  // There is none to take the place of the one in use, so a new one does; and then there is to be one in reserve again.
  inUse().isReady()
  inUse().end()
  expect(inUse()).toBe(spawned.at(-1))
  spareAfter(spareThreadAfterMs).end()
  const spare = spareAfter(2 * spareThreadAfterMs)
  inUse().isReady()
  inUse().end()
  expect(inUse()).toBe(spare)
  pool.close()
})
