// What a schema says of a record, and what of it goes on with the record.

/** What a record becomes before it enters the chain. */
export type Validate = (
  raw: unknown,
) => { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

/** What a schema says is wrong: libraries add what they know beside it, also functions and the record itself. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** An issue as plain data, which any sink can write and any thread be sent. */
export function plainIssue({ message, path }: SchemaIssue): { readonly message: string; readonly path?: readonly (string | number)[] } {
  if (path === undefined) return { message }
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part))
  return { message, path: keys.map((key) => (typeof key === 'symbol' ? String(key) : key)) }
}
