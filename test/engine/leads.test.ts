// Whole jobs in which one sender is far ahead of the other in event time: their windows leave it unread until the other one comes.
//
// In virtual time, on simulated threads too: it moves only when nothing else can happen, so whether a sender stands still is no matter of
// chance. What runs is the engine of production.

import { expect, test } from 'vitest'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { compileRun } from '../../src/compile-run.ts'
import { collect, job, tumbling } from '../../src/index.ts'
import { aheadRecordsMax, aheadWaitMs } from '../../src/model/limits.ts'
import type { Reader, Source } from '../../src/ports/source.ts'
import { startJob } from '../../src/run-job.ts'
import { SimWorld } from '../../src/sim/world.ts'
import { SimThreads } from '../sim/sim-threads.ts'

interface Event {
  readonly from: 'fast' | 'slow'
  readonly ts: number
}

const fastRecords = 4 * aheadRecordsMax
const fastStepMs = 10
const slowStepMs = 1_000
const spanMs = fastRecords * fastStepMs
const windowMs = 60_000

/**
 * Two splits of the same span of time. The fast one gives what it is asked for; the slow one gives its first record, and the others when the
 * fast one has stood still for a while, which is shorter than a window waits in vain.
 */
class Race {
  /** Records that the fast split has given, now and when the slow one went on. */
  given = 0
  givenAtRest: number | undefined

  readonly source: Source<Event> = {
    '~type': {} as Source<Event>['~type'],
    bounded: true,
    describe: 'a race',
    guarantee: 'none',
    replayable: false,
    splits: () => [{ id: 'fast' }, { id: 'slow' }],
    open: ({ id }, _, { after }) => (id === 'fast' ? this.#fast() : this.#slow(after)),
  }

  #fast(): Reader<Event> {
    const poll: Reader<Event>['poll'] = (out, max) => {
      for (let n = 0; n < max && this.given < fastRecords; n++) out.record({ from: 'fast', ts: this.given++ * fastStepMs })
      return this.given < fastRecords ? 'more' : 'end'
    }
    return { poll, offset: () => this.given, where: () => 'fast', ready: () => Promise.resolve() }
  }

  #slow(after: (delayMs: number, fire: () => void) => () => void): Reader<Event> {
    let ts = 0
    const poll: Reader<Event>['poll'] = (out, max) => {
      if (this.givenAtRest === undefined && ts > 0) return 'wait'
      for (let n = 0; n < max && ts < spanMs; n++) {
        out.record({ from: 'slow', ts })
        ts += slowStepMs
        if (this.givenAtRest === undefined) return 'wait'
      }
      return ts < spanMs ? 'more' : 'end'
    }
    const ready = (): Promise<void> =>
      new Promise((resolve) => {
        const look = (before: number): void => {
          after(aheadWaitMs / 4, () => {
            if (this.given > before || this.given <= aheadRecordsMax) return look(this.given)
            this.givenAtRest = this.given
            resolve()
          })
        }
        look(0)
      })
    return { poll, offset: () => ts, where: () => 'slow', ready }
  }
}

interface Count {
  readonly until: number
  readonly fast: number
  readonly slow: number
}

/** @param key that all records have */
async function countsOf(race: Race, key: string, threads: number | undefined): Promise<readonly Count[]> {
  const counted = collect<Count>()
  const racing = job('racing', { parallelism: 2 })
  racing
    .source('race', race.source, { timestamp: (e) => e.ts })
    .keyBy(() => key)
    .window(tumbling(windowMs))
    .aggregate('counts', {
      init: () => ({ fast: 0, slow: 0 }),
      add: (n, { from }) => ({ ...n, [from]: n[from] + 1 }),
      result: (n, { window }): Count => ({ until: window.end, ...n }),
    })
    .to('counted', counted)
  const world = new SimWorld(1)
  const process = world.process()
  const codec = msgpackCodec()
  const compile = () => compileRun(racing, { threads })
  let defect: unknown
  const onDefect = (error: unknown): void => void (defect = error)
  const spread =
    threads === undefined
      ? undefined
      : new SimThreads({ world, chance: world.choices.stream('threads'), main: process, count: threads, codec, compile, onDefect })
  const { done } = startJob(compile(), { ...process, codec }, { store: memoryCheckpointStore(), durable: false, threads: spread, onDefect })
  expect(await world.runUntil(done)).toMatchObject({ kind: 'finished' })
  expect(defect).toBeUndefined()
  return counted.records
}

test.each<[string, string, number | undefined]>([
  ['in one thread', 'all', undefined],
  ['on two threads, where it is in that of the window', 'all', 2],
  ['on two threads, where it is in the other one', 'one', 2],
])('FL26 a sender that is far ahead stands still until the other one comes, %s', async (_, key, threads) => {
  const race = new Race()
  const counts = await countsOf(race, key, threads)
  expect(race.givenAtRest).toBeGreaterThan(aheadRecordsMax)
  expect(race.givenAtRest).toBeLessThan(fastRecords / 2)
  expect(counts).toEqual(
    Array.from({ length: Math.ceil(spanMs / windowMs) }, (_, n) => {
      const length = Math.min(windowMs, spanMs - n * windowMs)
      return { until: (n + 1) * windowMs, fast: Math.ceil(length / fastStepMs), slow: Math.ceil(length / slowStepMs) }
    }),
  )
})
