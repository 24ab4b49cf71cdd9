// The lock on a state directory: one live owner, and a crashed owner locks nobody out. It keeps people from starting one job twice by
// mistake; what keeps checkpoints safe even then is their log.
//
// Numbered files `.lock/<n>` name the owners; the highest number is the lock. The dot keeps them apart from the names of a store beside them.
// 1. Number k + 1 is taken by link, which never replaces, and only after the owner in k was found gone or to have released it. Of any racers
//    one wins; the others look again and find a live owner.
// 2. Numbers only rise: releasing marks a file and leaves it. So a racer that slept cannot take a number that others have passed; it looks
//    once more after it has linked, and steps back if there is a higher one.
// 3. Who takes n removes files below n - 1. The one before stays, so a listing that runs meanwhile always sees an owner.

import { MillraceError } from '../../model/errors.ts'
import type { Disk } from '../../ports/disk.ts'

/** Who holds a lock, told precisely enough to see whether it still lives. */
export interface LockOwner {
  readonly pid: number
  /** When the process started, as its system tells it; undefined where it does not. Tells a process from a later one with the same pid. */
  readonly started?: string | undefined
  readonly host: string
  /** Changes when the machine starts again. */
  readonly boot?: string | undefined
  /** The space in which the pid counts: containers of one machine have different ones. */
  readonly space?: string | undefined
  /** ms since the epoch at which it took the lock, for people. */
  readonly since: number
}

interface LockFile extends LockOwner {
  readonly released?: boolean | undefined
}

export interface LockHost {
  readonly self: LockOwner
  /** Whether that owner may still be running; true when this cannot be known. */
  mayLive(owner: LockOwner): boolean | PromiseLike<boolean>
}

export interface DirectoryLock {
  /** Gives the directory free. Doing it twice is no error. */
  release(): Promise<void>
}

/**
 * Takes the lock of a directory, creating it where it is missing.
 * @throws STATE_LOCKED when a process that may live holds it
 */
export async function lockDirectory(disk: Disk, directory: string, host: LockHost): Promise<DirectoryLock> {
  const locks = `${directory}/.lock`
  await disk.syncDirectory(locks)
  for (;;) {
    const highest = await highestNumber(disk, locks)
    if (highest > 0) await refuseIfHeld(disk, directory, nameOf(locks, highest), host)
    const own = highest + 1
    if (!(await take(disk, locks, own, host.self))) continue
    if ((await highestNumber(disk, locks)) > own) {
      await disk.remove(nameOf(locks, own))
      continue
    }
    await removePassed(disk, locks, own)
    return new HeldLock(disk, locks, own, host.self)
  }
}

class HeldLock implements DirectoryLock {
  readonly #disk: Disk
  readonly #locks: string
  readonly #number: number
  readonly #self: LockOwner
  #released: Promise<void> | undefined

  constructor(disk: Disk, locks: string, number: number, self: LockOwner) {
    this.#disk = disk
    this.#locks = locks
    this.#number = number
    this.#self = self
  }

  release(): Promise<void> {
    this.#released ??= this.#markReleased()
    return this.#released
  }

  async #markReleased(): Promise<void> {
    if ((await highestNumber(this.#disk, this.#locks)) !== this.#number) return
    const temporary = temporaryName(this.#locks, this.#number, this.#self)
    await this.#disk.write(temporary, encode({ ...this.#self, released: true }), { sync: true })
    await this.#disk.rename(temporary, nameOf(this.#locks, this.#number))
  }
}

async function take(disk: Disk, locks: string, number: number, self: LockOwner): Promise<boolean> {
  const temporary = temporaryName(locks, number, self)
  await disk.write(temporary, encode(self), { sync: true })
  try {
    return await disk.link(temporary, nameOf(locks, number))
  } finally {
    await disk.remove(temporary)
  }
}

async function refuseIfHeld(disk: Disk, directory: string, path: string, host: LockHost): Promise<void> {
  const bytes = await disk.read(path)
  if (bytes === undefined) return
  const owner = decode(bytes)
  if (owner === undefined) {
    throw new MillraceError(
      'STATE_LOCKED',
      `${directory} is locked, and ${path} does not say by whom. If no process uses the directory, remove that file`,
    )
  }
  if (owner.released === true || !(await host.mayLive(owner))) return
  const since = new Date(owner.since).toISOString()
  const here = owner.host === host.self.host
  const remedy = here
    ? `Stop that process or use another directory`
    : `Stop that process or use another directory; if ${owner.host} is gone for good, remove ${path}`
  throw new MillraceError('STATE_LOCKED', `${directory} is in use by process ${owner.pid} on ${owner.host} since ${since}. ${remedy}`)
}

async function highestNumber(disk: Disk, locks: string): Promise<number> {
  return Math.max(0, ...numbersOf(await disk.list(locks)))
}

async function removePassed(disk: Disk, locks: string, own: number): Promise<void> {
  for (const number of numbersOf(await disk.list(locks))) if (number < own - 1) await disk.remove(nameOf(locks, number))
}

const numbersOf = (names: readonly string[]): number[] => names.filter((name) => /^\d{8}$/.test(name)).map(Number)

const nameOf = (locks: string, number: number): string => `${locks}/${String(number).padStart(8, '0')}`

/** Unique among racers, and among tries of one process that took the lock before. */
const temporaryName = (locks: string, number: number, { host, pid, started, space }: LockOwner): string =>
  `${locks}/.${[number, pid, started, space, host].join('-').replace(/[^A-Za-z0-9-]/g, '_')}`

const encode = (file: LockFile): Uint8Array => new TextEncoder().encode(`${JSON.stringify(file)}\n`)

function decode(bytes: Uint8Array): LockFile | undefined {
  let file: Partial<LockFile> | null
  try {
    file = JSON.parse(new TextDecoder().decode(bytes)) as Partial<LockFile> | null
  } catch {
    return undefined
  }
  if (typeof file !== 'object' || file === null) return undefined
  return typeof file.pid === 'number' && typeof file.host === 'string' && typeof file.since === 'number' ? (file as LockFile) : undefined
}
