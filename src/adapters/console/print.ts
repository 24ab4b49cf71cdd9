// A sink for people: records as lines of a table on standard output.

import { inspect } from 'node:util'
import type { Sink } from '../../ports/sink.ts'

export interface PrintOptions {
  /** Takes the text instead of standard output. */
  readonly write?: ((text: string) => void) | undefined
}

/**
 * Prints each record on a line of its own, behind the id of the sink. The fields of objects stand in columns, with a heading where they
 * change; columns grow with what comes.
 *
 * At-least-once: after a restart records since the last checkpoint are printed again.
 */
export function print(options: PrintOptions = {}): Sink<unknown> {
  const table = new Table()
  return {
    '~type': undefined as never,
    describe: 'print',
    guarantee: 'at-least-once',
    inProcess: true,
    writer: ({ operator }) => ({
      write: (values, length) => {
        const text = table.lines(values.slice(0, length)).map((line) => `${operator}  ${line}\n`)
        return options.write === undefined ? toStandardOutput(text.join('')) : options.write(text.join(''))
      },
      prepare: () => [],
    }),
  }
}

/** Waits while the terminal, file or pipe behind it takes no more. */
function toStandardOutput(text: string): void | Promise<void> {
  if (process.stdout.write(text)) return
  return new Promise((resolve) => process.stdout.once('drain', resolve))
}

class Table {
  #columns: readonly string[] = []
  readonly #widths = new Map<string, number>()

  lines(records: readonly unknown[]): string[] {
    const rows = records.map((record) =>
      isRow(record) ? { columns: Object.keys(record), cells: Object.values(record).map(cell) } : cell(record),
    )
    for (const row of rows) if (typeof row !== 'string') this.#fit(row.columns, row.cells)
    return rows.flatMap((row) => {
      if (typeof row === 'string') return [row]
      const line = this.#align(row.columns, row.cells)
      if (row.columns.join('\0') === this.#columns.join('\0')) return [line]
      this.#columns = row.columns
      return [this.#align(row.columns, row.columns), line]
    })
  }

  #fit(columns: readonly string[], cells: readonly string[]): void {
    for (const [i, column] of columns.entries()) {
      this.#widths.set(column, Math.max(this.#widths.get(column) ?? 0, column.length, cells[i]!.length))
    }
  }

  #align(columns: readonly string[], cells: readonly string[]): string {
    return columns
      .map((column, i) => cells[i]!.padEnd(this.#widths.get(column)!))
      .join('  ')
      .trimEnd()
  }
}

function isRow(record: unknown): record is Record<string, unknown> {
  if (typeof record !== 'object' || record === null) return false
  const prototype = Object.getPrototypeOf(record)
  return (prototype === Object.prototype || prototype === null) && Object.keys(record).length > 0
}

// Text with control characters is quoted: data must not break the table, nor reach the terminal as commands.
function cell(value: unknown): string {
  if (typeof value === 'string' && !/\p{Cc}/u.test(value)) return value
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true, depth: 4 })
}
