// Counts what is in a subtask's snapshot, section by section. Only headers of keyed sections are decoded.

import { msgpackCodec } from '../adapters/msgpack/msgpack-codec.ts'
import { openBlob } from '../codec/blob.ts'
import { ByteReader } from '../codec/byte-reader.ts'
import { parseSection } from '../flow/sections.ts'

export interface CountedState {
  readonly operator: string
  readonly part: string
  entries: number
  /** Entries by key group; empty for state that is not keyed. */
  readonly groups: Map<number, number>
}

export interface SnapshotCount {
  readonly states: readonly CountedState[]
  /** Event time of the subtask; undefined where it keeps none. */
  readonly watermark: number | undefined
}

/** @throws CORRUPT for a snapshot that does not match its checksums */
export function countEntries(name: string, bytes: Uint8Array, codecName: string): SnapshotCount {
  const codec = msgpackCodec()
  const readable = codec.name === codecName
  const states = new Map<string, CountedState>()
  let watermark: number | undefined
  for (const { id, bytes: section } of openBlob(name, bytes).sections) {
    const parsed = parseSection(id, name)
    if (parsed.kind === 'time') {
      if (readable) watermark = (codec.decode(section) as [{ readonly watermark: number }])[0].watermark
      continue
    }
    const state = stateOf(states, parsed.operator, parsed.part)
    if (parsed.kind === 'keyed') {
      const entries = keyedEntries(section, name)
      state.groups.set(parsed.group, entries + (state.groups.get(parsed.group) ?? 0))
      state.entries += entries
    } else if (readable) state.entries += (codec.decode(section) as [number, readonly unknown[]])[1].length
  }
  return { states: [...states.values()], watermark }
}

function stateOf(states: Map<string, CountedState>, operator: string, part: string): CountedState {
  const key = JSON.stringify([operator, part])
  let state = states.get(key)
  if (state === undefined) {
    state = { operator, part, entries: 0, groups: new Map() }
    states.set(key, state)
  }
  return state
}

/** A section begins with the version of its state and the number of its entries. */
function keyedEntries(section: Uint8Array, name: string): number {
  const reader = new ByteReader(section, name)
  reader.varint()
  return reader.varint()
}
