// Tells a failure to people: one message on standard error; the stack only where it was asked for.

import { createColors } from 'picocolors'
import { messageOf } from '../model/errors.ts'
import { CommandError, type ExitCode, exitCodeOf } from './exit-codes.ts'

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
  process.stderr.write(`${red('error:')} ${messageOf(thrown)}\n${verbose ? stackOf(thrown) : ''}`)
  return exitCodeOf(thrown)
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  if (thrown instanceof CommandError) return stackOf(thrown.cause)
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const own = frames.length === 0 ? '' : `${frames.join('\n')}\n`
  if (thrown.cause === undefined) return own
  return `${own}caused by: ${messageOf(thrown.cause)}\n${stackOf(thrown.cause)}`
}
