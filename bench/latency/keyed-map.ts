// latency/keyed-map: a keyed map with state behind an exchange in one thread. threads/latency: the same on two threads, where the records
// that go from one to the other count.
//
// Each thread imports this module, and finds in the environment which pass it is.

import { threadId } from 'node:worker_threads'
import { generator, type Job, job, join, output, value } from 'millrace'
import type { Figure } from '../figure.ts'
import { absoluteNow, aging, Seen } from './ages.ts'
import { atHalfRate, type Pass, type RunPass } from './half-rate.ts'

const keys = 1_000

interface Stamped {
  readonly key: number
  /** When it was made, ms since the epoch; 0 where its age does not count. */
  readonly at: number
  /** The thread in which it was made. */
  readonly from: number
}

/** @param threads 1 = the main thread alone, where all records count */
function keyedMap({ count, perSecond, untimed }: Pass, threads: number, seen: Seen): Job {
  const made = job('latency-keyed-map', { checkpointEvery: '1 h', parallelism: 2 })
  const make = (n: number): Stamped => ({ key: n % keys, at: n < untimed ? 0 : absoluteNow(), from: threadId })
  made
    .source('events', generator(make, { count, perSecond, splits: threads }))
    .keyBy((e) => e.key)
    .process('counts', {
      state: { seen: value(0) },
      emits: output<Stamped>(),
      onElement(e, { state, emit }) {
        state.seen.set(state.seen.get() + 1)
        emit(e)
      },
    })
    .to(
      'out',
      aging(seen, ({ at, from }) => (at === 0 || (threads > 1 && from === threadId) ? undefined : at)),
    )
  return made
}

const runOn =
  (threads: number): RunPass =>
  async (pass, seen) => {
    process.env.MILLRACE_BENCH_PASS = JSON.stringify(pass)
    const made = keyedMap(pass, threads, seen)
    const node = await join(made, threads === 1 ? {} : { threads, module: import.meta.url })
    await node.done
    if (seen.records !== pass.count) throw new Error(`${seen.records} records came out of ${pass.count}`)
  }

/** The job that a thread of it loads. */
export const threaded = keyedMap(
  { count: 0, perSecond: undefined, untimed: 0, ...(JSON.parse(process.env.MILLRACE_BENCH_PASS ?? '{}') as Partial<Pass>) },
  2,
  new Seen(),
)

const latency = (id: string, threads: number): Figure => ({
  id,
  unit: 'ms (p99)',
  judged: 'value',
  more: false,
  must: 8,
  aim: 1.5,
  engine: (size) => atHalfRate(size, runOn(threads)),
})

export const keyedMapLatency = latency('latency/keyed-map', 1)
export const threadsLatency = latency('threads/latency', 2)
