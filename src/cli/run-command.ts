// `millrace run`: loads a job, opens its state, runs it in this process, and reports until it is over.

import type { SubtaskStats } from '../../actors/subtask-stats.ts'
import { memoryCheckpointStore } from '../adapters/memory/checkpoint-store.ts'
import type { CompiledJob } from '../api/graph.ts'
import { jobInternals } from '../api/job.ts'
import type { Job } from '../api/job-types.ts'
import { MillraceError } from '../model/errors.ts'
import { epoch } from '../model/ids.ts'
import type { Logger } from '../model/logger.ts'
import type { Source } from '../ports/source.ts'
import type { JobOutcome, JobStatus } from '../protocol/coordinator-types.ts'
import { type RunningJob, startJob, type World } from '../run-job.ts'
import { openStateDirectory, type StateDirectory } from '../state-directory.ts'
import { systemWorld } from '../system-world.ts'
import { CommandError, type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts'
import { loadJob } from './job-module.ts'
import { limitedSource } from './limited-source.ts'
import type { RunCommandOptions } from './program.ts'
import { countersOf, ProgressMeter } from './progress.ts'
import type { Reporter, RunSummary, SinkSummary } from './report.ts'
import { resumeCommand } from './resume-command.ts'
import { onStopSignals } from './stop-signals.ts'
import { beforeFailure } from './tell-failure.ts'

export async function runCommand(file: string, options: RunCommandOptions): Promise<ExitCode> {
  checkTogether(options)
  const job = compiled(await loadJob(file, options.job), options)
  const directory = options.state === undefined ? undefined : await openState(options.state)
  try {
    return await new Run(job, directory, await openReporter(options), options).toEnd()
  } finally {
    await directory?.close()
  }
}

function checkTogether({ state, from, fresh }: RunCommandOptions): void {
  const alone = from !== undefined ? '--from' : fresh === true ? '--fresh' : undefined
  if (state === undefined && alone !== undefined) {
    throw new MillraceError('USAGE', `${alone} is about checkpoints that are kept: give their directory with --state`)
  }
}

function compiled(job: Job, { parallelism, rate, drop = [] }: RunCommandOptions): CompiledJob {
  const internals = jobInternals(job)
  const plain = internals.compile({ parallelism })
  const kept = drop.filter((id) => plain.plan.vertices.some(({ operators }) => operators.some((operator) => operator.id === id)))
  if (kept.length > 0) {
    throw new MillraceError(
      'USAGE',
      `--drop ${kept.join(', ')}: job ${job.name} has that operator, so its state is used. To begin anew with it, give the operator another id and drop the old one`,
    )
  }
  if (rate === undefined) return plain
  const sources = new Map<string, Source<unknown, never>>()
  for (const [id, { source }] of plain.sources) sources.set(id, limitedSource(source, rate))
  return internals.compile({ parallelism, sources })
}

async function openState(path: string): Promise<StateDirectory> {
  try {
    return await openStateDirectory(path)
  } catch (thrown) {
    throw new CommandError(exitCodes.refused, thrown)
  }
}

async function openReporter({ json, verbose }: RunCommandOptions): Promise<Reporter> {
  if (json === true) {
    const { systemClock } = await import('../adapters/system/clock.ts')
    const { JsonReporter } = await import('./report-json.ts')
    return new JsonReporter(systemClock(), verbose === true)
  }
  const { openScreen } = await import('./screen.ts')
  const { TextReporter } = await import('./report-text.ts')
  return new TextReporter(openScreen(), verbose === true)
}

const progressMs = { json: 1_000, live: 500, lines: 5_000 } as const

class Run {
  readonly #job: CompiledJob
  readonly #directory: StateDirectory | undefined
  readonly #reporter: Reporter
  readonly #options: RunCommandOptions
  readonly #world: World
  #completed = 0
  #lastEpoch: number | undefined
  #restored: number | undefined

  constructor(job: CompiledJob, directory: StateDirectory | undefined, reporter: Reporter, options: RunCommandOptions) {
    this.#job = job
    this.#directory = directory
    this.#reporter = reporter
    this.#options = options
    this.#world = systemWorld(loggerTo(reporter))
  }

  async toEnd(): Promise<ExitCode> {
    const reporter = this.#reporter
    const forget = beforeFailure(() => reporter.close())
    const startedAt = this.#world.clock.monotonic()
    let quiet: (() => void) | undefined
    try {
      const running = this.#start()
      const endings = [this.#reportFrom(running, startedAt), this.#obeySignals(running), stopWithoutReader(running)]
      quiet = () => {
        for (const end of endings) end()
      }
      const outcome = await running.done
      quiet()
      return this.#over(outcome, running, startedAt)
    } finally {
      quiet?.()
      reporter.close()
      forget()
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
      from: from === undefined ? undefined : epoch(from),
      dropped: new Set(drop),
      checkpointEveryMs: checkpointEvery,
      onStatus: (status) => this.#watch(status),
    })
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
    const { progress, json } = this.#options
    if (progress === 'none') return () => undefined
    const everyMs = progress ?? (json === true ? progressMs.json : process.stderr.isTTY === true ? progressMs.live : progressMs.lines)
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
    const end = (code: ExitCode): void => {
      reporter.close()
      process.exit(code)
    }
    return onStopSignals(this.#world.clock, stop, end)
  }

  #over(outcome: JobOutcome, running: RunningJob, startedAt: number): ExitCode {
    const stats = running.stats()
    const status = running.status()
    this.#reporter.over(this.#summary(outcome, stats, status, (this.#world.clock.monotonic() - startedAt) / 1_000))
    if (outcome.kind !== 'failed') return exitCodes.done
    const { error } = outcome
    // A log that cannot be read is found before this run has a number of its own.
    const unread = this.#directory !== undefined && error.code === 'CORRUPT' && status?.generation === 0
    throw new CommandError(unread ? exitCodes.refused : exitCodeOf(error), error, `job ${this.#job.name} failed: ${error.message}`)
  }

  #summary(outcome: JobOutcome, stats: readonly SubtaskStats[], status: JobStatus | undefined, seconds: number): RunSummary {
    const state = this.#directory?.path
    const goesOn = state !== undefined && outcome.kind === 'stopped'
    return {
      job: this.#job.name,
      outcome,
      seconds,
      read: readBySource(this.#job, stats),
      written: writtenBySink(this.#job, stats),
      checkpoints: this.#completed,
      checkpointsFailed: status?.checkpointsFailed ?? 0,
      restarts: status?.restarts ?? 0,
      counters: countersOf(stats),
      state,
      resume: goesOn ? resumeCommand(process.argv.slice(2)) : undefined,
    }
  }
}

function readBySource({ sources }: CompiledJob, stats: readonly SubtaskStats[]): Record<string, number> {
  const read: Record<string, number> = {}
  for (const id of sources.keys()) read[id] = 0
  for (const { operators, recordsIn } of stats) {
    const [root = ''] = operators
    if (root in read) read[root]! += recordsIn
  }
  return read
}

function writtenBySink({ sinks }: CompiledJob, stats: readonly SubtaskStats[]): SinkSummary[] {
  return [...sinks].map(([id, { describe, guarantee }]) => ({
    id,
    describe,
    guarantee,
    records: stats.reduce((sum, { written }) => sum + (written[id] ?? 0), 0),
  }))
}

/** A reader of standard output that has gone away (`| head`) wants no more of the job. */
function stopWithoutReader(running: RunningJob): () => void {
  const gone = (): void => running.cancel()
  process.stdout.on('error', gone)
  return () => process.stdout.off('error', gone)
}

function loggerTo(reporter: Reporter): Logger {
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string) => reporter.said(level, message)
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
}
