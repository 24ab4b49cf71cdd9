// The sources over text files: lines, JSON lines, CSV.
//
// Files are listed once, when a job starts from nothing; the list goes with its checkpoints, so what comes later is for another run. A file
// is cut into ranges of `fileSplitBytes`, which are read in parallel. A CSV file is cut only when it holds no quote at all, which one pass
// over it proves: behind a quote a newline may be part of a cell, and nothing short of reading from the start tells.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { MillraceError } from '../../model/errors.ts'
import { fileReadBytes, fileSplitBytes, textSplitsActiveMax } from '../../model/limits.ts'
import type { Json } from '../../model/manifest.ts'
import { invalid, named } from '../../model/refusals.ts'
import { ioError } from '../../ports/io-error.ts'
import type { Source, Split } from '../../ports/source.ts'
import { CsvFormat, type CsvRow } from './csv-format.ts'
import { fileAsJson, fileFromJson, type InputFile, listFiles, openFile, stillNamed } from './input-files.ts'
import { jsonLines, plainLines } from './line-formats.ts'
import { checkColumns, checkSource } from './source-options.ts'
import type { TextFormat } from './text-format.ts'
import { type TextOffset, type TextRange, TextReader } from './text-reader.ts'
import { turnstilesOf } from './turnstile.ts'

export interface LinesOptions {
  /** Size of a split in bytes; default 32 MiB. */
  readonly splitBytes?: number | undefined
  /**
   * Gives each file from its first record to its last, however large. For files that are sorted by time: by default the parts of a file are
   * read side by side, and then event time waits for the last one to begin. Default false.
   */
  readonly inOrder?: boolean | undefined
}

/** @typeParam S the schema of a record: any Standard Schema that validates synchronously */
export interface JsonlOptions<S extends StandardSchemaV1> extends LinesOptions {
  readonly schema?: S | undefined
}

export interface CsvOptions<S extends StandardSchemaV1> extends LinesOptions {
  readonly schema?: S | undefined
  /** One ASCII character; default `,`. */
  readonly delimiter?: string | undefined
  /** Names of the columns, for files without a header line; unset, the first line of each file names them. */
  readonly header?: readonly string[] | undefined
}

/**
 * Lines of text files (UTF-8), without their line ends.
 * @param path one file, a directory with all below it, or a pattern with `*` in its last part
 */
export function lines(path: string, options: LinesOptions = {}): Source<string> {
  checkSource('lines', path, options, ['splitBytes'])
  return textSource<string>({ name: 'lines', path, options, cutsWhole: false, format: () => plainLines })
}

/**
 * JSON, one value a line (UTF-8). Blank lines are skipped; a line that is no JSON is an invalid record.
 * @param path one file, a directory with all below it, or a pattern with `*` in its last part
 */
export function jsonl<S extends StandardSchemaV1>(
  path: string,
  options: JsonlOptions<S> & { readonly schema: S },
): Source<StandardSchemaV1.InferOutput<S>>
export function jsonl(path: string, options?: LinesOptions): Source<unknown>
export function jsonl(path: string, options: JsonlOptions<StandardSchemaV1> = {}): Source<unknown> {
  checkSource('jsonl', path, options, ['splitBytes'])
  return textSource({ name: 'jsonl', path, options, schema: options.schema, cutsWhole: false, format: () => jsonLines })
}

/**
 * Rows of CSV files (RFC 4180, UTF-8), as objects from column to text; a schema makes numbers of them. A row with another number of cells
 * than the header is an invalid record. Empty lines are skipped.
 * @param path one file, a directory with all below it, or a pattern with `*` in its last part
 */
export function csv<S extends StandardSchemaV1>(
  path: string,
  options: CsvOptions<S> & { readonly schema: S },
): Source<StandardSchemaV1.InferOutput<S>>
export function csv(path: string, options?: Omit<CsvOptions<StandardSchemaV1>, 'schema'>): Source<CsvRow>
export function csv(path: string, options: CsvOptions<StandardSchemaV1> = {}): Source<unknown> {
  checkSource('csv', path, options, ['splitBytes', 'delimiter', 'header'])
  const { delimiter = ',', header } = options
  checkDelimiter('csv', delimiter)
  checkColumns('csv', 'header', header)
  const format = ({ path: file }: InputFile) => new CsvFormat(delimiter, header, file)
  return textSource({ name: 'csv', path, options, schema: options.schema, cutsWhole: true, format })
}

export function checkDelimiter(name: string, delimiter: string): void {
  if (typeof delimiter === 'string' && delimiter.length === 1 && delimiter.charCodeAt(0) < 128 && !'"\r\n'.includes(delimiter)) return
  throw new MillraceError(
    'JOB_INVALID',
    `${name}: the delimiter is ${JSON.stringify(delimiter)}; it must be one ASCII character other than a quote or a line end`,
  )
}

interface TextSourceParts<T> {
  readonly name: string
  readonly path: string
  readonly options: LinesOptions
  readonly schema?: StandardSchemaV1 | undefined
  /** Whether a file that holds a quote must stay in one piece. */
  readonly cutsWhole: boolean
  readonly format: (file: InputFile) => TextFormat<T>
}

function textSource<T>({ name, path, options, schema, cutsWhole, format }: TextSourceParts<T>): Source<T> {
  const { splitBytes = fileSplitBytes } = options
  if (!Number.isSafeInteger(splitBytes) || splitBytes < 1)
    throw invalid(`${name}: splitBytes is ${named(splitBytes)}; it must be a whole number of bytes`)
  const turnstileOf = turnstilesOf(textSplitsActiveMax)
  return {
    '~type': undefined as never,
    bounded: true,
    describe: `${name} ${path}`,
    guarantee: 'replays from any record, by its position in the file; stops by name when a file was changed',
    replayable: true,
    schema,
    splits: async (known) => {
      if (known.length > 0) return stillNamed(path, known)
      const ranges: TextRange[] = []
      for (const file of await listFiles(path)) {
        const whole = options.inOrder === true || (cutsWhole && file.bytes > splitBytes && (await holdsQuote(file)))
        ranges.push(...rangesOf(file, whole ? file.bytes : splitBytes))
      }
      return ranges.map(splitOf)
    },
    open: (split, offset, context) => {
      const range = rangeOf(split)
      return new TextReader(format(range.file), range, offsetOf(offset), turnstileOf(context))
    },
  }
}

function rangesOf(file: InputFile, splitBytes: number): TextRange[] {
  const ranges: TextRange[] = []
  for (let from = 0; from < file.bytes; from += splitBytes) ranges.push({ file, from, to: Math.min(file.bytes, from + splitBytes) })
  return ranges
}

async function holdsQuote({ path, bytes }: InputFile): Promise<boolean> {
  const handle = await openFile(path)
  const buffer = Buffer.allocUnsafeSlow(4 * fileReadBytes)
  try {
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, bytes - at), at)
      if (bytesRead === 0) return true
      if (buffer.subarray(0, bytesRead).includes('"')) return true
      at += bytesRead
    }
    return false
  } catch (thrown) {
    throw ioError('read', path, thrown)
  } finally {
    await handle.close()
  }
}

const splitOf = ({ file, from, to }: TextRange): Split => ({ id: `${file.path}:${from}`, at: { ...fileAsJson(file), from, to } })

function rangeOf({ id, at }: Split): TextRange {
  const range = at as { readonly from?: unknown; readonly to?: unknown } | undefined
  const file = fileFromJson(at)
  if (typeof range?.from === 'number' && typeof range.to === 'number') return { file, from: range.from, to: range.to }
  throw new MillraceError('STATE_MISMATCH', `split ${id} does not say which bytes of the file it has: it was not made by this source`)
}

function offsetOf(offset: Json | undefined): TextOffset | undefined {
  if (offset === undefined) return undefined
  const { byte, line, skipping } = offset as { readonly [field in keyof TextOffset]?: unknown }
  const known = (line === undefined || typeof line === 'number') && (skipping === undefined || typeof skipping === 'boolean')
  if (typeof byte === 'number' && known) return { byte, line: line as number | undefined, skipping: skipping as boolean | undefined }
  throw new MillraceError(
    'STATE_MISMATCH',
    `${JSON.stringify(offset)} is no position in a text file: the checkpoint was made by another kind of source`,
  )
}
