// Listing checkpoints while the job removes them: what is gone for good reason is no damage, anything else is.

import { expect, test } from 'vitest'
import { ManifestStore } from '../../actors/manifest-store.ts'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { listCheckpoints } from '../../src/cli/checkpoint-list.ts'
import { attempt, epoch, generation, vertexId } from '../../src/model/ids.ts'
import type { CheckpointStore } from '../../src/ports/checkpoint-store.ts'
import { snapshotOf } from '../actors/coordinated-world.ts'
import { manifestOf } from '../protocol/coordinator-script.ts'

const blobOf = (n: number): string => `blob/0000000${n}/00000001-0.0`

/** A store with checkpoints 1 … `count`, all complete. */
async function storeWith(count: number): Promise<CheckpointStore> {
  const store = memoryCheckpointStore()
  const manifests = new ManifestStore(store)
  const common = { generation: generation(1), writer: 'me', attempts: [attempt(1)], below: 1 }
  await manifests.putEntry(1, { ...common, kind: 'start' })
  await manifests.putEntry(2, { ...common, kind: 'reserve', epoch: epoch(100) })
  for (let n = 1; n <= count; n++) {
    const blob = await manifests.putBlob(epoch(n), attempt(1), { vertex: vertexId(0), index: 0 }, snapshotOf(7))
    const checksum = await manifests.putManifest(manifestOf(n, { vertices: [{ subtasks: [{ blob, ended: false }] }] }))
    await manifests.putEntry(n + 2, { ...common, kind: 'complete', epoch: epoch(n), checksum, savepoint: false })
  }
  return store
}

/** The same store, but whenever checkpoints are listed, the first one that is looked into is removed just before. */
function removingAtEachListing(store: CheckpointStore): CheckpointStore {
  const manifests = new ManifestStore(store)
  let due = false
  return {
    put: (name, bytes) => store.put(name, bytes),
    putIfAbsent: (name, bytes) => store.putIfAbsent(name, bytes),
    list: (prefix) => {
      due ||= prefix === 'manifest/'
      return store.list(prefix)
    },
    remove: (name) => store.remove(name),
    get: async (name) => {
      if (due && name.startsWith('blob/')) {
        due = false
        await manifests.removeCheckpoint(epoch(Number(name.slice(5, 13))), [])
      }
      return store.get(name)
    },
  }
}

const numbersAndDamage = async (store: CheckpointStore): Promise<unknown> =>
  (await listCheckpoints(store, true)).checkpoints.map((one) => [one.epoch, one.damage])

test('CL4 a checkpoint that the job removes while it is read is not listed, and is no damage', async () => {
  const store = await storeWith(4)
  expect(await numbersAndDamage(removingAtEachListing(store))).toEqual([
    [2, undefined],
    [3, undefined],
    [4, undefined],
  ])
})

test('CL4 a snapshot that is missing while its manifest stands is damage', async () => {
  const store = await storeWith(2)
  await store.remove(blobOf(1))
  expect(await numbersAndDamage(store)).toEqual([
    [1, `${blobOf(1)} is missing`],
    [2, undefined],
  ])
})

test('CL4 the newest checkpoint that is gone is damage', async () => {
  const store = await storeWith(2)
  await new ManifestStore(store).removeCheckpoint(epoch(2), [])
  expect(await numbersAndDamage(store)).toEqual([
    [1, undefined],
    [2, 'manifest/00000002 is missing'],
  ])
})
