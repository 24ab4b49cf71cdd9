// Records as JSON lines, without losing anything silently.
//
// JSON.stringify turns NaN into null, a Map into {}, a function into nothing. Here those are refused by name, as are bigints, which JSON has
// no place for. A field that is undefined is left out: reading it back gives undefined again. Dates and other values with `toJSON` are
// written as that says.

import { MillraceError } from '../../model/errors.ts'
import { valueDepthMax } from '../../model/limits.ts'
import type { RowEncoding } from './row-encoding.ts'

export const jsonlEncoding: RowEncoding<unknown> = {
  extension: 'jsonl',
  encoder: () => ({ encode: (value) => `${jsonOf(value)}\n`, header: () => '' }),
}

/** @throws UNENCODABLE naming the field */
export function jsonOf(value: unknown): string {
  checkJson(value, 0, () => '')
  return JSON.stringify(value)
}

function checkJson(value: unknown, depth: number, path: () => string): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'number':
      // Infinity - Infinity and NaN are not equal to themselves.
      if (value - value !== 0) throw unencodable(path(), `${value} has no form in JSON. Write it as text or as null`)
      return
    case 'object':
      if (value !== null) checkObject(value, depth, path)
      return
    case 'bigint':
      throw unencodable(path(), 'a bigint has no form in JSON. Write it as text or as a number')
    default:
      throw unencodable(path(), `${typeof value} has no form in JSON. Leave it out or write something else`)
  }
}

function checkObject(value: object, depth: number, path: () => string): void {
  if (depth >= valueDepthMax) throw unencodable(path(), `it is nested deeper than ${valueDepthMax} levels, or contains itself`)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkJson(value[i], depth + 1, () => `${path()}[${i}]`)
    return
  }
  if (value instanceof Date && Number.isNaN(value.getTime())) throw unencodable(path(), 'the date is invalid')
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    throw unencodable(path(), `a ${value.constructor.name} has no form in JSON. Write it as an array`)
  }
  for (const name in value) {
    const field = (value as Readonly<Record<string, unknown>>)[name]
    if (field !== undefined && Object.hasOwn(value, name)) checkJson(field, depth + 1, () => `${path()}.${name}`)
  }
}

function unencodable(path: string, problem: string): MillraceError {
  return new MillraceError('UNENCODABLE', `a record cannot be written as JSON: ${path === '' ? 'it' : path.replace(/^\./, '')}: ${problem}`)
}
