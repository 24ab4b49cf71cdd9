// What the file sources are given, checked while the job is built: for authors who write JavaScript or cast.

import { checkNames, invalid, named } from '../../model/refusals.ts'

/** The options that all of them have. */
const common = ['schema', 'inOrder']

/**
 * @param own options that this source has besides
 * @throws JOB_INVALID, naming what is wrong
 */
export function checkSource(name: string, path: unknown, options: object, own: readonly string[]): void {
  if (typeof path !== 'string' || path === '') {
    throw invalid(`${name}: the path is ${named(path)}; it must name a file, a directory, or files by a pattern`)
  }
  checkNames(options, [...common, ...own], name)
  const { schema, inOrder } = options as { readonly schema?: unknown; readonly inOrder?: unknown }
  if (inOrder !== undefined && typeof inOrder !== 'boolean')
    throw invalid(`${name}: inOrder is ${named(inOrder)}; it must be true or false`)
  if (schema !== undefined && !isSchema(schema))
    throw invalid(`${name}: the schema is no Standard Schema: make it with zod, valibot or the like`)
}

/** Columns by their names. @throws JOB_INVALID */
export function checkColumns(name: string, option: string, columns: unknown): void {
  if (columns === undefined) return
  if (!Array.isArray(columns) || columns.length === 0 || !columns.every((column) => typeof column === 'string')) {
    throw invalid(`${name}: ${option} is ${named(columns)}; it must be a list of names, one at least`)
  }
  const twice = columns.find((column, i) => columns.indexOf(column) !== i)
  if (twice !== undefined) throw invalid(`${name}: \`${option}\` has the column ${JSON.stringify(twice)} twice`)
}

const isSchema = (schema: unknown): boolean =>
  typeof (schema as { readonly '~standard'?: { readonly validate?: unknown } } | null)?.['~standard']?.validate === 'function'
