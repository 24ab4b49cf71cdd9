// A store as a job leaves it, with checkpoints that are all complete and have one snapshot each.

import { ManifestStore } from '../../actors/manifest-store.ts'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { attempt, epoch, generation, vertexId } from '../../src/model/ids.ts'
import type { CheckpointStore } from '../../src/ports/checkpoint-store.ts'
import { manifestOf } from '../protocol/coordinator-script.ts'
import { snapshotOf } from './coordinated-world.ts'

export const entryBase = { generation: generation(1), writer: 'me', attempts: [attempt(1)], below: 1 }

export const blobOf = (n: number): string => `blob/0000000${n}/00000001-0.0`

/** A store with checkpoints 1 … `count`, and ids up to 100 reserved; its sinks staged something in each. */
export async function storeWith(count: number, entries = new Map<string, Uint8Array>()): Promise<CheckpointStore> {
  const store = memoryCheckpointStore(entries)
  const manifests = new ManifestStore(store)
  await manifests.putEntry(1, { ...entryBase, kind: 'start' })
  await manifests.putEntry(2, { ...entryBase, kind: 'reserve', epoch: epoch(100) })
  for (let n = 1; n <= count; n++) await completeNext(manifests, n, n + 2)
  return store
}

/** Stores checkpoint `n` and completes it in a slot of the log. */
export async function completeNext(manifests: ManifestStore, n: number, slot: number): Promise<void> {
  const blob = await manifests.putBlob(epoch(n), attempt(1), { vertex: vertexId(0), index: 0 }, snapshotOf(7))
  const checksum = await manifests.putManifest(manifestOf(n, { vertices: [{ subtasks: [{ blob, ended: false }] }] }))
  await manifests.putEntry(slot, { ...entryBase, kind: 'complete', epoch: epoch(n), checksum, savepoint: false })
}
