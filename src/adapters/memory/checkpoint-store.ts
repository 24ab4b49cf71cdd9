// A checkpoint store in this process's memory: for jobs that run without a state directory. What it holds goes with the process.
//
// Several handles on one map stand for several processes on one store. Everything settles in a microtask, never during the call.

import { joined } from '../../codec/bytes.ts'
import type { CheckpointStore } from '../../ports/checkpoint-store.ts'

export function memoryCheckpointStore(entries: Map<string, Uint8Array> = new Map()): CheckpointStore {
  return {
    async put(name, parts) {
      entries.set(name, joined(parts))
    },
    async putIfAbsent(name, bytes) {
      if (entries.has(name)) return false
      entries.set(name, bytes.slice())
      return true
    },
    async get(name) {
      return entries.get(name)?.slice()
    },
    async list(prefix) {
      return [...entries.keys()].filter((name) => name.startsWith(prefix)).sort(byCodeUnits)
    },
    async remove(name) {
      entries.delete(name)
    },
  }
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
