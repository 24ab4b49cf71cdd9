// What the command's exit code tells a script, and which error gives which code.

import { type ErrorCode, MillraceError, messageOf } from '../model/errors.ts'

export const exitCodes = {
  /** The job has finished, or was stopped with a checkpoint; a listing found nothing wrong. */
  done: 0,
  /** The job ran and failed. */
  failed: 1,
  /** The command line, or the job as it is written, makes no sense; nothing was run. */
  usage: 2,
  /** State or output was refused: locked, of another job, damaged, not writable. */
  refused: 3,
  /** The engine contradicted itself. */
  defect: 70,
  /** A second Ctrl-C or SIGTERM: ended at once. */
  interrupted: 130,
  terminated: 143,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodesHelp = `
Exit codes:
  0    done: finished, or stopped with a checkpoint
  1    the job failed
  2    wrong command line, or a job that cannot be built
  3    state or output refused: locked, of another job, damaged, not writable
  70   a defect of the engine
  130  a second Ctrl-C (143: a second SIGTERM): ended at once, without a checkpoint`

const byCode: Partial<Record<ErrorCode, ExitCode>> = {
  USAGE: exitCodes.usage,
  JOB_INVALID: exitCodes.usage,
  STATE_LOCKED: exitCodes.refused,
  STATE_MISMATCH: exitCodes.refused,
  CHECKPOINT_DAMAGED: exitCodes.refused,
  DEPOSED: exitCodes.refused,
  OUTPUT_CONFLICT: exitCodes.refused,
}

/** An error that gives another exit code than its own code says. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, cause: unknown, message: string = messageOf(cause)) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

export function exitCodeOf(thrown: unknown): ExitCode {
  if (thrown instanceof CommandError) return thrown.exitCode
  if (!(thrown instanceof MillraceError)) return exitCodes.failed
  return thrown.fate === 'defect' ? exitCodes.defect : (byCode[thrown.code] ?? exitCodes.failed)
}
