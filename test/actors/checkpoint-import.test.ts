// Bringing a checkpoint of one state directory into another: what comes along, what is refused, and crashes on the way.

import { describe, expect, test } from 'vitest'
import { importCheckpoint } from '../../actors/checkpoint-import.ts'
import { ManifestStore } from '../../actors/manifest-store.ts'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import type { MillraceError } from '../../src/model/errors.ts'
import { epoch } from '../../src/model/ids.ts'
import type { LogEntry } from '../../src/model/manifest.ts'
import type { CheckpointStore } from '../../src/ports/checkpoint-store.ts'
import { readView } from '../../src/protocol/log.ts'
import { op } from '../protocol/coordinator-script.ts'
import { Process, World } from './coordinated-world.ts'
import { blobOf, completeNext, entryBase, storeWith } from './stored-checkpoints.ts'

interface Given {
  readonly number?: number | undefined
  readonly check?: () => Promise<void>
}

const bring = (from: CheckpointStore, to: CheckpointStore, { number, check = async () => undefined }: Given = {}): Promise<number> =>
  importCheckpoint({
    from: new ManifestStore(from),
    where: 'old',
    epoch: number === undefined ? undefined : epoch(number),
    to: new ManifestStore(to),
    writer: 'importer',
    check,
  })

const refusal = (pending: Promise<unknown>): Promise<string> =>
  pending.then(
    () => 'nothing is wrong',
    ({ code, message }: MillraceError) => `${code}: ${message}`,
  )

const logOf = async (store: CheckpointStore) => (await new ManifestStore(store).readLog()).map(({ entry }) => entry!)

/** Everything from some operation on fails, as if the process had ended there. */
function dyingAt(store: CheckpointStore, operation: number): CheckpointStore {
  let done = 0
  const alive = <R>(act: () => PromiseLike<R>): PromiseLike<R> => (++done > operation ? Promise.reject(new Error('died')) : act())
  return {
    put: (name, bytes) => alive(() => store.put(name, bytes)),
    putIfAbsent: (name, bytes) => alive(() => store.putIfAbsent(name, bytes)),
    get: (name) => alive(() => store.get(name)),
    list: (prefix) => alive(() => store.list(prefix)),
    remove: (name) => alive(() => store.remove(name)),
  }
}

describe('a checkpoint of another directory', () => {
  test('RC22 comes whole, with the newest ids of its log, and the log says so last', async () => {
    const from = await storeWith(3)
    await new ManifestStore(from).putEntry(6, { ...entryBase, kind: 'start', attempts: [7 as never], generation: 4 as never })
    const names: string[] = []
    const entries = new Map<string, Uint8Array>()
    const store = memoryCheckpointStore(entries)
    const to: CheckpointStore = {
      ...store,
      put: (name, bytes) => {
        names.push(name)
        return store.put(name, bytes)
      },
      putIfAbsent: (name, bytes) => {
        names.push(name)
        return store.putIfAbsent(name, bytes)
      },
    }
    expect(await bring(from, to)).toBe(3)
    expect(names).toEqual(['log/00000001', blobOf(3), 'manifest/00000003', 'log/00000002', 'log/00000003'])
    const facts = await new ManifestStore(to).readLog()
    expect(readView(facts)).toMatchObject({ generation: 6, nextAttempt: 8, reservedThrough: 100, stopped: undefined, importing: undefined })
    const checksum = readView(facts).complete.map((one) => one.checksum)[0]
    expect((await new ManifestStore(to).readCheckpoint(epoch(3), checksum)).damage).toBeUndefined()
    expect([...entries.keys()].sort()).toEqual([...names].sort())
  })

  test('RC22 one is chosen by its number, and a savepoint becomes an ordinary checkpoint', async () => {
    const from = await storeWith(2)
    const manifests = new ManifestStore(from)
    const { manifest } = await manifests.readManifest(epoch(2))
    const checksum = await manifests.putManifest({ ...manifest!, epoch: epoch(5), savepoint: true })
    await manifests.putEntry(5, { ...entryBase, kind: 'complete', epoch: epoch(5), checksum, savepoint: true })
    const [first, fifth] = [memoryCheckpointStore(), memoryCheckpointStore()]
    expect([await bring(from, first, { number: 1 }), await bring(from, fifth, { number: 5 })]).toEqual([1, 5])
    expect((await logOf(fifth)).at(-1)).toMatchObject({ kind: 'complete', epoch: 5, savepoint: false })
    expect((await new ManifestStore(fifth).readManifest(epoch(5))).manifest!.savepoint).toBe(false)
  })

  test('RC22 what is not there or damaged is refused by name, and leaves the new directory empty', async () => {
    const target = new Map<string, Uint8Array>()
    const refused = async (from: CheckpointStore, number?: number): Promise<string> => {
      const said = await refusal(bring(from, memoryCheckpointStore(target), { number }))
      expect([...target.keys()]).toEqual([])
      return said
    }
    expect(await refused(await storeWith(0))).toBe('STATE_MISMATCH: old has no complete checkpoint to begin from')
    expect(await refused(await storeWith(3), 9)).toBe('STATE_MISMATCH: old has no complete checkpoint 9: it has 1, 2, 3')
    const withoutBlob = await storeWith(3)
    await withoutBlob.remove(blobOf(3))
    expect(await refused(withoutBlob)).toMatch(/^CHECKPOINT_DAMAGED: checkpoint 3 of old is damaged: blob\/00000003\S* is missing/)
    const flipped = await storeWith(3)
    await flipped.put(blobOf(2), [(await flipped.get(blobOf(2)))!.with(40, 99)])
    expect(await refused(flipped, 2)).toMatch(/^CHECKPOINT_DAMAGED: checkpoint 2 of old is damaged: .*blob\/00000002/)
    expect(await refusal(bring(flipped, memoryCheckpointStore(), { number: 3 }))).toBe('nothing is wrong')
    const withoutManifest = await storeWith(3)
    await withoutManifest.remove('manifest/00000003')
    expect(await refused(withoutManifest)).toMatch(/^CHECKPOINT_DAMAGED: checkpoint 3 of old is damaged: manifest\/00000003 is missing/)
    const withoutEntry = await storeWith(3)
    await withoutEntry.remove('log/00000002')
    expect(await refused(withoutEntry)).toMatch(/^CHECKPOINT_DAMAGED: old: the job's log cannot be trusted: entry 2 is missing/)
    const unfit = refusal(
      bring(await storeWith(1), memoryCheckpointStore(target), { check: () => Promise.reject(new Error('does not fit')) }),
    )
    expect([await unfit, target.size]).toEqual(['undefined: does not fit', 0])
  })

  test('RC22 it is brought only into an empty directory', async () => {
    const used = await storeWith(2)
    const before = await used.list('')
    expect(await refusal(bring(await storeWith(3), used))).toMatch(
      /^STATE_MISMATCH: the state directory has checkpoint 2 already.*--from out/,
    )
    const started = memoryCheckpointStore()
    await new ManifestStore(started).putEntry(1, { ...entryBase, kind: 'start' })
    expect(await refusal(bring(await storeWith(3), started))).toMatch(/^STATE_MISMATCH: the state directory is in use already/)
    expect([await used.list(''), await started.list('')]).toEqual([before, ['log/00000001']])
  })

  test('RC22 the next newest is taken where the job removes the newest meanwhile, but not for one that was named', async () => {
    const busy = async (): Promise<CheckpointStore> => {
      const store = await storeWith(3)
      const manifests = new ManifestStore(store)
      let left = 2
      return {
        ...store,
        get: async (name) => {
          const newest = Number((await store.list('manifest/')).at(-1)!.slice(9))
          if (left > 0 && name === blobOf(newest)) {
            left--
            await completeNext(manifests, newest + 1, newest + 3)
            await manifests.removeCheckpoint(epoch(newest), [])
          }
          return store.get(name)
        },
      }
    }
    const to = memoryCheckpointStore()
    expect(await bring(await busy(), to)).toBe(5)
    expect(await to.list('blob/')).toEqual([blobOf(5)])
    expect(await refusal(bring(await busy(), memoryCheckpointStore(), { number: 3 }))).toMatch(/^CHECKPOINT_DAMAGED: checkpoint 3 of old/)
  })

  test.each<[string, readonly Partial<LogEntry>[], number, boolean]>([
    ['of a job that was stopped', [{ kind: 'stopped', epoch: epoch(3), finished: false, committed: true }], 3, false],
    ['of a job that has finished', [{ kind: 'stopped', epoch: epoch(3), finished: true, committed: true }], 3, false],
    [
      'of a job that was cancelled before it was committed',
      [{ kind: 'stopped', epoch: epoch(3), finished: false, committed: false }],
      3,
      true,
    ],
    ['of a job that runs or died', [], 3, true],
    [
      'of a job that was started again',
      [{ kind: 'stopped', epoch: epoch(3), finished: false, committed: true }, { kind: 'start' }],
      3,
      true,
    ],
    ['that is not the newest', [], 2, false],
  ])('RC23 what sinks staged comes along unless the other log says that it is visible: %s', async (_, entries, number, comes) => {
    const from = await storeWith(3)
    for (const [i, entry] of entries.entries()) await new ManifestStore(from).putEntry(6 + i, { ...entryBase, ...entry } as LogEntry)
    const to = memoryCheckpointStore()
    await bring(from, to, { number })
    const { committables } = (await new ManifestStore(to).readManifest(epoch(number))).manifest!
    expect(committables).toEqual(comes ? { [op('out')]: [`part-${number}`] } : {})
  })

  test('RC24 after a crash at any point the same command works, and no run takes the rest for its own', async () => {
    const from = await storeWith(3)
    let unfinished = 0
    for (let operation = 0, whole = false; !whole; operation++) {
      const world = new World()
      const store = memoryCheckpointStore(world.entries)
      whole = (await refusal(bring(from, dyingAt(store, operation)))) === 'nothing is wrong'
      const log = await logOf(store)
      if (log.length > 0 && log.at(-1)!.kind !== 'complete') {
        unfinished++
        for (const config of [{}, { fresh: true }]) {
          const plain = new Process(world, { config })
          await plain.run()
          expect(plain.outcome).toMatchObject({
            kind: 'failed',
            error: { code: 'STATE_MISMATCH', message: expect.stringContaining('broken off') },
          })
        }
        expect(await logOf(store)).toEqual(log)
      }
      if (log.at(-1)?.kind === 'complete') break
      // And once more, also when a process has died while it removed the rest.
      for (let again = 0; (await refusal(bring(from, dyingAt(store, again)))) !== 'nothing is wrong'; again++) {
        const { importing, nextSlot, complete } = readView(await new ManifestStore(store).readLog())
        // It may have died right behind the last entry.
        if (complete.length > 0) break
        expect(nextSlot === 1 ? world.entries.size : importing).toBe(nextSlot === 1 ? 0 : 3)
      }
      expect((await logOf(store)).map(({ kind }) => kind)).toEqual(['start', 'reserve', 'complete'])
      expect([...world.entries.keys()].sort()).toEqual([blobOf(3), 'log/00000001', 'log/00000002', 'log/00000003', 'manifest/00000003'])
    }
    expect(unfinished).toBeGreaterThan(3)
  })
})
