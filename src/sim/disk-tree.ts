// The files and directories of a simulated disk, each as two states: what processes see, and what would be there after a power cut.
//
// 1. Content: the durable bytes of a file are those of its last synced write; a later unsynced write leaves them in doubt.
// 2. Names: each change of a name waits in its directory until that is synced. At a power cut every waiting change survives or is lost by
//    itself; only the two halves of a rename share one fate, as on journaling file systems.
// 3. A directory is a name in its parent: where that is lost, everything below it is.

import type { Random } from '../ports/random.ts'

export interface FileNode {
  readonly kind: 'file'
  bytes: Uint8Array
  /** Undefined = never synced. */
  durable: Uint8Array | undefined
  dirty: boolean
}

export interface DirectoryNode {
  readonly kind: 'directory'
  readonly entries: Map<string, Node>
  readonly durable: Map<string, Node>
  pending: NameChange[]
}

export type Node = FileNode | DirectoryNode

interface NameChange {
  readonly directory: DirectoryNode
  readonly name: string
  /** Undefined = the name goes. */
  readonly node: Node | undefined
  /** The other half of a rename. */
  twin?: NameChange | undefined
  fate?: 'kept' | 'lost' | undefined
}

export type CrashFault = 'lost-name' | 'lost-file' | 'torn-file' | 'empty-file'

export const emptyFile = (): FileNode => ({ kind: 'file', bytes: new Uint8Array(), durable: undefined, dirty: true })
export const emptyDirectory = (): DirectoryNode => ({ kind: 'directory', entries: new Map(), durable: new Map(), pending: [] })

/** Gives a name to a node, or takes it away. */
export function setName(directory: DirectoryNode, name: string, node: Node | undefined): NameChange {
  if (node === undefined) directory.entries.delete(name)
  else directory.entries.set(name, node)
  const change: NameChange = { directory, name, node }
  directory.pending.push(change)
  return change
}

export function renameNode(from: DirectoryNode, name: string, to: DirectoryNode, newName: string, node: Node): void {
  const gone = setName(from, name, undefined)
  const come = setName(to, newName, node)
  gone.twin = come
  come.twin = gone
}

/** Makes a directory's names durable, and with a rename its other half; what that half overtook in its directory is obsolete. */
export function syncNames(directory: DirectoryNode): void {
  for (const change of directory.pending) {
    applyDurably(change)
    if (change.twin !== undefined && change.twin.directory !== directory) {
      const { twin } = change
      const { pending } = twin.directory
      const at = pending.indexOf(twin)
      twin.directory.pending = pending.filter((other, i) => i > at || other.name !== twin.name)
      applyDurably(twin)
    }
  }
  directory.pending = []
}

function applyDurably({ directory, name, node }: NameChange): void {
  if (node === undefined) directory.durable.delete(name)
  else directory.durable.set(name, node)
}

export function writeNode(file: FileNode, bytes: Uint8Array, sync: boolean): void {
  file.bytes = bytes.slice()
  file.dirty = !sync
  if (sync) file.durable = file.bytes
}

/** The tree as it is after a power cut. Tells each fault that it chose. */
export function afterPowerCut(root: DirectoryNode, random: Random, tell: (fault: CrashFault) => void): DirectoryNode {
  const copies = new Map<Node, Node>()
  const copy = (node: Node): Node => {
    const known = copies.get(node)
    if (known !== undefined) return known
    if (node.kind === 'file') {
      const bytes = contentAfterCut(node, random, tell)
      const file: FileNode = { kind: 'file', bytes, durable: bytes, dirty: false }
      copies.set(node, file)
      return file
    }
    const fresh = emptyDirectory()
    copies.set(node, fresh)
    const names = new Map(node.durable)
    for (const change of node.pending) {
      if (!survives(change, random, tell)) continue
      if (change.node === undefined) names.delete(change.name)
      else names.set(change.name, change.node)
    }
    for (const [name, child] of names) {
      const fated = copy(child)
      fresh.entries.set(name, fated)
      fresh.durable.set(name, fated)
    }
    return fresh
  }
  return copy(root) as DirectoryNode
}

function survives(change: NameChange, random: Random, tell: (fault: CrashFault) => void): boolean {
  if (change.fate === undefined) {
    change.fate = random.next() < 0.5 ? 'kept' : 'lost'
    if (change.fate === 'lost') tell('lost-name')
    if (change.twin !== undefined) change.twin.fate = change.fate
  }
  return change.fate === 'kept'
}

/** An unsynced write is whole, lost, torn or empty. */
function contentAfterCut(file: FileNode, random: Random, tell: (fault: CrashFault) => void): Uint8Array {
  if (!file.dirty) return file.bytes
  const chance = random.next()
  if (chance < 0.25) return file.bytes
  if (chance < 0.5) {
    tell('lost-file')
    return file.durable ?? new Uint8Array()
  }
  if (chance < 0.75) {
    tell('torn-file')
    return file.bytes.slice(0, Math.floor(random.next() * file.bytes.length))
  }
  tell('empty-file')
  return new Uint8Array()
}
