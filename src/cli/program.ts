// The commands and their options, as a user types them. What a command does is in a file of its own, loaded when it is called.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { duration } from '../model/duration.ts'
import { messageOf } from '../model/errors.ts'
import { type ExitCode, exitCodes, exitCodesHelp } from './exit-codes.ts'
import type { CheckpointPlace, CheckpointsCommandOptions, CommonOptions, PlanCommandOptions, RunCommandOptions } from './options.ts'
import { packageVersion } from './own-package.ts'
import { showStacks } from './tell-failure.ts'

/** @returns the exit code; what went wrong behind the command line is thrown */
export async function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const program = commandLine((given) => {
    code = given
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (thrown) {
    // Its message has been printed already. Help that was asked for is no error; that a command is missing is one.
    if (!(thrown instanceof CommanderError)) throw thrown
    return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage
  }
  return code
}

function commandLine(ended: (code: ExitCode) => void): Command {
  const program = new Command('millrace')
    .description('Runs stream processing jobs: TypeScript or JavaScript modules that export a job.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help; behind a command, its options')
    .exitOverride()
    .showHelpAfterError('See --help.')
    .addHelpText('after', exitCodesHelp)
  program.hook('preAction', (_, command) => {
    if (command.opts<CommonOptions>().verbose === true) showStacks()
  })
  addRun(program, ended)
  addPlan(program, ended)
  addCheckpoints(program, ended)
  return program
}

const jobOption = (): Option => new Option('--job <name>', 'which of the jobs that the module exports')
const parallelismOption = (): Option =>
  new Option('--parallelism <n>', 'subtasks of each operator that does not say otherwise').argParser(wholeNumber)
const verboseOption = (): Option => new Option('--verbose', 'say more, and show the stacks of errors')

function addRun(program: Command, ended: (code: ExitCode) => void): void {
  program
    .command('run')
    .description('Run a job in this process. Ctrl-C takes a checkpoint and stops.')
    .argument('<file>', 'module that exports the job')
    .addOption(jobOption())
    .addOption(parallelismOption())
    .addOption(new Option('--threads <n>', 'run the subtasks on so many threads beside the main one').argParser(wholeNumber))
    .option('--state <directory>', 'keep checkpoints there; a later run goes on from the newest')
    .addOption(
      new Option('--from <checkpoint>', 'go back to this checkpoint, or begin from one of another directory: dir or dir#n').argParser(
        checkpointPlace,
      ),
    )
    .addOption(new Option('--fresh', 'begin from nothing although the state directory holds checkpoints').conflicts('from'))
    .addOption(new Option('--drop <id>', 'give up the saved state of this operator; may be repeated').argParser(several))
    .addOption(new Option('--checkpoint-every <duration>', "instead of the job's, such as 10s").argParser(span))
    .addOption(new Option('--rate <n>', 'records a second that each source gives at most').argParser(positive))
    .addOption(new Option('--progress <duration>', 'report this often; none = not at all').argParser(spanOrNone))
    .option('--json', 'report as JSON, one object a line on standard output')
    .addOption(verboseOption())
    .addHelpText('after', exitCodesHelp)
    .action(async (file: string, options: RunCommandOptions) => {
      const { runCommand } = await import('./run-command.ts')
      ended(await runCommand(file, options))
    })
}

function addPlan(program: Command, ended: (code: ExitCode) => void): void {
  program
    .command('plan')
    .description('Draw what would be deployed. Runs nothing.')
    .argument('<file>', 'module that exports the job')
    .addOption(jobOption())
    .addOption(parallelismOption())
    .addOption(new Option('--format <format>', 'how').choices(['text', 'mermaid', 'json']).default('text'))
    .addOption(verboseOption())
    .action(async (file: string, options: PlanCommandOptions) => {
      const { planCommand } = await import('./plan-command.ts')
      ended(await planCommand(file, options))
    })
}

function addCheckpoints(program: Command, ended: (code: ExitCode) => void): void {
  program
    .command('checkpoints')
    .description('List what a state directory holds. Changes nothing, and may look while the job runs.')
    .argument('<directory>', 'what `run` was given as --state')
    .option('--verify', 'read everything and compare all checksums')
    .addOption(new Option('--explain <checkpoint>', 'tell what is in this checkpoint').argParser(checkpointNumber))
    .option('--json', 'list as JSON')
    .addOption(verboseOption())
    .addHelpText('after', exitCodesHelp)
    .action(async (directory: string, options: CheckpointsCommandOptions) => {
      const { checkpointsCommand } = await import('./checkpoints-command.ts')
      ended(await checkpointsCommand(directory, options))
    })
}

// Values of options.

function wholeNumber(text: string): number {
  const n = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(n) || n < 1) throw new InvalidArgumentError('It is a whole number from 1.')
  return n
}

function checkpointNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It is the number of a checkpoint, as `millrace checkpoints` lists them.')
  return wholeNumber(text)
}

/** `12`, `directory` or `directory#12`; a directory whose name is a number is `./12`. */
function checkpointPlace(text: string): CheckpointPlace {
  if (/^\d+$/.test(text)) return { directory: undefined, number: wholeNumber(text) }
  const [, directory = text, number] = /^(.+)#(\d+)$/.exec(text) ?? []
  return { directory, number: number === undefined ? undefined : wholeNumber(number) }
}

function positive(text: string): number {
  const n = Number(text.replaceAll('_', ''))
  if (text.trim() === '' || !(n > 0) || n === Number.POSITIVE_INFINITY) throw new InvalidArgumentError('It is a number above 0.')
  return n
}

/** The space before the unit may be left out: a shell would need quotes for it. */
function span(text: string): number {
  let ms: number
  try {
    ms = duration(text.replace(/^([\d.]+)([a-z])/, '$1 $2'))
  } catch (thrown) {
    throw new InvalidArgumentError(`${messageOf(thrown)}.`)
  }
  if (ms < 1) throw new InvalidArgumentError('It is longer than nothing.')
  return ms
}

const spanOrNone = (text: string): number | 'none' => (text === 'none' ? text : span(text))

const several = (id: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), id]
