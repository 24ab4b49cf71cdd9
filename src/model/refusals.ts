// How what an author gives is refused: what was given, what belongs there.

import { MillraceError } from './errors.ts'

export const invalid = (message: string, operator?: string): MillraceError => new MillraceError('JOB_INVALID', message, { operator })

/** Refuses names that mean nothing: a misspelt one would do nothing, without a word. */
export function checkNames(
  given: object,
  known: readonly string[],
  what: string,
  kind: 'option' | 'field' = 'option',
  operator?: string,
): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(`${what}: unknown ${kind} ${unknown}: there are ${known.join(', ')}`, operator)
}

/** Refuses what is no time for a timer. The operator adds its name. */
export function checkTimer(at: number): void {
  if (typeof at === 'number' && !Number.isNaN(at)) return
  throw new MillraceError('USER_CODE', `a timer at ${named(at)} is not possible: times are ms since the epoch`)
}

/** How a message names a value that should not be there. */
export function named(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object') return String(value)
  const { name } = (value as object).constructor ?? {}
  return name === undefined || name === 'Object' ? 'an object' : `an instance of ${name}`
}
