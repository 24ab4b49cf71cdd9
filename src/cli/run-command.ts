// `millrace run`: what must be right before a job is run, and what is to be given back afterwards.

import { resolve } from 'node:path'
import { importCheckpoint } from '../../actors/checkpoint-import.ts'
import { ManifestStore } from '../../actors/manifest-store.ts'
import type { CompiledJob } from '../api/graph.ts'
import type { Job } from '../api/job-types.ts'
import { compileRun } from '../compile-run.ts'
import { MillraceError } from '../model/errors.ts'
import { epoch } from '../model/ids.ts'
import type { CheckpointStore } from '../ports/checkpoint-store.ts'
import { checkRestore } from '../protocol/restore-check.ts'
import { openStateDirectory, type StateDirectory } from '../state-directory.ts'
import { systemWorld } from '../system-world.ts'
import { existingStore } from './existing-store.ts'
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts'
import { loadJob } from './job-module.ts'
import { JobRun } from './job-run.ts'
import type { RunCommandOptions } from './options.ts'
import type { Reporter } from './report.ts'
import { beforeFailure } from './tell-failure.ts'

export async function runCommand(file: string, options: RunCommandOptions): Promise<ExitCode> {
  checkTogether(options)
  const reporter = await openReporter(options)
  const forget = beforeFailure(() => reporter.close())
  let directory: StateDirectory | undefined
  try {
    const job = compiled(await loadJob(file, options.job), options)
    const other = options.from?.directory === undefined ? undefined : await existingStore(options.from.directory)
    if (options.state !== undefined) directory = await openState(options.state)
    if (directory !== undefined && other !== undefined) await bringIn(job, other, directory, options)
    return await new JobRun(job, directory, reporter, options, file).toEnd()
  } finally {
    await directory?.close()
    reporter.close()
    forget()
  }
}

function checkTogether({ state, from, fresh, drop }: RunCommandOptions): void {
  const alone = from !== undefined ? '--from' : fresh === true ? '--fresh' : drop !== undefined ? '--drop' : undefined
  if (state === undefined && alone !== undefined) {
    const which = from?.directory === undefined ? 'their directory' : 'a new directory for those of this run'
    throw new MillraceError('USAGE', `${alone} is about checkpoints that are kept: give ${which} with --state`)
  }
  if (state !== undefined && from?.directory !== undefined && resolve(state) === resolve(from.directory)) {
    throw new MillraceError(
      'USAGE',
      '--from and --state name the same directory: to go back to one of its checkpoints give --from its number alone',
    )
  }
}

function compiled(job: Job, options: RunCommandOptions): CompiledJob {
  const { drop = [] } = options
  const run = compileRun(job, options)
  const kept = drop.filter((id) => run.plan.vertices.some(({ operators }) => operators.some((operator) => operator.id === id)))
  if (kept.length === 0) return run
  throw new MillraceError(
    'USAGE',
    `--drop ${kept.join(', ')}: job ${job.name} has that operator, so its state is used. To begin anew with it, give the operator another id and drop the old one`,
  )
}

async function openState(path: string): Promise<StateDirectory> {
  try {
    return await openStateDirectory(path)
  } catch (thrown) {
    throw thrown instanceof MillraceError && thrown.code === 'USAGE' ? thrown : new CommandError(exitCodes.refused, thrown)
  }
}

/** A checkpoint of another state directory becomes the first of this one. */
async function bringIn(job: CompiledJob, other: CheckpointStore, into: StateDirectory, options: RunCommandOptions): Promise<void> {
  const { codec, random } = systemWorld()
  const { directory = '', number } = options.from!
  await importCheckpoint({
    from: new ManifestStore(other),
    where: directory,
    epoch: number === undefined ? undefined : epoch(number),
    to: new ManifestStore(into.store),
    writer: Math.floor(random.next() * 2 ** 48).toString(36),
    check: async (manifest, attempt) => {
      const misfit = checkRestore(manifest, { plan: job.plan, valueCodec: codec.name, dropped: new Set(options.drop) })
      if (misfit !== undefined) throw misfit
      for (const [operator, sink] of job.sinks) {
        const committer = await sink.committer?.({ job: job.name, operator, attempt })
        await committer?.check?.(manifest.epoch, manifest.committables[operator] ?? [])
        await committer?.close?.()
      }
    },
  })
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
