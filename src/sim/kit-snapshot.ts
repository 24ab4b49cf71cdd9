// Snapshots of one operator in a kit: what a checkpoint would hold of it, and how it is dealt out again at another parallelism.
//
// Keyed entries are encoded when they are appended, as a checkpoint does, so a value that changes afterwards, or one that cannot be
// encoded, is caught. Everything is kept in memory; nothing here knows blobs or checksums.

import type { ValueCodec } from '../model/codec.ts'
import { MillraceError } from '../model/errors.ts'
import type { KeyGroup } from '../model/ids.ts'
import { type Key, subtaskOfGroup } from '../model/key.ts'
import type { KeyedPart, OperatorPart, Redistribution } from '../state/part.ts'

export interface KitEntry {
  readonly group: KeyGroup
  readonly key: Key
  /** Encoded. */
  readonly namespace: Uint8Array
  /** Encoded. */
  readonly value: Uint8Array
}

interface SavedKeyed {
  readonly version: number
  readonly entries: readonly KitEntry[]
}

interface SavedOperator {
  readonly version: number
  readonly redistribution: Redistribution
  /** Encoded. */
  readonly items: readonly Uint8Array[]
}

/** State of one subtask's operator at one moment. */
export interface KitSnapshot {
  readonly subtask: number
  readonly parallelism: number
  readonly watermark: number
  /** Event time of each key group that is ahead of `watermark`, from an earlier restore. */
  readonly floors: ReadonlyMap<KeyGroup, number>
  readonly keyed: ReadonlyMap<string, SavedKeyed>
  readonly operator: ReadonlyMap<string, SavedOperator>
}

export interface KitParts {
  readonly keyed: readonly KeyedPart[]
  readonly operator: readonly OperatorPart[]
}

export interface KitPosition {
  readonly subtask: number
  readonly parallelism: number
}

/** A snapshot that has begun and is copied while processing goes on. */
export class OpenKitSnapshot {
  readonly #snapshot: KitSnapshot
  readonly #open: KeyedPart[]

  constructor(parts: KitParts, at: Pick<KitSnapshot, 'subtask' | 'parallelism' | 'watermark' | 'floors'>, codec: ValueCodec) {
    const keyed = new Map<string, SavedKeyed>()
    for (const part of parts.keyed) {
      const entries: KitEntry[] = []
      keyed.set(part.name, { version: part.version, entries })
      part.begin({
        append: (group, key, namespace, value) => {
          entries.push({ group, key, namespace: codec.encode(namespace), value: codec.encode(value) })
        },
      })
    }
    const operator = new Map<string, SavedOperator>()
    for (const { name, version, redistribution, collect } of parts.operator.map(bound)) {
      operator.set(name, { version, redistribution, items: collect().map((item) => codec.encode(item)) })
    }
    this.#snapshot = { ...at, keyed, operator }
    this.#open = [...parts.keyed]
  }

  /** Copies at most `budget` entries of the next unfinished part; true when there is nothing left to copy. */
  copy(budget: number): boolean {
    while (this.#open.length > 0) {
      if (!this.#open[0]!.copy(budget)) return false
      this.#open.shift()
    }
    return true
  }

  /** Copies the rest. */
  finish(): KitSnapshot {
    for (let calls = 0; !this.copy(1_024); calls++) {
      if (calls > 1_000_000) throw new MillraceError('INVARIANT', `copy of part ${this.#open[0]?.name} never says that it is done`)
    }
    return this.#snapshot
  }

  abandon(): void {
    for (const part of this.#open) part.abandon()
    this.#open.length = 0
  }
}

const bound = (part: OperatorPart) => ({
  name: part.name,
  version: part.version,
  redistribution: part.redistribution,
  collect: () => part.collect(),
})

/** Gives the parts of one new subtask what belongs to it out of the snapshots of all old ones. */
export function restoreParts(
  snapshots: readonly KitSnapshot[],
  parts: KitParts,
  maxParallelism: number,
  at: KitPosition,
  codec: ValueCodec,
): void {
  const mine = (group: KeyGroup): boolean => subtaskOfGroup(group, maxParallelism, at.parallelism) === at.subtask
  for (const snapshot of snapshots) {
    for (const [name, { version, entries }] of snapshot.keyed) {
      const part = ownerOf(parts.keyed, name)
      for (const { group, key, namespace, value } of entries) {
        if (mine(group)) part.restore(group, key, codec.decode(namespace), codec.decode(value), version)
      }
    }
  }
  for (const name of new Set(snapshots.flatMap(({ operator }) => [...operator.keys()]))) {
    const saved = snapshots.flatMap(({ operator }) => operator.get(name) ?? [])
    const items = share(saved, at).map((item) => codec.decode(item))
    ownerOf(parts.operator, name).restore(items, saved[0]!.version)
  }
}

function share(saved: readonly SavedOperator[], at: KitPosition): readonly Uint8Array[] {
  if (saved[0]!.redistribution === 'copy') return saved[at.subtask % saved.length]!.items
  const all = saved.flatMap(({ items }) => items)
  return saved[0]!.redistribution === 'union' ? all : all.filter((_, i) => i % at.parallelism === at.subtask)
}

function ownerOf<P extends { readonly name: string }>(parts: readonly P[], name: string): P {
  const part = parts.find((candidate) => candidate.name === name)
  if (part === undefined) throw new MillraceError('STATE_MISMATCH', `the snapshot holds part ${name}, which the operator does not register`)
  return part
}

/** Event time of each group that a restored subtask is given: what its old owner had reached. */
export function floorsOf(snapshots: readonly KitSnapshot[], maxParallelism: number): Map<KeyGroup, number> {
  const floors = new Map<KeyGroup, number>()
  for (const { subtask, parallelism, watermark, floors: earlier } of snapshots) {
    for (let group = 0; group < maxParallelism; group++) {
      if (subtaskOfGroup(group, maxParallelism, parallelism) !== subtask) continue
      floors.set(group, Math.max(watermark, earlier.get(group) ?? Number.NEGATIVE_INFINITY))
    }
  }
  return floors
}
