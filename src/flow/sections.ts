// Names of the sections in a subtask's snapshot. State names are the user's words, so a name is the JSON of its parts.

import { MillraceError } from '../model/errors.ts'

/** Kind of the blobs that hold a subtask's state. */
export const stateKind = 'state'
export const timeSection = '[]'
export const operatorSection = (operator: string, part: string): string => JSON.stringify([operator, part])
export const keyedSection = (operator: string, part: string, group: number): string => JSON.stringify([operator, part, group])

export type SectionName =
  | { readonly kind: 'time' }
  | { readonly kind: 'operator'; readonly operator: string; readonly part: string }
  | { readonly kind: 'keyed'; readonly operator: string; readonly part: string; readonly group: number }

export function parseSection(name: string, blob: string): SectionName {
  let fields: unknown
  try {
    fields = JSON.parse(name)
  } catch {
    fields = undefined // said below
  }
  if (Array.isArray(fields)) {
    const [operator, part, group] = fields as unknown[]
    if (fields.length === 0) return { kind: 'time' }
    if (typeof operator === 'string' && typeof part === 'string') {
      if (fields.length === 2) return { kind: 'operator', operator, part }
      if (fields.length === 3 && typeof group === 'number') return { kind: 'keyed', operator, part, group }
    }
  }
  throw new MillraceError('CORRUPT', `${blob} has a section of unknown name ${name.slice(0, 100)}`)
}
