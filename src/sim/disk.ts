// A disk in memory for simulations and tests, with the faults of real ones: slow operations that overtake each other, power cuts that lose,
// tear and empty what was not synced, flipped bits, and an end of space. Everything by chance comes from one injected random stream.
//
// 1. An operation takes effect when its scheduled event fires, and its promise settles then: completion order is the scheduler's choice.
// 2. An operation that was under way when its process died may or may not have taken effect, a write also in part; nobody is told, its
//    promise stays open.
// 3. Processes that share a machine share one disk object; each cut or death of a process ends that object and gives the next one.

import { joined } from '../codec/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import type { Disk } from '../ports/disk.ts'
import { ioError } from '../ports/io-error.ts'
import type { Random } from '../ports/random.ts'
import {
  afterPowerCut,
  type CrashFault,
  type DirectoryNode,
  emptyDirectory,
  emptyFile,
  type FileNode,
  type Node,
  renameNode,
  setName,
  syncNames,
  writeNode,
} from './disk-tree.ts'

export type DiskFault = CrashFault | 'flipped-bit' | 'no-space' | 'unfinished'

export interface SimDiskOptions {
  readonly random: Random
  /** Calls back after a delay of virtual time, in ms. Unset: every operation completes at once, in order. */
  readonly schedule?: ((delayMs: number, fire: () => void) => void) | undefined
  /** An operation takes at most this long, in ms of virtual time; default 0. */
  readonly latencyMsMax?: number | undefined
  /** Writes fail for want of space while all files together would hold more; default none. */
  readonly capacityBytes?: number | undefined
  /** Told of each fault that happened, so that a run can prove that it met them. */
  readonly onFault?: ((fault: DiskFault, path: string) => void) | undefined
}

export class SimDisk implements Disk {
  readonly #options: SimDiskOptions
  readonly #root: DirectoryNode
  /** Operations begun and not settled, each as what it does when it is cut off. */
  readonly #underWay = new Set<() => void>()
  #capacityBytes: number
  #dead = false

  constructor(options: SimDiskOptions, root: DirectoryNode = emptyDirectory()) {
    this.#options = options
    this.#root = root
    this.#capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY
  }

  read(path: string): Promise<Uint8Array | undefined> {
    return this.#operate('read', path, () => {
      const node = this.#find(path)
      if (node?.kind === 'directory') throw failure('EISDIR', 'it is a directory')
      return node?.bytes.slice()
    })
  }

  write(path: string, bytes: Uint8Array | readonly Uint8Array[], options: { readonly sync?: boolean | undefined } = {}): Promise<void> {
    const copy = bytes instanceof Uint8Array ? bytes.slice() : joined(bytes)
    const whole = (): void => this.#write(path, copy, options.sync === true)
    const part = (): void => this.#write(path, copy.slice(0, Math.floor(this.#options.random.next() * copy.length)), false)
    return this.#operate('write', path, whole, part)
  }

  #write(path: string, bytes: Uint8Array, sync: boolean): void {
    const { directory, name } = this.#place(path)
    const there = directory.entries.get(name)
    if (there?.kind === 'directory') throw failure('EISDIR', 'it is a directory')
    const room = this.#capacityBytes - this.usedBytes + (there?.bytes.length ?? 0)
    const file = there ?? emptyFile()
    if (there === undefined) setName(directory, name, file)
    writeNode(file, bytes.length <= room ? bytes : bytes.slice(0, Math.max(0, room)), sync && bytes.length <= room)
    if (bytes.length <= room) return
    this.#tell('no-space', path)
    throw failure('ENOSPC', 'no space left on device')
  }

  link(from: string, to: string): Promise<boolean> {
    return this.#operate(`link ${from} to`, to, () => {
      const node = this.#find(from)
      if (node === undefined) throw failure('ENOENT', 'there is no such file')
      if (node.kind === 'directory') throw failure('EPERM', 'a directory has one name only')
      const { directory, name } = this.#place(to)
      if (directory.entries.has(name)) return false
      setName(directory, name, node)
      return true
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operate(`rename ${from} to`, to, () => {
      const node = this.#find(from)
      if (node === undefined) throw failure('ENOENT', 'there is no such file or directory')
      const source = this.#place(from)
      const target = this.#place(to)
      const there = target.directory.entries.get(target.name)
      if (there !== undefined && (node.kind === 'directory' || there.kind === 'directory')) throw failure('EEXIST', 'the target exists')
      renameNode(source.directory, source.name, target.directory, target.name, node)
    })
  }

  list(directory: string): Promise<readonly string[]> {
    return this.#operate('list', directory, () => {
      const node = this.#find(directory)
      if (node?.kind !== 'directory') return []
      return [...node.entries].map(([name, { kind }]) => (kind === 'directory' ? `${name}/` : name)).sort()
    })
  }

  remove(path: string): Promise<void> {
    return this.#operate('remove', path, () => {
      if (this.#find(path) === undefined) return
      const { directory, name } = this.#place(path)
      setName(directory, name, undefined)
    })
  }

  syncDirectory(directory: string): Promise<void> {
    return this.#operate('make durable', directory, () => {
      let at = this.#root
      for (const part of partsOf(directory)) {
        const missing = !at.entries.has(part)
        const below = this.#enter(at, part)
        if (missing) syncNames(at)
        at = below
      }
      syncNames(at)
    })
  }

  /** Bytes of all files that have a name. */
  get usedBytes(): number {
    const seen = new Set<Node>()
    let bytes = 0
    const count = (node: Node): void => {
      if (seen.has(node)) return
      seen.add(node)
      if (node.kind === 'file') bytes += node.bytes.length
      else for (const child of node.entries.values()) count(child)
    }
    count(this.#root)
    return bytes
  }

  /** Names in a directory at this moment, sorted, for checkers; empty where there is none. */
  namesNow(directory: string): readonly string[] {
    const node = this.#find(directory)
    return node?.kind === 'directory' ? [...node.entries.keys()].sort() : []
  }

  /** Changes the space that there is. */
  setCapacity(bytes: number): void {
    this.#capacityBytes = bytes
  }

  /** Flips one bit of a file, at once and for good. False when there is no such file or it is empty. */
  flipBit(path: string): boolean {
    const node = this.#find(path)
    if (node?.kind !== 'file' || node.bytes.length === 0) return false
    const flipped = node.bytes.slice()
    const bit = Math.floor(this.#options.random.next() * flipped.length * 8)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    if (node.durable === node.bytes) node.durable = flipped
    node.bytes = flipped
    this.#tell('flipped-bit', path)
    return true
  }

  /**
   * Ends this disk object: its process dies, and with `power` the machine loses power too. What was under way may have happened or not.
   * @returns the disk as the next process sees it
   */
  crash(kind: 'power' | 'process' = 'power'): SimDisk {
    const { random } = this.#options
    for (const cutOff of this.#underWay) {
      if (random.next() < 0.5) cutOff()
      else this.#tell('unfinished', '')
    }
    this.#underWay.clear()
    this.#dead = true
    const root = kind === 'process' ? this.#root : afterPowerCut(this.#root, random, (fault) => this.#tell(fault, ''))
    return new SimDisk({ ...this.#options, capacityBytes: this.#capacityBytes }, root)
  }

  #operate<R>(action: string, path: string, effect: () => R, part: () => void = effect): Promise<R> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return
      const take = () => {
        try {
          resolve(effect())
        } catch (thrown) {
          reject(ioError(action, path, thrown))
        }
      }
      const { schedule, latencyMsMax = 0, random } = this.#options
      if (schedule === undefined) return take()
      const cutOff = (): void => attempt(random.next() < 0.5 ? effect : part)
      this.#underWay.add(cutOff)
      schedule(random.next() * latencyMsMax, () => {
        if (this.#underWay.delete(cutOff)) take()
      })
    })
  }

  #find(path: string): FileNode | DirectoryNode | undefined {
    let node: Node | undefined = this.#root
    for (const part of partsOf(path)) node = node?.kind === 'directory' ? node.entries.get(part) : undefined
    return node
  }

  /** The directory that holds a path, created where it is missing, and the name in it. */
  #place(path: string): { readonly directory: DirectoryNode; readonly name: string } {
    const parts = partsOf(path)
    const name = parts.pop()
    if (name === undefined) throw failure('EPERM', 'the root has no name')
    let directory = this.#root
    for (const part of parts) directory = this.#enter(directory, part)
    return { directory, name }
  }

  #enter(directory: DirectoryNode, name: string): DirectoryNode {
    const there = directory.entries.get(name)
    if (there?.kind === 'file') throw failure('ENOTDIR', 'a file stands where a directory is expected')
    if (there !== undefined) return there
    const fresh = emptyDirectory()
    setName(directory, name, fresh)
    return fresh
  }

  #tell(fault: DiskFault, path: string): void {
    this.#options.onFault?.(fault, path)
  }
}

function partsOf(path: string): string[] {
  if (!path.startsWith('/')) throw new MillraceError('INVARIANT', `a disk takes absolute paths, not ${path}`)
  return path.split('/').filter((part) => part !== '')
}

/** A failure as a file system reports it. */
function failure(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code })
}

/** Nobody is left to be told of its failure. */
function attempt(effect: () => unknown): void {
  try {
    effect()
  } catch (thrown) {
    if (thrown instanceof MillraceError) throw thrown
  }
}
