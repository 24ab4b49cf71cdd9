// Gives a subtask back its state, out of the snapshots of any earlier parallelism.
//
// Keyed entries go by key group: a subtask takes the groups of its range from whichever snapshot has them. Operator parts are dealt or
// copied as they say. Event time is the least of those snapshots that the subtask's root comes from; where it was no root, what stood before
// it in its chain may have held event time back, so it begins anew and is told by the channels. Each key group of an operator keeps
// how far its own had come as a floor: below it records are late, and what has fired does not fire again. A subtask has ended when all
// those had that hold something of it: where chains have grown together, a root may have ended before what is behind it.

import { openBlob, type Section } from '../codec/blob.ts'
import { ByteReader } from '../codec/byte-reader.ts'
import { ColumnReader } from '../codec/column-reader.ts'
import { readNumbers, readObjects, readUndefined } from '../codec/number-columns.ts'
import type { ValueCodec } from '../model/codec.ts'
import { watermarkMin } from '../model/elements.ts'
import { MillraceError } from '../model/errors.ts'
import { firstGroupOf, type Key } from '../model/key.ts'
import type { KeyedPart, Redistribution, SavedRows } from '../state/part.ts'
import type { ChainNode } from './chain.ts'
import type { Floors } from './floors.ts'
import { parseSection, type SectionName, stateKind } from './sections.ts'
import type { SavedTime, SubtaskTime } from './snapshotter.ts'

export interface StoredSnapshot {
  /** For messages. */
  readonly name: string
  readonly bytes: Uint8Array | undefined
  readonly index: number
  readonly parallelism: number
  /** Whether the root operator of the restored chain was in that subtask. */
  readonly isRoot: boolean
  readonly ended: boolean
}

export interface RestoreTarget {
  readonly index: number
  readonly parallelism: number
  readonly maxParallelism: number
  readonly codec: ValueCodec
  /** Filled with how far event time had come for each key group of each operator. */
  readonly floors: Floors
}

/** Restores all parts of the chain; returns where its event time stands. Throws STATE_MISMATCH for state that nobody here owns. */
export function restoreState(
  nodes: readonly ChainNode[],
  stored: readonly StoredSnapshot[],
  target: RestoreTarget,
): SubtaskTime | undefined {
  const dealt = new Dealer(nodes, target)
  const times: SubtaskTime[] = []
  for (const snapshot of stored) {
    const time = snapshot.bytes === undefined ? undefined : restoreBlob(nodes, snapshot, snapshot.bytes, target, dealt)
    if (snapshot.isRoot) times.push(time ?? { watermark: watermarkMin, idle: false, ended: snapshot.ended })
  }
  dealt.deal()
  if (times.length === 0) return undefined
  const watermark = Math.min(...times.map((time) => time.watermark))
  return { watermark, idle: times.every(({ idle }) => idle), ended: stored.every(({ ended }) => ended) }
}

function restoreBlob(
  nodes: readonly ChainNode[],
  snapshot: StoredSnapshot,
  bytes: Uint8Array,
  target: RestoreTarget,
  dealer: Dealer,
): SubtaskTime | undefined {
  const mine = rangeOf(target.index, target)
  let time: SubtaskTime | undefined
  const sections = openBlob(snapshot.name, bytes, { kind: stateKind, codec: target.codec.name }).sections.map((section) => ({
    name: parseSection(section.id, snapshot.name),
    section,
  }))
  expectEntries(
    nodes,
    sections.filter(({ name }) => name.kind === 'keyed' && name.group >= mine.first && name.group < mine.end),
  )
  for (const { name, section } of sections) {
    if (name.kind === 'time') time = restoreTime(target.codec.decode(section.bytes) as SavedTime, nodes, snapshot, target)
    else {
      const node = nodes.find(({ id }) => id === name.operator)
      if (node === undefined) continue // another chain of this job owns it
      if (name.kind === 'operator') dealer.add(node, name.part, target.codec.decode(section.bytes) as [number, unknown[]], snapshot)
      else if (name.group >= mine.first && name.group < mine.end) restoreKeyed(node, name.part, name.group, section.bytes, target.codec)
    }
  }
  return time
}

interface GroupRange {
  readonly first: number
  readonly end: number
}
const rangeOf = (
  index: number,
  { maxParallelism, parallelism }: { readonly maxParallelism: number; readonly parallelism: number },
): GroupRange => ({
  first: firstGroupOf(index, maxParallelism, parallelism),
  end: firstGroupOf(index + 1, maxParallelism, parallelism),
})

/** Event time of an old subtask, if its root is mine; that of its operators also as the floor of each group that it owned and that is now mine. */
function restoreTime(
  [time, operators, root]: SavedTime,
  nodes: readonly ChainNode[],
  { index, parallelism }: StoredSnapshot,
  target: RestoreTarget,
): SubtaskTime | undefined {
  const mine = rangeOf(target.index, target)
  const theirs = rangeOf(index, { maxParallelism: target.maxParallelism, parallelism })
  for (const [operator, watermark, ahead] of operators) {
    if (!nodes.some(({ id }) => id === operator)) continue
    for (let group = Math.max(mine.first, theirs.first); group < Math.min(mine.end, theirs.end); group++)
      target.floors.raise(operator, group, watermark)
    for (const [group, floor] of ahead) if (group >= mine.first && group < mine.end) target.floors.raise(operator, group, floor)
  }
  return root === nodes[0]!.id ? time : undefined
}

interface NamedSection {
  readonly name: SectionName
  readonly section: Section
}

/** Tells each part how many entries it is going to be given, so that its tables need not grow on the way. */
function expectEntries(nodes: readonly ChainNode[], sections: readonly NamedSection[]): void {
  const counts = new Map<KeyedPart, number>()
  for (const { name, section } of sections) {
    const part =
      name.kind === 'keyed'
        ? keyedPartOf(
            nodes.find(({ id }) => id === name.operator),
            name.part,
          )
        : undefined
    if (part?.expect === undefined) continue
    const reader = new ByteReader(section.bytes, section.id)
    reader.varint()
    // What damaged bytes claim is not believed: an entry takes at least one of them.
    counts.set(part, (counts.get(part) ?? 0) + Math.min(reader.varint(), section.bytes.length))
  }
  for (const [part, count] of counts) part.expect!(count)
}

const keyedPartOf = (node: ChainNode | undefined, name: string): KeyedPart | undefined =>
  node?.parts.keyed.find((part) => part.name === name)

function restoreKeyed(node: ChainNode, partName: string, group: number, bytes: Uint8Array, codec: ValueCodec): void {
  const part = keyedPartOf(node, partName)
  if (part === undefined) throw ownerless(node, partName)
  const reader = new ByteReader(bytes, `state "${partName}" of operator "${node.id}"`)
  const version = reader.varint()
  const count = reader.varint()
  if (version === part.version && part.restoreRows !== undefined) {
    const start = reader.at
    const rows = readRows(reader, count)
    if (rows !== undefined && part.restoreRows(group, rows)) return
    reader.at = start
  }
  const keys = new ColumnReader(reader, count, codec)
  const namespaces = new ColumnReader(reader, count, codec)
  const values = new ColumnReader(reader, count, codec)
  for (let i = 0; i < count; i++) part.restore(group, keys.next() as Key, namespaces.next(), values.next(), version)
}

/** The entries of a section as rows, if they are that. */
function readRows(reader: ByteReader, count: number): SavedRows | undefined {
  const keys = readNumbers(reader, count)
  if (keys === undefined) return undefined
  const dated = !readUndefined(reader, count)
  const stamps = dated ? readNumbers(reader, count) : undefined
  if (dated && stamps === undefined) return undefined
  const numbers = readNumbers(reader, count)
  if (numbers !== undefined) return { count, keys, stamps, fields: undefined, values: numbers }
  const objects = readObjects(reader, count)
  return objects === undefined ? undefined : { count, keys, stamps, fields: objects.fields, values: objects.rows }
}

function ownerless({ id }: ChainNode, part: string): MillraceError {
  return new MillraceError(
    'STATE_MISMATCH',
    `the checkpoint holds state "${part}" of operator "${id}", but the job declares no such state: bring it back under that name, or give the operator a new id and drop the old one`,
    { operator: id },
  )
}

/** Gathers the items of operator parts, then gives each new subtask its share. */
class Dealer {
  readonly #nodes: readonly ChainNode[]
  readonly #target: RestoreTarget
  readonly #saved = new Map<
    string,
    {
      readonly node: ChainNode
      readonly part: string
      readonly version: number
      readonly from: Map<number, unknown[]>
      parallelism: number
    }
  >()

  constructor(nodes: readonly ChainNode[], target: RestoreTarget) {
    this.#nodes = nodes
    this.#target = target
  }

  add(node: ChainNode, part: string, [version, items]: [number, unknown[]], { index, parallelism }: StoredSnapshot): void {
    const id = `${node.index}/${part}`
    let saved = this.#saved.get(id)
    if (saved === undefined) {
      saved = { node, part, version, from: new Map(), parallelism }
      this.#saved.set(id, saved)
    }
    saved.from.set(index, items)
  }

  #ownOf(redistribution: Redistribution, from: ReadonlyMap<number, readonly unknown[]>, parallelism: number): readonly unknown[] {
    const { index, parallelism: now } = this.#target
    if (parallelism === now) return from.get(index) ?? []
    if (redistribution === 'copy') return from.get(index % parallelism) ?? []
    if (redistribution === 'union') return all(from)
    return all(from).filter((_, i) => i % now === index)
  }

  deal(): void {
    for (const { node, part: name, version, from, parallelism } of this.#saved.values()) {
      const part = this.#nodes[node.index]!.parts.operator.find((one) => one.name === name)
      if (part === undefined) throw ownerless(node, name)
      part.restore(this.#ownOf(part.redistribution, from, parallelism), version)
    }
  }
}

/** All items, in the order of the old subtasks. */
const all = (from: ReadonlyMap<number, readonly unknown[]>): unknown[] =>
  [...from.entries()].sort(([a], [b]) => a - b).flatMap(([, items]) => items)
