// The checkpoint store in a directory, over any Disk.
//
// 1. A value is written to a temporary file, made durable, and only then gets its name: by rename (`put`) or by link (`putIfAbsent`, which
//    never replaces). So a name always stands for a whole value.
// 2. A name is durable when the call settles: its directory is synced, and once in this process every directory on the way to it.
// 3. Nobody acts upon a name that a power cut may still take back: opening syncs all directories, for a process may have died before its
//    last sync, and whoever loses a `putIfAbsent` syncs the directory too.
// 4. Names of temporary files carry the writer's name, so writers that share a directory never write into one file.
// Checksums are not kept here: each blob has its own, and the manifest names it (DESIGN 6.8).

import { MillraceError } from '../../model/errors.ts'
import type { CheckpointStore } from '../../ports/checkpoint-store.ts'
import type { Disk } from '../../ports/disk.ts'

const partPattern = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/
const partsMax = 16

export interface FileCheckpointStoreOptions {
  /** Names this process among all that write here, now or earlier: letters, digits, `_`, `-`, `.`. */
  readonly writer: string
  /** This process alone uses the directory (it holds its lock): what an earlier one left half-written is removed. */
  readonly exclusive: boolean
}

export class FileCheckpointStore implements CheckpointStore {
  readonly #disk: Disk
  readonly #root: string
  readonly #writer: string
  readonly #durable = new Set<string>()
  #written = 0

  private constructor(disk: Disk, root: string, writer: string) {
    this.#disk = disk
    this.#root = root
    this.#writer = writer
  }

  /**
   * Opens a store, creating its directory.
   * @param root absolute path of a directory of its own
   * @throws IO when the directory cannot be created or written
   */
  static async open(disk: Disk, root: string, options: FileCheckpointStoreOptions): Promise<FileCheckpointStore> {
    checkName(options.writer, 1)
    const directory = root.length > 1 && root.endsWith('/') ? root.slice(0, -1) : root
    const store = new FileCheckpointStore(disk, directory, options.writer)
    if (options.exclusive) await disk.remove(store.#temporaryDirectory)
    await disk.syncDirectory(parentOf(directory))
    await store.#syncBelow(directory)
    return store
  }

  /** For a look at a directory that another process may be using: nothing is created, removed or synced. Not to be written to. */
  static forReading(disk: Disk, root: string): FileCheckpointStore {
    return new FileCheckpointStore(disk, root, 'reader')
  }

  async put(name: string, parts: readonly Uint8Array[]): Promise<void> {
    const path = this.#pathOf(name)
    await this.#withTemporary(parts, async (temporary) => {
      await this.#disk.rename(temporary, path)
      await this.#makeDurable(path)
      return true
    })
  }

  async putIfAbsent(name: string, bytes: Uint8Array): Promise<boolean> {
    const path = this.#pathOf(name)
    return this.#withTemporary([bytes], async (temporary) => {
      const won = await this.#disk.link(temporary, path)
      await this.#makeDurable(path)
      await this.#disk.remove(temporary)
      return won
    })
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.#disk.read(this.#pathOf(name))
  }

  async list(prefix: string): Promise<readonly string[]> {
    const cut = prefix.lastIndexOf('/')
    const start = cut < 0 ? '' : prefix.slice(0, cut)
    if (start !== '') checkName(start)
    const names: string[] = []
    const open = [start]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const listed = await this.#disk.list(at === '' ? this.#root : `${this.#root}/${at}`)
      for (const entry of listed) {
        const name = at === '' ? entry : `${at}/${entry}`
        if (entry.startsWith('.') || !mayMatch(name, prefix)) continue
        if (entry.endsWith('/')) open.push(name.slice(0, -1))
        else names.push(name)
      }
    }
    return names.sort()
  }

  async remove(name: string): Promise<void> {
    await this.#disk.remove(this.#pathOf(name))
  }

  async #syncBelow(directory: string): Promise<void> {
    await this.#disk.syncDirectory(directory)
    this.#durable.add(directory)
    for (const name of await this.#disk.list(directory)) {
      if (name.endsWith('/') && !name.startsWith('.')) await this.#syncBelow(`${directory}/${name.slice(0, -1)}`)
    }
  }

  get #temporaryDirectory(): string {
    return `${this.#root}/.writing`
  }

  async #withTemporary(parts: readonly Uint8Array[], use: (temporary: string) => Promise<boolean>): Promise<boolean> {
    const temporary = `${this.#temporaryDirectory}/${this.#writer}-${this.#written++}`
    try {
      await this.#disk.write(temporary, parts, { sync: true })
      return await use(temporary)
    } catch (thrown) {
      // The first failure is the one to tell; what stays behind is removed by the next owner.
      await this.#disk.remove(temporary).then(undefined, () => undefined)
      throw thrown
    }
  }

  /**
   * Syncs the directory of a name that was just given and, the first time, the directories above it. A directory counts as durable only when
   * all above it are.
   */
  async #makeDurable(path: string): Promise<void> {
    const directory = parentOf(path)
    await this.#disk.syncDirectory(directory)
    const fresh: string[] = []
    for (let above = directory; above !== this.#root && !this.#durable.has(above); above = parentOf(above)) {
      fresh.push(above)
      await this.#disk.syncDirectory(parentOf(above))
    }
    for (const above of fresh) this.#durable.add(above)
  }

  #pathOf(name: string): string {
    checkName(name)
    return `${this.#root}/${name}`
  }
}

/** A directory matches while it may still lead to a name with the prefix. */
const mayMatch = (name: string, prefix: string): boolean => name.startsWith(prefix) || (name.endsWith('/') && prefix.startsWith(name))

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

function checkName(name: string, parts = partsMax): void {
  const split = name.split('/')
  if (split.length <= parts && split.every((part) => partPattern.test(part))) return
  throw new MillraceError(
    'USAGE',
    `${JSON.stringify(name.slice(0, 200))} cannot name a checkpoint file: names have at most ${parts} parts of letters, digits, "_", "-" and "." that do not begin with "."`,
  )
}
