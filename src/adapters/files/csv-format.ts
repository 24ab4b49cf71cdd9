// Reads CSV after RFC 4180, from bytes.
//
// A cell that begins with a quote ends at the next quote that is not doubled, and may hold delimiters and newlines. Elsewhere a quote is a
// character like any other. Rows end in CRLF or LF. Empty lines are no rows. Cells are kept as they are written, names of columns without
// the blanks around them.

import { MillraceError } from '../../model/errors.ts'
import type { RecordSink } from '../../model/reader.ts'
import { newline, notUtf8, type TextBlock, type TextFormat } from './text-format.ts'

export type CsvRow = Readonly<Record<string, string>>

const quote = 34
const carriageReturn = 13

export class CsvFormat implements TextFormat<CsvRow> {
  readonly header: boolean
  readonly #delimiter: number
  readonly #path: string
  #names: readonly string[]
  /** Cells of the row that was read last. */
  #cells: string[] = []
  #count = 0
  /** What is wrong with it. */
  #issue: string | undefined
  lines = 1

  /**
   * @param names columns of a file without a header line; undefined = the first line names them
   * @param path for messages
   */
  constructor(delimiter: string, names: readonly string[] | undefined, path: string) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#path = path
    this.header = names === undefined
    this.#names = names ?? []
  }

  readHeader(block: TextBlock, at: number, last: boolean): number {
    const behind = this.#readCells(block, at, last)
    if (behind < 0) return -1
    if (this.#issue !== undefined) throw this.#unusable(`the header line cannot be read: ${this.#issue}`)
    const names = this.#cells.slice(0, this.#count).map((name) => name.trim())
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined) throw this.#unusable(`two columns are called ${JSON.stringify(twice)}`)
    this.#names = names
    return behind
  }

  read(block: TextBlock, at: number, last: boolean, out: RecordSink<CsvRow>): number {
    const first = block.bytes[at]
    this.lines = 1
    if (first === newline) return at + 1
    if (first === carriageReturn && (block.bytes[at + 1] === newline || (last && at + 1 === block.bytes.length)))
      return Math.min(at + 2, block.bytes.length)
    const behind = this.#readCells(block, at, last)
    if (behind < 0) return -1
    const issue = this.#issue ?? (this.#count === this.#names.length ? undefined : this.#wrongCount())
    if (issue === undefined) out.record(this.#row())
    else out.malformed(block.show(at, behind).replace(/\r?\n$/, ''), issue)
    return behind
  }

  /** Objects of one shape, whatever the names. */
  #row(): CsvRow {
    const row: Record<string, string> = {}
    const names = this.#names
    const cells = this.#cells
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!
      if (name === '__proto__') Object.defineProperty(row, name, { value: cells[i]!, enumerable: true, configurable: true, writable: true })
      else row[name] = cells[i]!
    }
    return row
  }

  /** @returns the position behind the row, or -1 when the block ends before it does */
  #readCells(block: TextBlock, start: number, last: boolean): number {
    const { bytes } = block
    const end = bytes.length
    this.#count = 0
    this.#issue = undefined
    this.lines = 1
    let at = start
    for (;;) {
      if (bytes[at] === quote) {
        at = this.#readQuoted(block, at, last)
        if (at < 0) return -1
        if (this.#issue !== undefined) return this.#skipLine(block, at, last)
      } else {
        const from = at
        let high = 0
        let byte = 0
        // One comparison a byte; this loop is most of what reading CSV costs.
        while (at < end && (byte = bytes[at]!) !== this.#delimiter && byte !== newline) {
          high |= byte
          at++
        }
        if (at === end && !last) return -1
        const to = at > from && (at === end || byte === newline) && bytes[at - 1] === carriageReturn ? at - 1 : at
        this.#cells[this.#count++] = block.decode(from, to, high < 128)
      }
      if (at === end || bytes[at] === newline) break
      at++
    }
    const behind = Math.min(at + 1, end)
    if (!block.isValid(start, behind)) this.#issue = notUtf8
    return behind
  }

  /** @returns the position of the delimiter or newline behind the cell, or -1 */
  #readQuoted(block: TextBlock, at: number, last: boolean): number {
    const { bytes, text } = block
    let close = text.indexOf('"', at + 1)
    let doubled = false
    while (close >= 0 && bytes[close + 1] === quote) {
      doubled = true
      close = text.indexOf('"', close + 2)
    }
    // The byte behind a quote decides whether it closes; CR asks for one more.
    if (!last && (close < 0 || close + 2 >= bytes.length)) return -1
    if (close < 0) {
      this.#issue = 'a quote is opened and never closed'
      return bytes.length
    }
    const cell = block.decode(at + 1, close)
    this.#cells[this.#count++] = doubled ? cell.replaceAll('""', '"') : cell
    for (let i = cell.indexOf('\n'); i >= 0; i = cell.indexOf('\n', i + 1)) this.lines++
    let behind = close + 1
    if (bytes[behind] === carriageReturn && (bytes[behind + 1] === newline || behind + 1 === bytes.length)) behind++
    const follows = bytes[behind]
    if (follows !== undefined && follows !== this.#delimiter && follows !== newline)
      this.#issue = 'text follows the quote that closes a cell'
    return behind
  }

  #skipLine(block: TextBlock, at: number, last: boolean): number {
    const end = block.lineEnd(at, last)
    return end < 0 ? -1 : Math.min(end + 1, block.bytes.length)
  }

  #wrongCount(): string {
    return `it has ${this.#count} ${this.#count === 1 ? 'cell' : 'cells'}, the header has ${this.#names.length}`
  }

  #unusable(problem: string): MillraceError {
    return new MillraceError('USAGE', `${this.#path}: ${problem}. Mend the file, or name its columns with \`header\``)
  }
}
