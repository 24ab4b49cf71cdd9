// `join`: runs a job inside of a program, and asks its operators.

import type { SubtaskStats } from '../actors/subtask-stats.ts'
import { memoryCheckpointStore } from './adapters/memory/checkpoint-store.ts'
import { jobInternals } from './api/job.ts'
import type { Job } from './api/job-types.ts'
import type { Stateful } from './api/stream-types.ts'
import { type Duration, toMs } from './model/duration.ts'
import { MillraceError } from './model/errors.ts'
import type { Key } from './model/key.ts'
import type { Logger } from './model/logger.ts'
import type { JobStatus } from './protocol/coordinator-types.ts'
import { type RunningJob, startJob } from './run-job.ts'
import { openStateDirectory, type StateDirectory } from './state-directory.ts'
import { systemWorld } from './system-world.ts'

export interface JoinOptions {
  /** Directory for checkpoints: a later run goes on from there. Default: checkpoints live in memory, with this process. */
  readonly state?: string | undefined
  /** Begin from nothing although the directory holds checkpoints. */
  readonly fresh?: boolean | undefined
  /** Ids of operators whose saved state is given up. */
  readonly drop?: readonly string[] | undefined
  /** Of operators that do not say otherwise, instead of the job's. */
  readonly parallelism?: number | undefined
  /** Instead of the job's. */
  readonly checkpointEvery?: Duration | undefined
  /** Default: says nothing. */
  readonly logger?: Logger | undefined
}

export interface AskNodeOptions {
  /** Default '5 s'. */
  readonly timeout?: Duration | undefined
}

/** A job that runs in this process. */
export interface Node extends AsyncDisposable {
  /** Resolves when the job has finished or was stopped; rejects with the MillraceError that failed it. */
  readonly done: Promise<void>
  /**
   * What an operator holds for a key, as it stands now: of a process operator a snapshot of its declared state, of a keyed reduce or
   * aggregate the result, of a window the open windows as if each fired now, earliest first.
   * Rejects with TERMINATED while the job is not running, ASK_TIMEOUT, USAGE for a handle of another job.
   */
  ask<K extends Key, A>(handle: Stateful<unknown, K, A>, key: NoInfer<K>, options?: AskNodeOptions): Promise<A>
  /** What the job is doing. */
  status(): JobStatus | undefined
  /** Load figures of its subtasks. */
  stats(): readonly SubtaskStats[]
  /** Ends the input where it stands, lets all results out, and resolves when the job has finished. */
  drain(): Promise<void>
  /** Takes a checkpoint, stops, and gives the state directory free. Without a directory it stops at once. */
  close(): Promise<void>
}

const askTimeoutMs = 5_000

/**
 * Starts a job in this process.
 * @throws JOB_INVALID, STATE_LOCKED, IO before anything runs
 */
export async function join(job: Job, options: JoinOptions = {}): Promise<Node> {
  const internals = jobInternals(job)
  const compiled = internals.compile({ parallelism: options.parallelism })
  const directory = options.state === undefined ? undefined : await openStateDirectory(options.state)
  const world = systemWorld(options.logger)
  try {
    const running = startJob(compiled, world, {
      store: directory?.store ?? memoryCheckpointStore(),
      durable: directory !== undefined,
      fresh: options.fresh,
      dropped: new Set(options.drop),
      checkpointEveryMs: options.checkpointEvery === undefined ? undefined : toMs(options.checkpointEvery, 'checkpointEvery'),
    })
    return new JoinedNode(job, running, directory, (ms, fire) => world.clock.setTimer(ms, fire))
  } catch (thrown) {
    await directory?.close()
    throw thrown
  }
}

class JoinedNode implements Node {
  readonly done: Promise<void>
  readonly #job: Job
  readonly #running: RunningJob
  readonly #directory: StateDirectory | undefined
  readonly #setTimer: (delayMs: number, fire: () => void) => () => void

  constructor(
    job: Job,
    running: RunningJob,
    directory: StateDirectory | undefined,
    setTimer: (delayMs: number, fire: () => void) => () => void,
  ) {
    this.#job = job
    this.#running = running
    this.#directory = directory
    this.#setTimer = setTimer
    this.done = this.#untilDone()
    // Who never looks at `done` still learns of a failure from `close`.
    this.done.catch(() => undefined)
  }

  async #untilDone(): Promise<void> {
    try {
      const outcome = await this.#running.done
      if (outcome.kind === 'failed') throw outcome.error
    } finally {
      await this.#directory?.close()
    }
  }

  ask<K extends Key, A>(handle: Stateful<unknown, K, A>, key: NoInfer<K>, { timeout = askTimeoutMs }: AskNodeOptions = {}): Promise<A> {
    return new Promise((resolve, reject) => {
      jobInternals(this.#job).placeOf(handle)
      const ms = toMs(timeout, 'timeout')
      const cancel = this.#setTimer(ms, () =>
        reject(new MillraceError('ASK_TIMEOUT', `operator "${handle.id}" did not answer within ${ms} ms`)),
      )
      this.#running
        .ask(handle.id, key)
        .finally(cancel)
        .then((answer) => resolve(answer as A), reject)
    })
  }

  status(): JobStatus | undefined {
    return this.#running.status()
  }

  stats(): readonly SubtaskStats[] {
    return this.#running.stats()
  }

  async drain(): Promise<void> {
    this.#running.stop('drain')
    await this.done
  }

  async close(): Promise<void> {
    if (this.#directory === undefined) this.#running.cancel()
    else this.#running.stop('checkpoint')
    await this.done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
