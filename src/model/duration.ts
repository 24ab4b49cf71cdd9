// Durations as a user writes them: a number of milliseconds, or a number and a unit.

import { MillraceError } from './errors.ts'

/** Milliseconds, or text such as '30 min'. */
export type Duration = number | `${number} ${'ms' | 's' | 'min' | 'h' | 'd'}`

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const pattern = /^([+-]?(?:\d+(?:\.\d+)?|\.\d+)) (ms|s|min|h|d)$/

/**
 * Reads a duration from configuration.
 * @param text such as '5 s', '1.5 h', '-8 h'
 * @returns whole milliseconds
 * @throws USAGE, naming the text
 */
export function duration(text: string): number {
  const match = pattern.exec(text)
  const ms = match === null ? Number.NaN : Number(match[1]) * unitMs[match[2]!]!
  if (!Number.isSafeInteger(ms)) {
    throw new MillraceError(
      'USAGE',
      `${JSON.stringify(text)} is not a duration: write a number and one of ms, s, min, h, d, such as '30 min', in whole milliseconds`,
    )
  }
  return ms
}

/** Milliseconds of a Duration; `what` names it in the error. */
export function toMs(value: Duration, what: string): number {
  const ms = typeof value === 'number' ? value : duration(value)
  if (!Number.isSafeInteger(ms)) throw new MillraceError('JOB_INVALID', `${what} is ${ms}: it must be a whole number of milliseconds`)
  return ms
}
