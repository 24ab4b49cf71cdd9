// millrace/files: reading and writing files.

import { csvEncoding } from './adapters/files/csv-encoding.ts'
import type { CsvRow } from './adapters/files/csv-format.ts'
import { fileSink } from './adapters/files/file-sink.ts'
import { jsonlEncoding } from './adapters/files/jsonl-encoding.ts'
import { readEpochsFrom } from './adapters/files/read-epochs.ts'
import { checkDelimiter } from './adapters/files/text-source.ts'
import { NodeDisk } from './adapters/fs/disk.ts'
import type { Disk } from './ports/disk.ts'
import type { Sink } from './ports/sink.ts'

export type { CsvRow } from './adapters/files/csv-format.ts'
export type { ParquetRow } from './adapters/files/parquet-reader.ts'
export { type ParquetOptions, parquet } from './adapters/files/parquet-source.ts'
export { type CsvOptions, csv, type JsonlOptions, jsonl, type LinesOptions, lines } from './adapters/files/text-source.ts'
export type { Disk } from './ports/disk.ts'
export type { Sink } from './ports/sink.ts'
export type { Source } from './ports/source.ts'

export interface JsonlSinkOptions {
  /** Where to write; default the machine's file system. */
  readonly disk?: Disk | undefined
}

export interface CsvSinkOptions<T> extends JsonlSinkOptions {
  /** Columns to write, in this order; default the fields of the first record of each writer. */
  readonly columns?: readonly (keyof T & string)[] | undefined
  /** One ASCII character; default `,`. */
  readonly delimiter?: string | undefined
}

/**
 * Writes JSON lines, exactly once.
 *
 * `path` is a directory, also when it is called `report.jsonl`: each checkpoint adds `epoch-<n>/part-<subtask>-<i>.jsonl` to it, all of an
 * epoch or nothing. Read it with `readEpochs(path)`, or `jsonl(path)` in a job. What JSON has no form for (NaN, bigint, Map, functions) fails
 * the job with UNENCODABLE; undefined fields are left out.
 * @throws OUTPUT_CONFLICT at the start, when the directory holds something else or is ahead of the job
 */
export function jsonlSink<T>(path: string, options: JsonlSinkOptions = {}): Sink<T> {
  return fileSink<T>('jsonlSink', path, jsonlEncoding, diskOf(options))
}

/**
 * Writes CSV (RFC 4180) with a header line, exactly once.
 *
 * `path` is a directory, also when it is called `report.csv`: each checkpoint adds `epoch-<n>/part-<subtask>-<i>.csv` to it, all of an epoch
 * or nothing. Read it with `readEpochs(path)`, or `csv(path)` in a job. Objects and arrays are written as JSON, null and undefined as nothing.
 * @throws OUTPUT_CONFLICT at the start, when the directory holds something else or is ahead of the job
 */
export function csvSink<T extends object>(path: string, options: CsvSinkOptions<T> = {}): Sink<T> {
  const { columns, delimiter = ',' } = options
  checkDelimiter('csvSink', delimiter)
  return fileSink<T>('csvSink', path, csvEncoding(columns, delimiter), diskOf(options))
}

export interface ReadEpochsOptions extends JsonlSinkOptions {
  /** Delimiter of CSV parts; default `,`. */
  readonly delimiter?: string | undefined
}

/**
 * All records that a file sink has committed, in order of checkpoint, subtask and writing: values from JSON lines, objects of text from CSV.
 * A directory that is not there has none.
 * @throws CORRUPT naming a part that cannot be read
 */
export function readEpochs<T = CsvRow>(path: string, options: ReadEpochsOptions = {}): AsyncIterable<T> {
  return readEpochsFrom(diskOf(options)(), path, options.delimiter ?? ',') as AsyncGenerator<T, void, undefined>
}

const diskOf =
  ({ disk }: JsonlSinkOptions): (() => Disk) =>
  () =>
    disk ?? new NodeDisk()
