// The real file system behind the Disk port.
//
// 1. `write` is open, write, fsync, close under the final name: the port promises nothing to readers of a file that is being written, so who
//    needs whole files writes elsewhere and renames or links.
// 2. Directories are created when a first try finds them missing, so the usual call costs no extra system call.
// 3. On Windows a directory cannot be opened for fsync; names are durable there as far as the file system journals them.

import { link, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Disk } from '../../ports/disk.ts'
import { ioError, systemCode } from '../../ports/io-error.ts'

/** Bytes that are worth a system call of their own. */
const writtenAtOnce = 262_144

export class NodeDisk implements Disk {
  async read(path: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(path)
    } catch (thrown) {
      if (isMissing(thrown)) return undefined
      throw ioError('read', path, thrown)
    }
  }

  async write(
    path: string,
    bytes: Uint8Array | readonly Uint8Array[],
    options: { readonly sync?: boolean | undefined } = {},
  ): Promise<void> {
    try {
      await inDirectoryOf(path, () => writeWhole(path, bytes, options.sync === true))
    } catch (thrown) {
      throw ioError('write', path, thrown)
    }
  }

  async link(from: string, to: string): Promise<boolean> {
    try {
      await inDirectoryOf(to, () => link(from, to))
      return true
    } catch (thrown) {
      if (systemCode(thrown) === 'EEXIST') return false
      throw ioError(`link ${from} to`, to, thrown)
    }
  }

  async rename(from: string, to: string): Promise<void> {
    try {
      if ((await lstat(from)).isDirectory() && (await exists(to)))
        throw Object.assign(new Error('EEXIST: the target exists'), { code: 'EEXIST' })
      await inDirectoryOf(to, () => rename(from, to))
    } catch (thrown) {
      throw ioError(`rename ${from} to`, to, thrown)
    }
  }

  async list(directory: string): Promise<readonly string[]> {
    try {
      const entries = await readdir(directory, { withFileTypes: true })
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort()
    } catch (thrown) {
      if (isMissing(thrown)) return []
      throw ioError('list', directory, thrown)
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await rm(path, { recursive: true, force: true })
    } catch (thrown) {
      if (isMissing(thrown)) return
      throw ioError('remove', path, thrown)
    }
  }

  async syncDirectory(directory: string): Promise<void> {
    try {
      const first = await mkdir(directory, { recursive: true })
      if (first !== undefined) {
        for (let created = directory; created.length >= first.length; created = dirname(created)) await syncNames(dirname(created))
      }
      await syncNames(directory)
    } catch (thrown) {
      throw ioError('make durable', directory, thrown)
    }
  }
}

async function writeWhole(path: string, bytes: Uint8Array | readonly Uint8Array[], sync: boolean): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (const part of bytes instanceof Uint8Array ? [bytes] : gathered(bytes)) await file.writeFile(part)
    if (sync) await file.datasync()
  } finally {
    await file.close()
  }
}

/** The same bytes in fewer parts where they are small: each costs a system call. Large ones are not copied. Each is valid until the next. */
function* gathered(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let room: Uint8Array | undefined
  let waiting = 0
  for (const part of parts) {
    if (waiting > 0 && waiting + part.length > writtenAtOnce) {
      yield room!.subarray(0, waiting)
      waiting = 0
    }
    if (part.length >= writtenAtOnce) yield part
    else {
      room ??= new Uint8Array(writtenAtOnce)
      room.set(part, waiting)
      waiting += part.length
    }
  }
  if (waiting > 0) yield room!.subarray(0, waiting)
}

async function syncNames(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Runs it; where something is missing, creates the directory of `path` and runs it again. */
async function inDirectoryOf(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw thrown
    await mkdir(dirname(path), { recursive: true })
    await act()
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (thrown) {
    if (isMissing(thrown)) return false
    throw thrown
  }
}

function isMissing(thrown: unknown): boolean {
  const code = systemCode(thrown)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
