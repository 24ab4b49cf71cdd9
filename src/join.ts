// `join`: runs a job inside of a program, and asks its operators.

import { fileURLToPath } from 'node:url'
import type { SubtaskStats } from '../actors/subtask-stats.ts'
import { memoryCheckpointStore } from './adapters/memory/checkpoint-store.ts'
import type { CompiledJob } from './api/graph.ts'
import { jobInternals } from './api/job.ts'
import type { Job } from './api/job-types.ts'
import type { Stateful } from './api/stream-types.ts'
import { compileRun } from './compile-run.ts'
import { type Duration, toMs } from './model/duration.ts'
import { MillraceError } from './model/errors.ts'
import type { Key } from './model/key.ts'
import type { Logger } from './model/logger.ts'
import { checkNames } from './model/refusals.ts'
import type { JobStatus } from './protocol/coordinator-types.ts'
import { type RunningJob, startJob } from './run-job.ts'
import { countJob } from './standing-job.ts'
import { openStateDirectory, type StateDirectory } from './state-directory.ts'
import { systemWorld } from './system-world.ts'
import { refuseInThread, type ThreadJob } from './thread-data.ts'
import { nodeThreads } from './threads.ts'

export interface JoinOptions {
  /**
   * Directory for checkpoints: a later run goes on from there. Default: checkpoints live in memory, with this process, and keyed state is
   * copied into them only where the job restarts (see `restarts` of the job).
   */
  readonly state?: string | undefined
  /** Begin from nothing although the directory holds checkpoints. */
  readonly fresh?: boolean | undefined
  /** Ids of operators whose saved state is given up. */
  readonly drop?: readonly string[] | undefined
  /** Of operators that do not say otherwise, instead of the job's. */
  readonly parallelism?: number | undefined
  /**
   * Runs the job's subtasks on so many threads beside the main one, 1 to 256. Where `parallelism` is left out, operators that do not say
   * otherwise have at least as many subtasks; threads that would have nothing to do are refused. Each thread imports `module`. Sources and
   * sinks that belong to this process (`live`, `collect`, `forEach`, `print`) stay in the main thread. A thread that fails is replaced, and
   * its work replayed. Default: none, all runs in the main thread.
   */
  readonly threads?: number | undefined
  /** With `threads`: URL of the module that exports the job, such as import.meta.url. Importing it must start nothing. */
  readonly module?: string | undefined
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

const joinOptionNames: Readonly<Record<keyof JoinOptions, true>> = {
  state: true,
  fresh: true,
  drop: true,
  parallelism: true,
  threads: true,
  module: true,
  checkpointEvery: true,
  logger: true,
}

/**
 * Starts a job in this process.
 * @throws JOB_INVALID, STATE_LOCKED, IO before anything runs
 */
export async function join(job: Job, options: JoinOptions = {}): Promise<Node> {
  refuseInThread()
  checkNames(options, Object.keys(joinOptionNames), 'join')
  const compiled = compileRun(job, options)
  const threads = options.threads === undefined ? undefined : nodeThreads(options.threads, threadJob(compiled, options))
  const directory = options.state === undefined ? undefined : await openStateDirectory(options.state)
  const world = systemWorld(options.logger)
  try {
    const running = startJob(compiled, world, {
      store: directory?.store ?? memoryCheckpointStore(),
      durable: directory !== undefined,
      threads,
      fresh: options.fresh,
      dropped: new Set(options.drop),
      checkpointEveryMs: options.checkpointEvery === undefined ? undefined : toMs(options.checkpointEvery, 'checkpointEvery'),
    })
    countJob()
    return new JoinedNode(job, running, directory, (ms, fire) => world.clock.setTimer(ms, fire))
  } catch (thrown) {
    await directory?.close()
    throw thrown
  }
}

function threadJob({ name, plan: { fingerprint } }: CompiledJob, { module, parallelism }: JoinOptions): ThreadJob {
  if (module === undefined) {
    throw new MillraceError(
      'USAGE',
      `threads import the job by themselves: give the module that exports job ${name}, as in { threads: 2, module: import.meta.url }`,
    )
  }
  return { file: module.startsWith('file:') ? fileURLToPath(module) : module, name, parallelism, rate: undefined, fingerprint }
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
