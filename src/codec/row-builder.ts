// Builds plain objects of one shape from columns of their fields.
//
// V8 stores a field in 2 to 3 ns where a piece of code has met one shape only, and in 15 to 20 where it has met several. So the loop is
// written out as text once a shape, with an object literal in it, and compiled: such an object has the layout of those that a job's own
// literals make, so code that takes both meets one kind. Names come from data, so only plain ones get into the text (field-names.ts).
// Shapes with other names, and processes that forbid code generation, go through a loop that all of them share: slower, never wrong.

import { isPlainName } from './field-names.ts'

/** Puts the first `count` objects, made of one column a field, into `rows`. */
export type BuildRows = (rows: unknown[], columns: readonly ArrayLike<unknown>[], count: number) => void

/** Shapes remembered in a thread, so that all its channels use the same code for one shape. */
const buildersMax = 256
const builders = new Map<string, BuildRows>()

/**
 * The builder of a shape.
 * @param keys names of fields, in their order; none is `__proto__`, which an assignment would take for the prototype
 */
export function rowBuilder(keys: readonly string[]): BuildRows {
  const name = JSON.stringify(keys)
  const known = builders.get(name)
  if (known !== undefined) return known
  const made = compiled(keys) ?? shared(keys)
  if (builders.size < buildersMax) builders.set(name, made)
  return made
}

/** Values of several kinds: each field meets all of them at once, so that V8 expects any kind and no later value changes the layout. */
const kinds = ['', 0, 0.5, {}, undefined]

function compiled(keys: readonly string[]): BuildRows | undefined {
  if (!keys.every(isPlainName)) return undefined
  const columns = keys.map((_, i) => `c${i} = columns[${i}]`).join(', ')
  const fields = keys.map((key, i) => `${JSON.stringify(key)}: c${i}[i]`).join(', ')
  const text = `"use strict"; return function build(rows, columns, n) { const ${columns}; for (let i = 0; i < n; i++) rows[i] = { ${fields} } }`
  try {
    const build = new Function(text)() as BuildRows
    build([], Array(keys.length).fill(kinds), kinds.length)
    return build
  } catch {
    return undefined // the process forbids code generation
  }
}

const shared =
  (keys: readonly string[]): BuildRows =>
  (rows, columns, count) => {
    for (let i = 0; i < count; i++) {
      const row: Record<string, unknown> = {}
      for (let field = 0; field < keys.length; field++) row[keys[field]!] = columns[field]![i]
      rows[i] = row
    }
  }
