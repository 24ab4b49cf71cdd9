// Reads a Parquet file as one split: its row groups one after the other, each through a reader of its own.
//
// At most one row group is in memory. The offset is the number of rows given, counted over the whole file.

import type { Json } from '../../model/manifest.ts'
import type { RecordSink } from '../../model/reader.ts'
import type { Reader } from '../../ports/source.ts'
import type { RowGroupPlace } from './parquet-file.ts'
import type { ParquetReader, ParquetRow } from './parquet-reader.ts'

export class ParquetInOrderReader implements Reader<ParquetRow> {
  readonly #groups: readonly RowGroupPlace[]
  readonly #open: (group: RowGroupPlace, row: number) => ParquetReader
  /** Position in `#groups` of the one being read. */
  #at: number
  #current: ParquetReader | undefined

  /**
   * @param groups those that have rows, in the order of the file
   * @param row first row to give, counted over the whole file
   * @param open makes the reader of one group, from a row of that group on
   */
  constructor(groups: readonly RowGroupPlace[], row: number, open: (group: RowGroupPlace, row: number) => ParquetReader) {
    this.#groups = groups
    this.#open = open
    const found = groups.findIndex(({ firstRow, rows }) => row < firstRow + rows)
    this.#at = found < 0 ? groups.length : found
    this.#enter(row)
  }

  poll(out: RecordSink<ParquetRow>, max: number): 'more' | 'wait' | 'end' {
    if (this.#current === undefined) return 'end'
    const result = this.#current.poll(out, max)
    if (result !== 'end') return result
    this.#at++
    this.#enter(this.#groups[this.#at]?.firstRow ?? 0)
    return this.#current === undefined ? 'end' : 'more'
  }

  async ready(): Promise<void> {
    await this.#current?.ready()
  }

  offset(): Json {
    const group = this.#groups[this.#at]
    if (this.#current === undefined || group === undefined) return { row: this.#rows }
    return { row: group.firstRow + this.#current.row }
  }

  where(): string {
    return this.#current?.where() ?? `the end, behind row ${this.#rows}`
  }

  close(): void {
    this.#current?.close()
  }

  get #rows(): number {
    const last = this.#groups.at(-1)
    return last === undefined ? 0 : last.firstRow + last.rows
  }

  #enter(row: number): void {
    const group = this.#groups[this.#at]
    this.#current = group === undefined ? undefined : this.#open(group, row - group.firstRow)
  }
}
