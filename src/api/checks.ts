// Checks of what the compiler checks too, for authors who write JavaScript or cast: each says what was given and what belongs there.

import { checkNames, invalid, named } from '../model/refusals.ts'

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
