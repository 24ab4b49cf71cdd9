// Checks of what the compiler checks too, for authors who write JavaScript or cast: each says what was given and what belongs there.

import { MillraceError } from '../model/errors.ts'

export const invalid = (message: string, operator?: string): MillraceError => new MillraceError('JOB_INVALID', message, { operator })

/** A function, and not an async one: records do not wait. */
export function checkSynchronous(fn: unknown, what: string, instead = 'use asyncMap(id, fn)'): void {
  checkFunction(fn, what)
  const { name } = (fn as () => unknown).constructor
  if (name === 'AsyncFunction' || name === 'AsyncGeneratorFunction')
    throw invalid(`${what} is synchronous, but its function is async: ${instead}`)
}

export function checkFunction(fn: unknown, what: string): void {
  if (typeof fn !== 'function') throw invalid(`${what} takes a function, not ${named(fn)}`)
}

export function checkObject(value: unknown, what: string): asserts value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} takes an object, not ${named(value)}`)
}

export function checkId(id: unknown, what: string): asserts id is string {
  if (typeof id !== 'string') throw invalid(`${what} takes an id first: a text that names its state, metrics and errors, not ${named(id)}`)
}

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

const aggregatorFields = ['init', 'add', 'merge', 'result', 'version', 'migrate']

/** The functions of an aggregate: init and add, and where they are given merge, result and migrate. */
export function checkAggregator(spec: unknown, what: string): asserts spec is Readonly<Record<string, unknown>> {
  checkObject(spec, what)
  for (const field of ['init', 'add', 'merge', 'result', 'migrate']) {
    if (spec[field] === undefined && field !== 'init' && field !== 'add') continue
    checkSynchronous(spec[field], `${field} of ${what}`, 'await things with asyncMap before or behind it')
  }
  checkNames(spec, aggregatorFields, what, 'field')
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
