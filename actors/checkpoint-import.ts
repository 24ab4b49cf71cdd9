// Copies one checkpoint of a state directory into a new one, so that a job begins there with it. The order of the entries and what they
// say is in src/protocol/import-log.ts.
//
// 1. The other directory is only read, without its lock. Where its job runs and removes the newest checkpoint meanwhile, the next newest is
//    taken; one that was asked for by its number is not replaced.
// 2. Everything is verified while it is copied. What fails leaves the new directory as empty as it was.

import { MillraceError } from '../src/model/errors.ts'
import type { Attempt, Epoch } from '../src/model/ids.ts'
import type { Manifest } from '../src/model/manifest.ts'
import { chooseImport, importEntries, importedManifest } from '../src/protocol/import-log.ts'
import { type LogView, readView } from '../src/protocol/log.ts'
import type { ManifestStore } from './manifest-store.ts'

export interface ImportOptions {
  readonly from: ManifestStore
  /** How people call it. */
  readonly where: string
  /** Undefined = the newest. */
  readonly epoch: Epoch | undefined
  readonly to: ManifestStore
  /** Random name of this import. */
  readonly writer: string
  /**
   * Rejects where the job cannot go on from it; asked before anything is written.
   * @param manifest as it will be in the new directory
   * @param attempt the one that follows all of the other log
   */
  check(manifest: Manifest, attempt: Attempt): PromiseLike<void>
}

/** The newest one may be removed while it is copied, as often as its job completes others. */
const triesMax = 5

/**
 * @returns the checkpoint that is in the new directory now
 * @throws STATE_MISMATCH where the new directory is not empty, or the other one has no such checkpoint; CHECKPOINT_DAMAGED, naming the file
 */
export async function importCheckpoint(options: ImportOptions): Promise<Epoch> {
  await makeRoom(options.to)
  for (let tries = 1; ; tries++) {
    const found = await copyOnce(options)
    if (found.damage === undefined) return found.epoch
    if (options.epoch === undefined && tries < triesMax && (await wasRemoved(options.from, found.epoch))) continue
    throw new MillraceError(
      'CHECKPOINT_DAMAGED',
      `checkpoint ${found.epoch} of ${options.where} is damaged: ${found.damage}. Name an older one by its number, or restore the directory from a backup`,
    )
  }
}

/** An import that was broken off is removed. */
async function makeRoom(to: ManifestStore): Promise<void> {
  if (await to.isEmpty()) return
  const { importing, complete } = readView(await to.readLog())
  if (importing !== undefined) return to.clear()
  const has = complete.length === 0 ? 'is in use already' : `has checkpoint ${complete.at(-1)!.epoch} already`
  throw new MillraceError(
    'STATE_MISMATCH',
    `the state directory ${has}, and a checkpoint of another one is brought only into an empty one. Give another directory; to go on from what it has, leave --from out`,
  )
}

async function copyOnce({ from, where, epoch: wanted, to, writer, check }: ImportOptions): Promise<{ epoch: Epoch; damage?: string }> {
  const view = await viewOf(from, where)
  const { epoch, checksum: expected } = chooseImport(view, wanted, where)
  const { manifest, damage } = await from.readManifest(epoch, expected)
  if (manifest === undefined) return { epoch, damage: damage! }
  const imported = importedManifest(manifest, view)
  await check(imported, view.nextAttempt)
  const [begun] = importEntries(view, epoch, 0, writer)
  await put(to, 1, begun)
  try {
    for (const blob of manifest.vertices.flatMap(({ subtasks }) => subtasks.flatMap(({ blob }) => blob ?? []))) {
      const damaged = await from.copyBlob(blob, to)
      if (damaged === undefined) continue
      await to.clear()
      return { epoch, damage: damaged }
    }
    const checksum = await to.putManifest(imported)
    const [, reserved, complete] = importEntries(view, epoch, checksum, writer)
    await put(to, 2, reserved)
    await put(to, 3, complete)
  } catch (thrown) {
    // The failure is the one to tell; what stays is removed by the next try.
    await to.clear().then(undefined, () => undefined)
    throw thrown
  }
  return { epoch }
}

async function put(to: ManifestStore, slot: number, entry: Parameters<ManifestStore['putEntry']>[1]): Promise<void> {
  const outcome = await to.putEntry(slot, entry)
  if (outcome !== 'written') throw new MillraceError('DEPOSED', 'another process writes into the new state directory')
}

async function viewOf(from: ManifestStore, where: string): Promise<LogView> {
  try {
    return readView(await from.readLog())
  } catch (thrown) {
    if (!(thrown instanceof MillraceError) || thrown.code !== 'CORRUPT') throw thrown
    throw new MillraceError('CHECKPOINT_DAMAGED', `${where}: ${thrown.message}`, { cause: thrown })
  }
}

async function wasRemoved(from: ManifestStore, epoch: Epoch): Promise<boolean> {
  const newest = readView(await from.readLog()).complete.at(-1)?.epoch
  return newest !== undefined && newest > epoch
}
