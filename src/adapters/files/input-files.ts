// Which files a path stands for, and whether a file still is the one that was listed.
//
// A path is one file, a directory (with all below it), or a pattern with `*` in its last part. Names that begin with `.` or `_` are left out:
// that is how a directory of output hides what is not committed. Files come in the order of their paths, by code units.
//
// A file is known by its size, its time of change, and a fingerprint of its first 4 KiB. What was appended after it was listed is not read.

import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { MillraceError } from '../../model/errors.ts'
import type { Json } from '../../model/manifest.ts'
import { ioError, systemCode } from '../../ports/io-error.ts'
import type { Split } from '../../ports/source.ts'

const headBytes = 4_096

/** A file as it was when it was listed. */
export interface InputFile {
  /** As the user wrote it, with `/`; relative paths count from the working directory. */
  readonly path: string
  readonly bytes: number
  readonly changedMs: number
  /** Fingerprint of the first 4 KiB. */
  readonly head: string
}

/** @throws USAGE when the path stands for nothing */
export async function listFiles(path: string): Promise<readonly InputFile[]> {
  const found = await pathsOf(path)
  return Promise.all(found.sort().map(describeFile))
}

const pathsOf = (path: string): Promise<string[]> => (path.slice(path.lastIndexOf('/') + 1).includes('*') ? matching(path) : below(path))

/**
 * The splits of a job that goes on from a checkpoint besides those that it knows: none.
 * @param known splits of files
 * @throws STATE_MISMATCH when the path stands for other files only: then it is another input
 */
export async function stillNamed(path: string, known: readonly Split[]): Promise<readonly Split[]> {
  const files = new Set(known.map(({ at }) => resolve(fileFromJson(at).path)))
  let named: readonly string[] = []
  try {
    named = await pathsOf(path)
  } catch (thrown) {
    // Files may go when they have been read; opening one that has not says that it is gone.
    if (!(thrown instanceof MillraceError) || thrown.code !== 'USAGE') throw thrown
  }
  if (named.length === 0 || named.some((file) => files.has(resolve(file)))) return []
  const [first] = files
  throw new MillraceError(
    'STATE_MISMATCH',
    `the checkpoint was made of other files than ${path}: of ${first}${files.size > 1 ? ` and ${files.size - 1} more` : ''}. Give the path that the job began with, or start it anew for the new one`,
  )
}

async function below(path: string): Promise<string[]> {
  try {
    if (!(await stat(resolve(path))).isDirectory()) return [path]
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') throw nothing(path, `there is no file or directory ${path} in ${process.cwd()}`)
    throw ioError('list', path, thrown)
  }
  const files = await visible(path)
  return (
    await Promise.all(files.map(({ name, directory }) => (directory ? below(`${trimmed(path)}/${name}`) : [`${trimmed(path)}/${name}`])))
  ).flat()
}

async function matching(pattern: string): Promise<string[]> {
  const cut = pattern.lastIndexOf('/')
  const directory = cut < 0 ? '.' : pattern.slice(0, cut + 1)
  const matches = nameMatcher(pattern.slice(cut + 1))
  const found = (await visible(directory)).filter(({ name, directory: isDirectory }) => !isDirectory && matches(name))
  if (found.length === 0) throw nothing(pattern, `no file in ${resolve(directory)} matches ${pattern.slice(cut + 1)}`)
  return found.map(({ name }) => pattern.slice(0, cut + 1) + name)
}

/** `*` stands for any characters of a name. */
function nameMatcher(pattern: string): (name: string) => boolean {
  const expression = new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`, 's')
  return (name) => expression.test(name)
}

const literally = (text: string): string => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')

async function visible(directory: string): Promise<{ readonly name: string; readonly directory: boolean }[]> {
  try {
    const entries = await readdir(resolve(directory), { withFileTypes: true })
    const shown = entries.filter(({ name }) => !name.startsWith('.') && !name.startsWith('_'))
    return Promise.all(
      shown.map(async (entry) => ({
        name: entry.name,
        directory: entry.isSymbolicLink() ? (await stat(resolve(directory, entry.name))).isDirectory() : entry.isDirectory(),
      })),
    )
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') throw nothing(directory, `there is no directory ${directory}`)
    throw ioError('list', directory, thrown)
  }
}

async function describeFile(path: string): Promise<InputFile> {
  const file = await openFile(path)
  try {
    return await identify(file, path)
  } finally {
    await file.close()
  }
}

export async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(resolve(path), 'r')
  } catch (thrown) {
    throw ioError('open', path, thrown)
  }
}

async function identify(file: FileHandle, path: string, headUpTo = headBytes): Promise<InputFile> {
  const { size, mtimeMs } = await file.stat()
  const buffer = Buffer.alloc(Math.min(headUpTo, headBytes))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  const head = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex').slice(0, 16)
  return { path, bytes: size, changedMs: Math.floor(mtimeMs), head }
}

/**
 * Opens a file that was listed earlier.
 * @throws INPUT_CHANGED when it is another one now; content appended at its end is no change, but is not read
 */
export async function reopenFile(listed: InputFile): Promise<FileHandle> {
  let file: FileHandle
  try {
    file = await open(resolve(listed.path), 'r')
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') throw changed(listed, 'is gone')
    throw ioError('open', listed.path, thrown)
  }
  try {
    const now = await identify(file, listed.path, listed.bytes)
    if (now.bytes < listed.bytes) throw changed(listed, `has ${now.bytes} bytes, it had ${listed.bytes}`)
    if (now.head !== listed.head) throw changed(listed, 'begins differently')
    if (now.bytes === listed.bytes && now.changedMs !== listed.changedMs) throw changed(listed, 'was written again')
    return file
  } catch (thrown) {
    await file.close()
    throw ioError('read', listed.path, thrown)
  }
}

export function changed({ path }: InputFile, how: string): MillraceError {
  return new MillraceError(
    'INPUT_CHANGED',
    `${path} ${how} since the job listed it, so the job cannot go on where it was. Put the file back as it was, or start the job without its checkpoint. New records belong into a new file, for a new run`,
  )
}

export const fileAsJson = ({ path, bytes, changedMs, head }: InputFile): { readonly [key: string]: Json } => ({
  path,
  bytes,
  changedMs,
  head,
})

/** What `fileAsJson` wrote into a split. */
export function fileFromJson(at: Json | undefined): InputFile {
  const file = at as Partial<InputFile> | null | undefined
  if (
    typeof file?.path !== 'string' ||
    typeof file.bytes !== 'number' ||
    typeof file.changedMs !== 'number' ||
    typeof file.head !== 'string'
  ) {
    throw new MillraceError('STATE_MISMATCH', 'a split of a file source does not say which file it is in: it was not made by this source')
  }
  return { path: file.path, bytes: file.bytes, changedMs: file.changedMs, head: file.head }
}

const trimmed = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)

function nothing(path: string, problem: string): MillraceError {
  return new MillraceError(
    'USAGE',
    `nothing to read at "${path}": ${problem}. Check the path; relative ones count from the working directory`,
  )
}
