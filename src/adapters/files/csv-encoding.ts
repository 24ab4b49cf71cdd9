// Records as CSV rows after RFC 4180, with a header line in each part.
//
// Columns are those asked for, else the fields of the first record; then a record with another field is refused, because a column for it
// cannot be added any more. Text is quoted where it must be, and where it is empty; null and undefined are empty without quotes. Objects and
// arrays are written as JSON, dates as ISO text, numbers and bigints in digits.

import { MillraceError } from '../../model/errors.ts'
import { jsonOf } from './jsonl-encoding.ts'
import type { RowEncoder, RowEncoding } from './row-encoding.ts'

export function csvEncoding(columns: readonly string[] | undefined, delimiter: string): RowEncoding<object> {
  const twice = columns?.find((column, i) => columns.indexOf(column) !== i)
  if (twice !== undefined) throw new MillraceError('JOB_INVALID', `csvSink: \`columns\` has ${JSON.stringify(twice)} twice`)
  if (columns?.length === 0) throw new MillraceError('JOB_INVALID', 'csvSink: `columns` is empty')
  return { extension: 'csv', encoder: () => new CsvEncoder(columns, delimiter) }
}

const loneSurrogate = /\p{Surrogate}/u

class CsvEncoder implements RowEncoder<object> {
  readonly #delimiter: string
  readonly #needsQuotes: RegExp
  readonly #chosen: boolean
  #columns: readonly string[]
  #known: ReadonlySet<string>

  constructor(columns: readonly string[] | undefined, delimiter: string) {
    this.#delimiter = delimiter
    this.#needsQuotes = new RegExp(`["\\r\\n\\u${delimiter.charCodeAt(0).toString(16).padStart(4, '0')}]|^[ \\t]|[ \\t]$`)
    this.#chosen = columns !== undefined
    this.#columns = columns ?? []
    this.#known = new Set(columns)
  }

  encode(value: object): string {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new MillraceError(
        'UNENCODABLE',
        `csvSink writes objects, not ${value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value}`,
      )
    }
    if (!this.#chosen) this.#checkFields(value)
    const record = value as Readonly<Record<string, unknown>>
    let row = ''
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i]!
      const cell = this.#cell(record[column], column)
      row = i === 0 ? cell : row + this.#delimiter + cell
    }
    // A row that is an empty line would be no row.
    return row === '' ? '""\n' : `${row}\n`
  }

  header(): string {
    return `${this.#columns.map((column) => this.#quoted(column)).join(this.#delimiter)}\n`
  }

  #checkFields(value: object): void {
    if (this.#columns.length === 0) {
      this.#columns = Object.keys(value)
      this.#known = new Set(this.#columns)
      if (this.#columns.length === 0)
        throw new MillraceError('UNENCODABLE', 'csvSink: the first record has no fields. Name the columns with `columns`')
      return
    }
    for (const field in value) {
      if (this.#known.has(field) || !Object.hasOwn(value, field)) continue
      throw new MillraceError(
        'UNENCODABLE',
        `csvSink: a record has the field ${JSON.stringify(field)}, the first one had only ${this.#columns.join(', ')}. Name the columns with \`columns\``,
      )
    }
  }

  #cell(value: unknown, column: string): string {
    switch (typeof value) {
      case 'string':
        return this.#quoted(value)
      case 'number':
      case 'bigint':
      case 'boolean':
        return String(value)
      case 'undefined':
        return ''
      case 'object':
        if (value === null) return ''
        if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
        return this.#quoted(jsonOf(value))
      default:
        throw new MillraceError(
          'UNENCODABLE',
          `csvSink: column ${JSON.stringify(column)} holds a ${typeof value}, which CSV has no form for`,
        )
    }
  }

  #quoted(text: string): string {
    if (loneSurrogate.test(text))
      throw new MillraceError('UNENCODABLE', `csvSink: ${JSON.stringify(text.slice(0, 100))} is no valid Unicode`)
    return text === '' || this.#needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
}
