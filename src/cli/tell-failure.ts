// Tells a failure to people: one message on standard error; the stack only where it was asked for.

import { createColors } from 'picocolors'
import { MillraceError, messageOf } from '../model/errors.ts'
import { CommandError, type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts'
import { printable } from './figures.ts'
import { userPlace } from './user-place.ts'

let verbose = false
const clearings = new Set<() => void>()

/** Stacks are shown from now on. */
export function showStacks(): void {
  verbose = true
}

/** Calls `clear` before a failure is told, so that the message stands on lines of its own. The result takes that back. */
export function beforeFailure(clear: () => void): () => void {
  clearings.add(clear)
  return () => clearings.delete(clear)
}

/** @returns the exit code that the failure gives */
export function tellFailure(thrown: unknown): ExitCode {
  for (const clear of clearings) clear()
  const { red } = createColors(process.stderr.isTTY === true && process.env.NO_COLOR === undefined)
  process.stderr.write(`${red('error:')} ${printable(messageOf(thrown))}\n${verbose ? stackOf(thrown) : ''}`)
  return exitCodeOf(thrown)
}

/** What nobody caught: a broken invariant, or an error in the user's own callbacks, which has no operator to name. */
export function uncaught(thrown: unknown): unknown {
  if (thrown instanceof MillraceError) return thrown
  const place = userPlace(thrown)
  return new CommandError(exitCodes.failed, thrown, `nobody caught: ${messageOf(thrown)}${place === undefined ? '' : `\n  at ${place}`}`)
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  if (thrown instanceof CommandError) return stackOf(thrown.cause)
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const own = frames.length === 0 ? '' : `${frames.join('\n')}\n`
  if (thrown.cause === undefined) return own
  return `${own}caused by: ${messageOf(thrown.cause)}\n${stackOf(thrown.cause)}`
}
