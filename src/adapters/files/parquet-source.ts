// The source over Parquet files: one split a row group, or one a file where its order matters, which then bears the file's name. A split is
// read as what it is, also where the option has changed since.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { FileMetaData } from 'hyparquet'
import { MillraceError } from '../../model/errors.ts'
import { rowGroupsActiveMax } from '../../model/limits.ts'
import type { Json } from '../../model/manifest.ts'
import type { Source, Split } from '../../ports/source.ts'
import { fileAsJson, fileFromJson, type InputFile, listFiles, reopenFile, stillNamed } from './input-files.ts'
import { ParquetFile, type RowGroupPlace } from './parquet-file.ts'
import { ParquetInOrderReader } from './parquet-in-order.ts'
import { type OpenParquet, ParquetReader, type ParquetRow } from './parquet-reader.ts'
import { checkColumns, checkSource } from './source-options.ts'
import { turnstilesOf } from './turnstile.ts'

/** @typeParam S the schema of a record: any Standard Schema that validates synchronously */
export interface ParquetOptions<S extends StandardSchemaV1> {
  readonly schema?: S | undefined
  /** Columns to read; default all. What is not named is not even decoded. */
  readonly columns?: readonly string[] | undefined
  /**
   * Gives each file from its first row to its last. For files that are sorted by time: default are row groups side by side, so that all of
   * them can be read in parallel, and then event time waits for the last one to begin. Default false.
   */
  readonly inOrder?: boolean | undefined
}

/**
 * Rows of Parquet files, as objects from column to value. Timestamps and dates are milliseconds since the epoch; 64-bit integers are numbers
 * while these are exact, beyond that bigints; missing values are null.
 * @param path one file, a directory with all below it, or a pattern with `*` in its last part
 */
export function parquet<S extends StandardSchemaV1>(
  path: string,
  options: ParquetOptions<S> & { readonly schema: S },
): Source<StandardSchemaV1.InferOutput<S>>
export function parquet(path: string, options?: Omit<ParquetOptions<StandardSchemaV1>, 'schema'>): Source<ParquetRow>
export function parquet(path: string, options: ParquetOptions<StandardSchemaV1> = {}): Source<unknown> {
  checkSource('parquet', path, options, ['columns'])
  checkColumns('parquet', 'columns', options.columns)
  const turnstileOf = turnstilesOf(rowGroupsActiveMax)
  const open = openerWithMemory()
  return {
    '~type': undefined as never,
    bounded: true,
    describe: `parquet ${path}`,
    guarantee: 'replays from any record, by its row number; stops by name when a file was changed',
    replayable: true,
    schema: options.schema,
    splits: async (known) => {
      if (known.length > 0) return stillNamed(path, known)
      const splits: Split[] = []
      for (const file of await listFiles(path)) {
        const groups = await rowGroupsOf(file, open, options.columns)
        if (options.inOrder === true) splits.push({ id: file.path, at: fileAsJson(file) })
        else splits.push(...groups.map((group) => ({ id: `${file.path}:${group.index}`, at: { ...fileAsJson(file), ...group } })))
      }
      return splits
    },
    open: async (split, offset, context) => {
      const file = fileFromJson(split.at)
      const readerOf = (group: RowGroupPlace, row: number): ParquetReader =>
        new ParquetReader(file.path, group, options.columns, row, () => open(file), turnstileOf(context))
      if (split.id !== file.path) return readerOf(groupOf(split), rowOf(offset))
      return new ParquetInOrderReader(await rowGroupsOf(file, open, options.columns), rowOf(offset), readerOf)
    },
  }
}

/** The row groups that have rows. */
async function rowGroupsOf(
  file: InputFile,
  open: (file: InputFile) => Promise<OpenParquet>,
  columns: readonly string[] | undefined,
): Promise<readonly RowGroupPlace[]> {
  const { parquet: opened, close } = await open(file)
  try {
    const missing = columns?.find((column) => !opened.columns.includes(column))
    if (missing !== undefined) {
      throw new MillraceError('USAGE', `${file.path} has no column ${JSON.stringify(missing)}. It has ${opened.columns.join(', ')}`)
    }
    return opened.rowGroups.filter(({ rows }) => rows > 0)
  } finally {
    await close()
  }
}

/** Opens files and remembers the footer of the last one: its row groups are mostly read one after the other. */
function openerWithMemory(): (file: InputFile) => Promise<OpenParquet> {
  let last: { readonly file: string; readonly metadata: FileMetaData } | undefined
  return async (file) => {
    const handle = await reopenFile(file)
    try {
      const name = JSON.stringify(file)
      const parquetFile = await ParquetFile.open(handle, file, last?.file === name ? last.metadata : undefined)
      last = { file: name, metadata: parquetFile.metadata }
      return { parquet: parquetFile, close: () => handle.close() }
    } catch (thrown) {
      await handle.close()
      throw thrown
    }
  }
}

function groupOf({ id, at }: Split): RowGroupPlace {
  const { index, firstRow, rows } = (at ?? {}) as Partial<RowGroupPlace>
  if (typeof index === 'number' && typeof firstRow === 'number' && typeof rows === 'number') return { index, firstRow, rows }
  throw new MillraceError('STATE_MISMATCH', `split ${id} does not say which row group it is: it was not made by this source`)
}

function rowOf(offset: Json | undefined): number {
  if (offset === undefined) return 0
  const { row } = offset as { readonly row?: unknown }
  if (typeof row === 'number') return row
  throw new MillraceError(
    'STATE_MISMATCH',
    `${JSON.stringify(offset)} is no row of a Parquet file: the checkpoint was made by another kind of source`,
  )
}
