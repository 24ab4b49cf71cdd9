// One Parquet file through hyparquet: its row groups, and the columns of a range of rows as plain arrays.
//
// How values come out, chosen so that records travel, compare and print as everything else here does: timestamps and dates are milliseconds
// since the epoch (finer units as a fraction), 64-bit integers are numbers while they are exact and bigints beyond, text is text, bytes
// without a type are a Uint8Array, missing is null.

import type { FileHandle } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { type AsyncBuffer, type Compressors, type FileMetaData, parquetMetadataAsync, parquetScan, parquetSchema } from 'hyparquet'
import { compressors as portable } from 'hyparquet-compressors'
import { MillraceError, messageOf } from '../../model/errors.ts'
import { changed, type InputFile } from './input-files.ts'

export interface RowGroupPlace {
  readonly index: number
  /** Number of its first row in the file. */
  readonly firstRow: number
  readonly rows: number
}

export type ColumnValues = ArrayLike<unknown>

/** Node's own decompressors are faster than portable ones; it has no snappy, LZ4 blocks or (in all supported versions) zstd. */
const compressors: Compressors = { ...portable, GZIP: (input) => gunzipSync(input), BROTLI: (input) => brotliDecompressSync(input) }

const dayMs = 86_400_000
const parsers = {
  timestampFromMilliseconds: (millis: bigint) => Number(millis),
  timestampFromMicroseconds: (micros: bigint) => Number(micros) / 1_000,
  timestampFromNanoseconds: (nanos: bigint) => Number(nanos) / 1_000_000,
  dateFromDays: (days: number) => days * dayMs,
}

export class ParquetFile {
  readonly #file: InputFile
  readonly #buffer: AsyncBuffer
  readonly #metadata: FileMetaData

  private constructor(file: InputFile, buffer: AsyncBuffer, metadata: FileMetaData) {
    this.#file = file
    this.#buffer = buffer
    this.#metadata = metadata
  }

  /** @param known the footer, where it has been read before */
  static async open(handle: FileHandle, file: InputFile, known?: FileMetaData): Promise<ParquetFile> {
    const buffer = bufferOf(handle, file)
    try {
      return new ParquetFile(file, buffer, known ?? (await parquetMetadataAsync(buffer, { geoparquet: false })))
    } catch (thrown) {
      throw unreadable(file, 'its footer', thrown)
    }
  }

  get metadata(): FileMetaData {
    return this.#metadata
  }

  /** Names of the top-level columns. */
  get columns(): readonly string[] {
    return parquetSchema(this.#metadata).children.map(({ element }) => element.name)
  }

  get rowGroups(): readonly RowGroupPlace[] {
    let firstRow = 0
    return this.#metadata.row_groups.map(({ num_rows }, index) => {
      const place = { index, firstRow, rows: Number(num_rows) }
      firstRow += place.rows
      return place
    })
  }

  /** Reads the named columns of some rows of one row group, each as an array with one value a row. */
  async read(group: RowGroupPlace, from: number, to: number, columns: readonly string[]): Promise<readonly ColumnValues[]> {
    const range = { rowStart: group.firstRow + from, rowEnd: group.firstRow + to }
    const options = {
      file: this.#buffer,
      metadata: this.#metadata,
      compressors,
      parsers,
      geoparquet: false,
      utf8: false,
      useOffsetIndex: to - from < group.rows,
    }
    try {
      const scan = await parquetScan({ ...options, ...range, columns: [...columns] })
      const values: ColumnValues[] = []
      // One after the other: each gives the thread back before the next is decoded.
      for (const column of columns) values.push(plainValues(await scan.readColumn({ column, ...range })))
      return values
    } catch (thrown) {
      throw unreadable(this.#file, `row group ${group.index}`, thrown)
    }
  }
}

/** @returns the array itself where it holds plain values already */
function plainValues(values: ArrayLike<unknown>): ColumnValues {
  if (ArrayBuffer.isView(values) && !(values instanceof BigInt64Array) && !(values instanceof BigUint64Array)) return values
  const plain = new Array<unknown>(values.length)
  for (let i = 0; i < values.length; i++) plain[i] = plainValue(values[i])
  return plain
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
  if (value === undefined || value === null) return null
  if (typeof value !== 'object' || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(plainValue)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]))
}

function bufferOf(handle: FileHandle, file: InputFile): AsyncBuffer {
  return {
    byteLength: file.bytes,
    slice: async (start, end = file.bytes) => {
      const bytes = new Uint8Array(end - start)
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at)
        if (bytesRead === 0) throw changed(file, `ends at byte ${start + at}, it had ${file.bytes} bytes`)
        at += bytesRead
      }
      return bytes.buffer
    },
  }
}

function unreadable({ path }: InputFile, what: string, thrown: unknown): MillraceError {
  if (thrown instanceof MillraceError) return thrown
  return new MillraceError(
    'CORRUPT',
    `${path} cannot be read as Parquet: ${what}: ${messageOf(thrown)}. Check that the file is whole, and write it again`,
    {
      cause: thrown,
    },
  )
}
