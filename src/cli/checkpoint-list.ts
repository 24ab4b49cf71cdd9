// What a state directory holds, read without changing anything: the log, and every checkpoint that has a manifest.
//
// The job may be running. What it removes while this reads looks missing. A manifest goes before its snapshots, and only when a newer
// checkpoint is complete: where both are seen, the checkpoint was removed and is left out. Whatever else looks damaged is read a second
// time, with a log that is read anew, and only what is still wrong then is told.

import { ManifestStore } from '../../actors/manifest-store.ts'
import { messageOf } from '../model/errors.ts'
import type { Epoch } from '../model/ids.ts'
import type { Manifest } from '../model/manifest.ts'
import type { CheckpointStore } from '../ports/checkpoint-store.ts'
import { blobsOf, bytesOf } from '../protocol/assemble-manifest.ts'
import { type LogView, readView } from '../protocol/log.ts'
import { epochIn, manifestName, manifestPrefix } from '../protocol/store-names.ts'

export interface ListedCheckpoint {
  readonly epoch: Epoch
  /**
   * complete: can be restored · void: given up by a later run · unfinished: never became complete, or is being written right now ·
   * unknown: the log that says so cannot be read
   */
  readonly standing: 'complete' | 'void' | 'unfinished' | 'unknown'
  readonly manifest: Manifest | undefined
  /** Of all its snapshots; undefined where the manifest cannot be read. */
  readonly bytes: number | undefined
  /** What does not match; undefined = nothing was found. */
  readonly damage: string | undefined
}

export interface Listing {
  readonly checkpoints: readonly ListedCheckpoint[]
  /** How the log ends, if the job is not running or died. */
  readonly stopped: LogView['stopped']
  /** A checkpoint that is being brought in from another directory. */
  readonly importing: LogView['importing']
  /** Why the log cannot be trusted. */
  readonly logDamage: string | undefined
  readonly empty: boolean
}

/** @param verify read all snapshots and compare checksums; otherwise it is only seen whether they are there */
export async function listCheckpoints(store: CheckpointStore, verify: boolean): Promise<Listing> {
  const first = await listOnce(store, verify)
  const sound = first.logDamage === undefined && first.checkpoints.every(({ damage }) => damage === undefined)
  return sound ? first : listOnce(store, verify)
}

async function listOnce(store: CheckpointStore, verify: boolean): Promise<Listing> {
  const manifests = new ManifestStore(store)
  const { view, logDamage } = await readLog(manifests)
  const epochs = new Set<Epoch>()
  for (const name of await store.list(manifestPrefix)) {
    const of = epochIn(name)
    if (of !== undefined) epochs.add(of)
  }
  // Older ones may have been removed; the newest is what the next run needs.
  const newest = view?.complete.at(-1)?.epoch
  if (newest !== undefined) epochs.add(newest)
  const checkpoints: ListedCheckpoint[] = []
  for (const of of [...epochs].sort((a, b) => a - b)) {
    const one = await readOne(store, manifests, view, of, verify)
    if (one.damage === undefined || !(await wasRemoved(store, manifests, of))) checkpoints.push(one)
  }
  const empty = view !== undefined && view.nextSlot === 1 && epochs.size === 0
  return { checkpoints, stopped: view?.stopped, importing: view?.importing, logDamage, empty }
}

async function readLog(manifests: ManifestStore): Promise<{ view: LogView | undefined; logDamage: string | undefined }> {
  try {
    return { view: readView(await manifests.readLog()), logDamage: undefined }
  } catch (thrown) {
    return { view: undefined, logDamage: messageOf(thrown) }
  }
}

async function wasRemoved(store: CheckpointStore, manifests: ManifestStore, of: Epoch): Promise<boolean> {
  if ((await store.get(manifestName(of))) !== undefined) return false
  const newest = (await readLog(manifests)).view?.complete.at(-1)?.epoch
  return newest !== undefined && newest > of
}

async function readOne(
  store: CheckpointStore,
  manifests: ManifestStore,
  view: LogView | undefined,
  of: Epoch,
  verify: boolean,
): Promise<ListedCheckpoint> {
  const complete = view?.complete.find((one) => one.epoch === of)
  const standing = complete !== undefined ? 'complete' : standingIncomplete(view, of)
  const { manifest, damage } = verify
    ? await manifests.readCheckpoint(of, complete?.checksum)
    : await manifests.readManifest(of, complete?.checksum)
  const missing = manifest === undefined || verify ? undefined : await missingBlob(store, manifest)
  return { epoch: of, standing, manifest, bytes: manifest === undefined ? undefined : bytesOf(manifest), damage: damage ?? missing }
}

async function missingBlob(store: CheckpointStore, manifest: Manifest): Promise<string | undefined> {
  const wanted = blobsOf(manifest)
  const folders = new Set(wanted.map((name) => name.slice(0, name.lastIndexOf('/') + 1)))
  const there = new Set<string>()
  for (const folder of folders) for (const name of await store.list(folder)) there.add(name)
  const missing = wanted.find((name) => !there.has(name))
  return missing === undefined ? undefined : `${missing} is missing`
}

/** Of one that is not complete. */
function standingIncomplete(view: LogView | undefined, of: Epoch): ListedCheckpoint['standing'] {
  if (view === undefined) return 'unknown'
  return view.everComplete.includes(of) ? 'void' : 'unfinished'
}
