// Log, manifests and blobs on a store: every flipped byte is found, and what cannot be trusted is named.

import { describe, expect, test } from 'vitest'
import { decodeDocument, encodeDocument } from '../../actors/document.ts'
import { ManifestStore } from '../../actors/manifest-store.ts'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { joined } from '../../src/codec/bytes.ts'
import { attempt, epoch, generation, vertexId } from '../../src/model/ids.ts'
import type { LogEntry, Manifest } from '../../src/model/manifest.ts'
import { manifestOf } from '../protocol/coordinator-script.ts'
import { snapshotOf } from './coordinated-world.ts'

const entry: LogEntry = { generation: generation(1), writer: 'me', attempts: [attempt(1)], below: 1, kind: 'start' }
const subtask = { vertex: vertexId(0), index: 0 }

async function stored(): Promise<{ entries: Map<string, Uint8Array>; store: ManifestStore; manifest: Manifest; checksum: number }> {
  const entries = new Map<string, Uint8Array>()
  const store = new ManifestStore(memoryCheckpointStore(entries))
  const blob = await store.putBlob(epoch(3), attempt(1), subtask, snapshotOf(7))
  const manifest = manifestOf(3, { vertices: [{ subtasks: [{ blob, ended: false }] }] })
  return { entries, store, manifest, checksum: await store.putManifest(manifest) }
}

describe('documents', () => {
  test('CP13 come back as they were, readable by people', () => {
    const bytes = encodeDocument('manifest', manifestOf(3))
    expect(decodeDocument('manifest', 'm', bytes)).toEqual(manifestOf(3))
    expect(new TextDecoder().decode(bytes)).toMatch(/^millrace manifest 1 \d+ [0-9a-f]{8}\n\{"format":1,"job":"job"/)
  })

  test('CP13 every changed, missing or added byte is found', () => {
    const bytes = encodeDocument('entry', entry)
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [1, 128]) {
        const flipped = bytes.slice()
        flipped[at]! ^= bit
        expect(() => decodeDocument('entry', 'log/00000001', flipped), `byte ${at}`).toThrow('log/00000001 is damaged')
      }
      expect(() => decodeDocument('entry', 'log/00000001', bytes.subarray(0, at))).toThrow('damaged')
    }
    expect(() => decodeDocument('manifest', 'm', bytes)).toThrow('it is no manifest')
    expect(() => decodeDocument('entry', 'm', new TextEncoder().encode('millrace entry 9 2 00000000\n{}'))).toThrow('version 9')
  })

  test('CP13 a number that JSON does not have is refused, naming where it stands', () => {
    expect(() => encodeDocument('manifest', { sources: { a: [{ offset: Number.NaN }] } })).toThrow('cannot store NaN (at "offset")')
  })
})

describe('a checkpoint on the store', () => {
  test('CP14 is read back whole', async () => {
    const { store, manifest, checksum } = await stored()
    expect(await store.readCheckpoint(epoch(3), checksum)).toEqual({ manifest, damage: undefined })
    expect(await store.getBlob(manifest.vertices[0]!.subtasks[0]!.blob!)).toEqual(joined(snapshotOf(7).parts))
  })

  test('CP14 damage of the manifest or of any blob is named', async () => {
    const blobName = 'blob/00000003/00000001-0.0'
    const damages: string[] = []
    const change = async (name: string, to: (bytes: Uint8Array) => Uint8Array | undefined): Promise<void> => {
      const { entries, store, checksum } = await stored()
      const bytes = to(entries.get(name)!.slice())
      if (bytes === undefined) entries.delete(name)
      else entries.set(name, bytes)
      const { manifest, damage } = await store.readCheckpoint(epoch(3), checksum)
      damages.push(`${manifest === undefined ? 'no' : 'a'} manifest: ${damage}`)
    }
    const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte))
    await change('manifest/00000003', () => undefined)
    await change('manifest/00000003', flip)
    await change(blobName, () => undefined)
    await change(blobName, (bytes) => bytes.subarray(1))
    await change(blobName, flip)
    expect(damages.map((damage) => damage.slice(0, 60))).toEqual([
      'no manifest: manifest/00000003 is missing',
      'no manifest: manifest/00000003 is not the one that the log m',
      'a manifest: blob/00000003/00000001-0.0 is missing',
      'a manifest: blob/00000003/00000001-0.0 has 53 bytes instead ',
      'a manifest: blob blob/00000003/00000001-0.0 is damaged: sect',
    ])
  })

  test('CP14 a snapshot of another one under the same name is found', async () => {
    const { store, manifest } = await stored()
    await store.putBlob(epoch(3), attempt(1), subtask, snapshotOf(8))
    await expect(store.getBlob(manifest.vertices[0]!.subtasks[0]!.blob!)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' })
  })

  test('CP17 what was verified to be restored is not read again, until it has been taken up', async () => {
    const { entries, store, manifest, checksum } = await stored()
    const blob = manifest.vertices[0]!.subtasks[0]!.blob!
    await store.readCheckpoint(epoch(3), checksum)
    entries.delete(blob.name)
    expect(await store.getBlob(blob)).toEqual(joined(snapshotOf(7).parts))
    store.forget()
    await expect(store.getBlob(blob)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' })
    expect((await store.readCheckpoint(epoch(3), checksum)).damage).toContain('is missing')
  })

  test('CP15 removing takes all of a checkpoint but the blobs that others refer to; a sweep takes what was never complete', async () => {
    const { entries, store } = await stored()
    await store.putBlob(epoch(3), attempt(1), { vertex: vertexId(1), index: 0 }, snapshotOf(7))
    await store.removeCheckpoint(epoch(3), ['blob/00000003/00000001-0.0'])
    expect([...entries.keys()]).toEqual(['blob/00000003/00000001-0.0'])
    for (const at of [4, 5, 6, 1001]) await store.putBlob(epoch(at), attempt(1), subtask, snapshotOf(7))
    expect(await store.sweep(epoch(3), epoch(1000), [epoch(5)])).toBe(2)
    expect([...entries.keys()].map((name) => name.slice(5, 13))).toEqual(['00000003', '00000005', '00001001'])
  })
})

describe('the log on the store', () => {
  test('CP16 a slot is won once, and a higher entry is seen', async () => {
    const { store } = await stored()
    expect([await store.putEntry(1, entry), await store.putEntry(1, entry), await store.putEntry(2, entry)]).toEqual([
      'written',
      'taken',
      'written',
    ])
    expect(await store.readSlot(1)).toEqual({ entry, ahead: true })
    expect(await store.readSlot(3)).toEqual({ entry: undefined, ahead: false })
    await store.cutLog(2)
    expect(await store.putEntry(1, entry)).toBe('ahead')
  })

  test('CP16 is read in order, with what is unreadable named', async () => {
    const { entries, store } = await stored()
    for (const slot of [1, 2, 3]) await store.putEntry(slot, entry)
    entries.set('log/00000002', new TextEncoder().encode('what?'))
    const facts = await store.readLog()
    expect(facts.map(({ slot, unreadable }) => [slot, unreadable])).toEqual([
      [1, undefined],
      [2, 'log/00000002 is damaged: it is no entry'],
      [3, undefined],
    ])
    entries.set('log/notes.txt', new Uint8Array())
    await expect(store.readLog()).rejects.toThrow('log/notes.txt is no entry of a log')
  })
})
