// One run of a job in this process, from its start to its summary: reports in intervals, obeys signals.

import { memoryCheckpointStore } from '../adapters/memory/checkpoint-store.ts'
import type { CompiledJob } from '../api/graph.ts'
import { epoch } from '../model/ids.ts'
import type { Logger } from '../model/logger.ts'
import { ioError, systemCode } from '../ports/io-error.ts'
import type { JobOutcome, JobStatus } from '../protocol/coordinator-types.ts'
import { type RunningJob, startJob, type Threads, type World } from '../run-job.ts'
import type { StateDirectory } from '../state-directory.ts'
import { systemWorld } from '../system-world.ts'
import { nodeThreads } from '../threads.ts'
import { CommandError, type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts'
import type { RunCommandOptions } from './options.ts'
import { ProgressMeter } from './progress.ts'
import type { Reporter } from './report.ts'
import { summaryOf } from './run-summary.ts'
import { onStopSignals } from './stop-signals.ts'

export class JobRun {
  readonly #job: CompiledJob
  readonly #directory: StateDirectory | undefined
  readonly #reporter: Reporter
  readonly #options: RunCommandOptions
  readonly #file: string
  readonly #world: World
  /** Standard output took no more, for another reason than that its reader has gone. */
  #outputFailure: unknown
  #completed = 0
  #lastEpoch: number | undefined
  #restored: number | undefined

  /** @param file that the job was loaded from, for its threads */
  constructor(job: CompiledJob, directory: StateDirectory | undefined, reporter: Reporter, options: RunCommandOptions, file: string) {
    this.#job = job
    this.#directory = directory
    this.#reporter = reporter
    this.#options = options
    this.#file = file
    this.#world = systemWorld(loggerTo(reporter))
  }

  async toEnd(): Promise<ExitCode> {
    const startedAt = this.#world.clock.monotonic()
    const running = this.#start()
    const endings = [this.#reportFrom(running, startedAt), this.#obeySignals(running), this.#stopWithoutOutput(running)]
    try {
      return this.#over(await running.done, running, startedAt)
    } finally {
      for (const end of endings) end()
    }
  }

  #start(): RunningJob {
    const { fresh, from, drop = [], checkpointEvery } = this.#options
    const { plan } = this.#job
    this.#reporter.started({
      job: plan.job,
      state: this.#directory?.path,
      chains: plan.vertices.length,
      subtasks: plan.vertices.reduce((sum, { parallelism }) => sum + parallelism, 0),
    })
    return startJob(this.#job, this.#world, {
      store: this.#directory?.store ?? memoryCheckpointStore(),
      durable: this.#directory !== undefined,
      fresh,
      // One of another directory has been brought into this one, and is its newest.
      from: from?.directory === undefined && from?.number !== undefined ? epoch(from.number) : undefined,
      dropped: new Set(drop),
      threads: this.#threads(),
      checkpointEveryMs: checkpointEvery,
      onStatus: (status) => this.#watch(status),
    })
  }

  #threads(): Threads | undefined {
    const { threads, parallelism, rate } = this.#options
    if (threads === undefined) return undefined
    const { name, plan } = this.#job
    return nodeThreads(threads, { file: this.#file, name, parallelism, rate, fingerprint: plan.fingerprint })
  }

  #watch({ restored, lastCheckpoint }: JobStatus): void {
    if (restored !== this.#restored) this.#reporter.restored(restored!)
    this.#restored = restored
    if (lastCheckpoint !== undefined && lastCheckpoint.epoch !== this.#lastEpoch) {
      this.#completed++
      this.#lastEpoch = lastCheckpoint.epoch
    }
  }

  /** Reports in intervals; the result ends that. */
  #reportFrom(running: RunningJob, startedAt: number): () => void {
    const { clock } = this.#world
    const { progress: everyMs = this.#reporter.everyMs } = this.#options
    if (everyMs === 'none') return () => undefined
    const meter = new ProgressMeter(startedAt)
    let cancel = (): void => undefined
    const arm = (): void => {
      cancel = clock.setTimer(everyMs, () => {
        this.#reporter.progress(meter.look(clock.monotonic(), clock.now(), running.status(), running.stats()))
        arm()
      })
    }
    arm()
    return () => cancel()
  }

  #obeySignals(running: RunningJob): () => void {
    const reporter = this.#reporter
    const stop = (signal: string): void => {
      reporter.stopping(signal)
      running.stop('checkpoint')
    }
    const end = (code: ExitCode, signal: string): void => {
      reporter.said('warn', `${signal} again: ended at once, without a checkpoint`)
      reporter.close()
      process.exit(code)
    }
    return onStopSignals(this.#world.clock, stop, end)
  }

  /** A reader of standard output that has gone away (`| head`) wants no more of the job; anything else there is a failure. */
  #stopWithoutOutput(running: RunningJob): () => void {
    const failed = (error: Error): void => {
      if (systemCode(error) !== 'EPIPE') this.#outputFailure ??= error
      running.cancel()
    }
    process.stdout.on('error', failed)
    return () => process.stdout.off('error', failed)
  }

  #over(outcome: JobOutcome, running: RunningJob, startedAt: number): ExitCode {
    const status = running.status()
    this.#reporter.over(
      summaryOf(this.#job, {
        outcome,
        stats: running.stats(),
        status,
        seconds: (this.#world.clock.monotonic() - startedAt) / 1_000,
        checkpoints: this.#completed,
        state: this.#directory?.path,
      }),
    )
    if (this.#outputFailure !== undefined) {
      throw new CommandError(exitCodes.failed, ioError('write to', 'standard output', this.#outputFailure))
    }
    if (outcome.kind !== 'failed') return exitCodes.done
    const { error } = outcome
    // A log that cannot be read is found before this run has a number of its own.
    const unread = this.#directory !== undefined && error.code === 'CORRUPT' && status?.generation === 0
    throw new CommandError(unread ? exitCodes.refused : exitCodeOf(error), error, `job ${this.#job.name} failed: ${error.message}`)
  }
}

function loggerTo(reporter: Reporter): Logger {
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string) => reporter.said(level, message)
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
}
