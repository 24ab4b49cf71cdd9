// `toAsyncIterable`: runs a job in this process and hands out the records of one stream.
//
// The consumer's pace is the job's: a batch that has not been taken keeps the sink busy, and that stops the sources. Checkpoints live in
// memory; records that were handed out are gone from the job's point of view, so a failure is the consumer's to see, not replayed.

import { memoryCheckpointStore } from './adapters/memory/checkpoint-store.ts'
import { jobInternals } from './api/job.ts'
import type { JobRunner } from './api/job-runner.ts'
import type { Job } from './api/job-types.ts'
import type { Stream } from './api/stream-types.ts'
import type { Sink } from './ports/sink.ts'
import { type RunningJob, startJob } from './run-job.ts'
import { systemWorld } from './system-world.ts'
import { refuseInThread } from './thread-data.ts'

const tapId = 'to-async-iterable'

export const localRunner: JobRunner = { iterate: (job, stream) => new JobIterator(job, stream) }

class JobIterator<T> implements AsyncIterator<T, undefined> {
  readonly #job: Job
  readonly #stream: Stream<T>
  readonly #records: T[] = []
  #next = 0
  #running: RunningJob | undefined
  #over = false
  #failure: unknown
  /** Of calls of `next` that wait for something new: records, or the end. */
  #arrived: (() => void)[] = []
  /** Of writers that wait for the records here to be taken. */
  #taken: (() => void)[] = []

  constructor(job: Job, stream: Stream<T>) {
    this.#job = job
    this.#stream = stream
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (!this.#over) this.#running ??= this.#start()
    while (this.#next === this.#records.length) {
      this.#records.length = 0
      this.#next = 0
      if (this.#failure !== undefined) throw this.#failure
      if (this.#over) return { done: true, value: undefined }
      const arrived = new Promise<void>((resolve) => this.#arrived.push(resolve))
      wakeAll(this.#taken)
      await arrived
    }
    return { done: false, value: this.#records[this.#next++]! }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#over = true
    this.#running?.cancel()
    wakeAll(this.#taken)
    wakeAll(this.#arrived)
    await this.#running?.done
    this.#records.length = 0
    this.#next = 0
    return { done: true, value: undefined }
  }

  #start(): RunningJob {
    refuseInThread()
    const internals = jobInternals(this.#job)
    const compiled = internals.compile({ taps: [{ place: internals.placeOf(this.#stream), id: tapId, sink: this.#sink() }] })
    const running = startJob(compiled, systemWorld(), { store: memoryCheckpointStore(), durable: false })
    running.done.then(
      (outcome) => this.#end(outcome.kind === 'failed' ? outcome.error : undefined),
      (thrown: unknown) => this.#end(thrown),
    )
    return running
  }

  #end(failure: unknown): void {
    this.#failure = failure
    this.#over = true
    wakeAll(this.#arrived)
  }

  #sink(): Sink<never> {
    const sink: Sink<T> = {
      '~type': () => undefined,
      describe: 'async iterable',
      guarantee: 'at-least-once',
      inProcess: true,
      writer: () => ({
        write: (values, length) => {
          for (let i = 0; i < length; i++) this.#records.push(values[i]!)
          wakeAll(this.#arrived)
          return new Promise<void>((resolve) => this.#taken.push(resolve))
        },
        prepare: () => [],
      }),
    }
    return sink
  }
}

function wakeAll(waiting: (() => void)[]): void {
  for (const wake of waiting.splice(0)) wake()
}
