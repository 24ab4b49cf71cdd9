// Listing checkpoints while the job removes them: what is gone for good reason is no damage, anything else is.

import { expect, test } from 'vitest'
import { ManifestStore } from '../../actors/manifest-store.ts'
import { listCheckpoints } from '../../src/cli/checkpoint-list.ts'
import { attempt, epoch, generation } from '../../src/model/ids.ts'
import type { CheckpointStore } from '../../src/ports/checkpoint-store.ts'
import { blobOf, storeWith } from '../actors/stored-checkpoints.ts'

/** The same store, but something is done between a listing of `prefix` and the next read of a name that begins with `read`. */
function between(prefix: string, read: string, store: CheckpointStore, act: (name: string) => Promise<void>): CheckpointStore {
  let due = false
  const before = async (name: string): Promise<void> => {
    if (!due || !name.startsWith(read)) return
    due = false
    await act(name)
  }
  return {
    put: (name, bytes) => store.put(name, bytes),
    putIfAbsent: (name, bytes) => store.putIfAbsent(name, bytes),
    list: async (of) => {
      await before(of)
      due ||= of === prefix
      return store.list(of)
    },
    remove: (name) => store.remove(name),
    get: async (name) => {
      await before(name)
      return store.get(name)
    },
  }
}

/** Whenever checkpoints are listed, the first one whose snapshots are looked for is removed just before. */
const removingAtEachListing = (store: CheckpointStore): CheckpointStore =>
  between('manifest/', 'blob/', store, (name) => new ManifestStore(store).removeCheckpoint(epoch(Number(name.slice(5, 13))), []))

/** The log of a job that goes on is cut between its listing and its reading, `times` times, up to the slot that is put then. */
function cuttingTheLog(store: CheckpointStore, times: number): CheckpointStore {
  const manifests = new ManifestStore(store)
  let left = times
  return between('log/', 'log/', store, async () => {
    if (left-- <= 0) return
    const last = Number((await store.list('log/')).at(-1)!.slice(4))
    const common = { generation: generation(1), writer: 'me', attempts: [attempt(1)], below: last + 1 }
    await manifests.putEntry(last + 1, { ...common, kind: 'reserve', epoch: epoch(100 * last) })
    const newest = epoch(Number((await store.list('manifest/')).at(-1)!.slice(9)))
    const checksum = await manifests.putManifest((await manifests.readManifest(newest)).manifest!)
    await manifests.putEntry(last + 2, { ...common, kind: 'complete', epoch: newest, checksum, savepoint: false })
    await manifests.cutLog(last + 1)
  })
}

const numbersAndDamage = async (store: CheckpointStore, verify: boolean): Promise<unknown> =>
  (await listCheckpoints(store, verify)).checkpoints.map((one) => [one.epoch, one.damage])

const both = [
  ['verified', true],
  ['plain', false],
] as const

test.each(both)('CL4 a checkpoint that the job removes while it is read is not listed, and is no damage: %s', async (_, verify) => {
  const store = await storeWith(4)
  expect(await numbersAndDamage(removingAtEachListing(store), verify)).toEqual([
    [2, undefined],
    [3, undefined],
    [4, undefined],
  ])
})

test.each(both)('CL4 a log that is cut while it is read is read anew: %s', async (_, verify) => {
  for (const times of [1, 2, 5]) {
    const { checkpoints, logDamage } = await listCheckpoints(cuttingTheLog(await storeWith(3), times), verify)
    expect([logDamage, checkpoints.map(({ epoch, standing, damage }) => [epoch, standing, damage])]).toEqual([
      undefined,
      [
        // Entries about the older ones are gone: nothing but the newest counts any more.
        [1, 'unfinished', undefined],
        [2, 'unfinished', undefined],
        [3, 'complete', undefined],
      ],
    ])
  }
})

test('CL4 an entry that is missing for good is told', async () => {
  const store = await storeWith(3)
  await store.remove('log/00000004')
  expect((await listCheckpoints(store, false)).logDamage).toMatch('entry 4 is missing')
})

test.each(both)('CL4 a snapshot that is missing while its manifest stands is damage: %s', async (_, verify) => {
  const store = await storeWith(2)
  await store.remove(blobOf(1))
  expect(await numbersAndDamage(store, verify)).toEqual([
    [1, `${blobOf(1)} is missing`],
    [2, undefined],
  ])
})

test.each(both)('CL4 the newest checkpoint that is gone is damage: %s', async (_, verify) => {
  const store = await storeWith(2)
  await new ManifestStore(store).removeCheckpoint(epoch(2), [])
  expect(await numbersAndDamage(store, verify)).toEqual([
    [1, undefined],
    [2, 'manifest/00000002 is missing'],
  ])
})
