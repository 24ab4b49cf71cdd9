// Reads one row group of a Parquet file as records.
//
// Columns are read and decoded when the group's turn comes, and only those asked for; memory is bounded by the groups that the turnstile
// lets in, and within a very large group by `parquetRowsMax` rows. The offset is the number of rows given.

import { parquetRowsMax } from '../../model/limits.ts'
import type { Json } from '../../model/manifest.ts'
import type { RecordSink } from '../../model/reader.ts'
import type { Reader } from '../../ports/source.ts'
import type { ColumnValues, ParquetFile, RowGroupPlace } from './parquet-file.ts'
import type { Pass, Turnstile } from './turnstile.ts'

export type ParquetRow = Readonly<Record<string, unknown>>

/** An open file, and how to close it. */
export interface OpenParquet {
  readonly parquet: ParquetFile
  close(): Promise<void>
}

export class ParquetReader implements Reader<ParquetRow> {
  readonly #path: string
  readonly #group: RowGroupPlace
  readonly #columns: readonly string[] | undefined
  readonly #openFile: () => Promise<OpenParquet>
  readonly #turnstile: Turnstile
  #pass: Pass | undefined
  #loading: Promise<void> | undefined
  #failure: unknown
  #closed = false
  #names: readonly string[] = []
  /** Values of rows `#from` … `#to` - 1, by column. */
  #values: readonly ColumnValues[] = []
  #from = 0
  #to = 0
  #row: number

  constructor(
    path: string,
    group: RowGroupPlace,
    columns: readonly string[] | undefined,
    row: number,
    openFile: () => Promise<OpenParquet>,
    turnstile: Turnstile,
  ) {
    this.#path = path
    this.#group = group
    this.#columns = columns
    this.#row = row
    this.#openFile = openFile
    this.#turnstile = turnstile
  }

  poll(out: RecordSink<ParquetRow>, max: number): 'more' | 'wait' | 'end' {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#row >= this.#group.rows) return this.#end()
    if (this.#row >= this.#to) {
      this.#values = []
      this.#load()
      return 'wait'
    }
    const end = Math.min(this.#to, this.#row + max)
    while (this.#row < end) {
      const row = this.#record(this.#row - this.#from)
      out.record(row)
      this.#row++
    }
    return this.#row >= this.#group.rows ? this.#end() : 'more'
  }

  offset(): Json {
    return { row: this.#row }
  }

  /** Rows of the group that have been given. */
  get row(): number {
    return this.#row
  }

  where(): string {
    return `${this.#path} row ${this.#group.firstRow + this.#row + 1}`
  }

  async ready(): Promise<void> {
    await this.#pass?.entered()
    this.#load()
    await this.#loading
    if (this.#failure !== undefined) throw this.#failure
  }

  close(): void {
    this.#closed = true
    this.#values = []
    this.#pass?.leave()
  }

  #record(index: number): ParquetRow {
    const row: Record<string, unknown> = {}
    const names = this.#names
    const values = this.#values
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!
      if (name === '__proto__')
        Object.defineProperty(row, name, { value: values[i]![index], enumerable: true, configurable: true, writable: true })
      else row[name] = values[i]![index]
    }
    return row
  }

  #load(): void {
    this.#pass ??= this.#turnstile.enter()
    if (this.#closed || this.#loading !== undefined || this.#row < this.#to || !this.#pass.admitted) return
    this.#loading = this.#read().then(
      () => {
        this.#loading = undefined
      },
      (thrown: unknown) => {
        this.#loading = undefined
        this.#failure = thrown
      },
    )
  }

  async #read(): Promise<void> {
    const { parquet, close } = await this.#openFile()
    try {
      const names = this.#columns ?? parquet.columns
      const from = this.#row
      const to = Math.min(this.#group.rows, from + parquetRowsMax)
      const values = await parquet.read(this.#group, from, to, names)
      if (this.#closed) return
      this.#names = names
      this.#values = values
      this.#from = from
      this.#to = to
    } finally {
      await close()
    }
  }

  #end(): 'end' {
    this.close()
    return 'end'
  }
}
