// `millrace run`: what must be right before a job is run, and what is to be given back afterwards.

import type { CompiledJob } from '../api/graph.ts'
import type { Job } from '../api/job-types.ts'
import { compileRun } from '../compile-run.ts'
import { MillraceError } from '../model/errors.ts'
import { openStateDirectory, type StateDirectory } from '../state-directory.ts'
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts'
import { loadJob } from './job-module.ts'
import { JobRun } from './job-run.ts'
import type { RunCommandOptions } from './program.ts'
import type { Reporter } from './report.ts'
import { beforeFailure } from './tell-failure.ts'

export async function runCommand(file: string, options: RunCommandOptions): Promise<ExitCode> {
  checkTogether(options)
  const reporter = await openReporter(options)
  const forget = beforeFailure(() => reporter.close())
  let directory: StateDirectory | undefined
  try {
    const job = compiled(await loadJob(file, options.job), options)
    if (options.state !== undefined) directory = await openState(options.state)
    return await new JobRun(job, directory, reporter, options, file).toEnd()
  } finally {
    await directory?.close()
    reporter.close()
    forget()
  }
}

function checkTogether({ state, from, fresh }: RunCommandOptions): void {
  const alone = from !== undefined ? '--from' : fresh === true ? '--fresh' : undefined
  if (state === undefined && alone !== undefined) {
    throw new MillraceError('USAGE', `${alone} is about checkpoints that are kept: give their directory with --state`)
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
