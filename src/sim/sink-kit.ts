// The conformance kit for exactly-once sinks: what the engine relies on, as named checks that any test runner can run.
//
//   for (const check of sinkConformance({ make, record: (i) => ({ id: i }) })) test(check.name, check.run)
//
// The kit plays the engine: it writes, prepares, and commits, and it crashes between any two of these by going on with fresh writers and a
// fresh committer over the same target.

import { isDeepStrictEqual } from 'node:util'
import { type Attempt, attempt, type Epoch, epoch } from '../model/ids.ts'
import type { Json } from '../model/manifest.ts'
import type { Committer, Sink, SinkContext, Writer } from '../ports/sink.ts'
import { type ConformanceCheck, must } from './conformance.ts'

/** A sink over an empty target of its own, and how to see what its readers see, in any order. */
export interface SinkUnderTest<T> {
  readonly sink: Sink<T>
  readBack(): PromiseLike<readonly T[]>
}

export interface SinkConformanceOptions<T> {
  make(): SinkUnderTest<T> | PromiseLike<SinkUnderTest<T>>
  /** Record number i, as `readBack` gives it again. */
  record(i: number): T
}

export function sinkConformance<T>(options: SinkConformanceOptions<T>): readonly ConformanceCheck[] {
  const check = (name: string, run: (kit: Engine<T>) => Promise<void>): ConformanceCheck => ({
    name,
    run: async () => run(new Engine(options, await options.make())),
  })
  return [
    check('shows nothing before the commit, and all of it after', async (kit) => {
      await kit.start(0, [])
      await kit.write(0, 3)
      const staged = await kit.prepare(1)
      await kit.sees(0)
      await kit.commit(1, staged)
      await kit.sees(3)
    }),
    check('commits an epoch once, however often it is told', async (kit) => {
      await kit.start(0, [])
      await kit.write(0, 5)
      const staged = await kit.prepare(1)
      await kit.commit(1, staged)
      await kit.commit(1, staged)
      await kit.start(1, staged)
      await kit.commit(1, staged)
      await kit.sees(5)
    }),
    check('finishes a commit that a crash came before', async (kit) => {
      await kit.start(0, [])
      await kit.write(0, 4)
      const staged = await kit.prepare(1)
      await kit.start(1, staged)
      await kit.sees(4)
    }),
    check('discards what belongs to no complete checkpoint', async (kit) => {
      await kit.start(0, [])
      await kit.write(0, 2)
      const first = await kit.prepare(1)
      await kit.commit(1, first)
      await kit.write(2, 4)
      await kit.prepare(2)
      await kit.write(4, 6)
      await kit.start(1, first)
      await kit.write(2, 3)
      const third = await kit.prepare(3)
      await kit.commit(3, third)
      await kit.sees(3)
    }),
    check('counts what is written during a prepare to the next epoch', async (kit) => {
      await kit.start(0, [])
      await kit.write(0, 2)
      const pending = kit.prepare(1)
      await kit.write(2, 3)
      await kit.commit(1, await pending)
      await kit.sees(2)
      await kit.commit(2, await kit.prepare(2))
      await kit.sees(3)
    }),
    check('stages nothing in an epoch without records', async (kit) => {
      await kit.start(0, [])
      await kit.commit(1, await kit.prepare(1))
      await kit.sees(0)
      await kit.write(0, 1)
      await kit.commit(2, await kit.prepare(2))
      await kit.commit(3, await kit.prepare(3))
      await kit.sees(1)
    }),
    check('takes up an epoch of several subtasks, at another number of them', async (kit) => {
      await kit.start(0, [], 3)
      await kit.write(0, 30)
      const staged = await kit.prepare(1)
      await kit.start(1, staged, 1)
      await kit.write(30, 40)
      await kit.commit(2, await kit.prepare(2))
      await kit.sees(40)
    }),
    check('keeps nothing of the array that it is given', async (kit) => {
      await kit.start(0, [])
      await kit.writeAndReuse(0, 6)
      await kit.commit(1, await kit.prepare(1))
      await kit.sees(6)
    }),
    check('gives committables that survive being JSON', async (kit) => {
      await kit.start(0, [])
      await kit.write(0, 3)
      const staged = await kit.prepare(1)
      must(isDeepStrictEqual(JSON.parse(JSON.stringify(staged)), staged), () => 'a committable is not the same after it has been JSON')
    }),
    check('refuses a target that is ahead of the checkpoint', async (kit) => {
      await kit.start(0, [])
      await kit.write(0, 1)
      const first = await kit.prepare(1)
      await kit.commit(1, first)
      await kit.write(1, 2)
      await kit.commit(2, await kit.prepare(2))
      await kit.refuses(1, first)
      await kit.refuses(0, [])
      await kit.sees(2)
    }),
  ]
}

/** The engine as a sink sees it. */
class Engine<T> {
  readonly #options: SinkConformanceOptions<T>
  readonly #target: SinkUnderTest<T>
  #writers: Writer<T>[] = []
  #committer: Committer | undefined
  #attempt: Attempt = attempt(0)

  constructor(options: SinkConformanceOptions<T>, target: SinkUnderTest<T>) {
    this.#options = options
    this.#target = target
  }

  /** Begins the next attempt, as after a crash. */
  async start(restored: number, committables: readonly Json[], subtasks = 2): Promise<void> {
    const { sink } = this.#target
    this.#attempt = attempt(this.#attempt + 1)
    this.#committer = await this.#openCommitter()
    await this.#committer.check?.(epoch(restored), committables)
    await this.#committer.recover(epoch(restored), committables)
    this.#writers = []
    for (let subtask = 0; subtask < subtasks; subtask++) this.#writers.push(await sink.writer({ ...this.#context, subtask }))
  }

  async refuses(restored: number, committables: readonly Json[]): Promise<void> {
    const committer = await this.#openCommitter()
    const refusesTo = async (what: string, call: () => void | PromiseLike<void>): Promise<void> => {
      const called = async (): Promise<void> => call()
      const code = await called().then(
        () => undefined,
        (thrown: { readonly code?: unknown }) => thrown.code,
      )
      must(code === 'OUTPUT_CONFLICT', () => `${what}(${restored}) should have failed with OUTPUT_CONFLICT: the target holds a later epoch`)
    }
    if (committer.check !== undefined) await refusesTo('check', () => committer.check?.(epoch(restored), committables))
    await refusesTo('recover', () => committer.recover(epoch(restored), committables))
  }

  /** Writes records from … to - 1, round robin over the subtasks. */
  async write(from: number, to: number): Promise<void> {
    for (let i = from; i < to; i++) await this.#writers[i % this.#writers.length]!.write([this.#options.record(i)], 1)
  }

  async writeAndReuse(from: number, to: number): Promise<void> {
    const array: T[] = [this.#options.record(from), this.#options.record(from)]
    for (let i = from; i < to; i++) {
      array[0] = this.#options.record(i)
      await this.#writers[0]!.write(array, 1)
    }
    array.length = 0
  }

  async prepare(n: number): Promise<readonly Json[]> {
    const staged = await Promise.all(this.#writers.map((writer) => writer.prepare(epoch(n))))
    return staged.flat()
  }

  async commit(n: number, committables: readonly Json[]): Promise<void> {
    await this.#committer!.commit(epoch(n) as Epoch, JSON.parse(JSON.stringify(committables)) as readonly Json[])
  }

  /** Readers see records 0 … count - 1, once each. */
  async sees(count: number): Promise<void> {
    const seen = (await this.#target.readBack()).map((record) => JSON.stringify(record)).sort()
    const expected = Array.from({ length: count }, (_, i) => JSON.stringify(this.#options.record(i))).sort()
    must(
      isDeepStrictEqual(seen, expected),
      () => `readers should see ${count} records, once each: ${expected.join(' ')}; they see ${seen.join(' ')}`,
    )
  }

  get #context(): SinkContext {
    return { job: 'conformance', operator: 'sink', attempt: this.#attempt }
  }

  async #openCommitter(): Promise<Committer> {
    const committer = await this.#target.sink.committer?.(this.#context)
    must(committer !== undefined, () => 'a sink without a committer is not exactly-once')
    return committer
  }
}
