// The job's log, manifests and snapshots on a checkpoint store: names, encoding, verification. It decides nothing.
//
// Everything that is read is verified before it is used. Removing goes so that a crash in between leaves nothing that looks whole but is
// not: a manifest goes before its blobs, log entries oldest first.

import { type Blob, openBlob } from '../src/codec/blob.ts'
import { checksum } from '../src/codec/checksum.ts'
import { MillraceError, messageOf } from '../src/model/errors.ts'
import type { Attempt, Epoch, SubtaskId } from '../src/model/ids.ts'
import type { BlobRef, LogEntry, Manifest } from '../src/model/manifest.ts'
import type { CheckpointStore } from '../src/ports/checkpoint-store.ts'
import type { LogFact } from '../src/protocol/log.ts'
import {
  blobName,
  blobPrefix,
  blobsPrefix,
  epochIn,
  logName,
  logPrefix,
  manifestName,
  manifestPrefix,
  numberIn,
} from '../src/protocol/store-names.ts'
import { decodeDocument, encodeDocument } from './document.ts'

/** Names read at once. */
const readsAtOnce = 16
/** A log is cut once in many checkpoints: what is gone as often as this is listed and cannot be read. */
const logReadsMax = 10

export interface ReadCheckpoint {
  readonly manifest: Manifest | undefined
  /** What does not match or is missing; undefined = whole. */
  readonly damage: string | undefined
}

export class ManifestStore {
  readonly #store: CheckpointStore
  /** Blobs of the checkpoint that was read last, verified: what is to be restored is read once. */
  readonly #read = new Map<string, Uint8Array>()

  constructor(store: CheckpointStore) {
    this.#store = store
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#store.list('')).length === 0
  }

  /**
   * The whole log, in order. Whoever owns it may cut it meanwhile: what was listed and is gone when its turn comes makes the rest tell
   * less than the log does, so it is read anew.
   */
  async readLog(): Promise<LogFact[]> {
    for (let read = 1; ; read++) {
      const names = await this.#store.list(logPrefix)
      const facts = await inParts(names, (name) => this.#readEntry(name))
      const there = facts.flatMap((fact) => fact ?? [])
      if (there.length === names.length || read === logReadsMax) return there.sort((a, b) => a.slot - b.slot)
    }
  }

  async #readEntry(name: string): Promise<LogFact | undefined> {
    const slot = numberIn(name, logPrefix)
    if (slot === undefined || logName(slot) !== name)
      throw new MillraceError('CORRUPT', `${name} is no entry of a log: another program writes there`)
    const bytes = await this.#store.get(name)
    return bytes === undefined ? undefined : factOf(slot, bytes)
  }

  /** written, taken, or ahead: written, but a higher slot is there, too. */
  async putEntry(slot: number, entry: LogEntry): Promise<'written' | 'taken' | 'ahead'> {
    const won = await this.#store.putIfAbsent(logName(slot), encodeDocument('entry', entry))
    if (!won) return 'taken'
    return (await this.#isAhead(slot)) ? 'ahead' : 'written'
  }

  async readSlot(slot: number): Promise<{ readonly entry: LogEntry | undefined; readonly ahead: boolean }> {
    const name = logName(slot)
    const bytes = await this.#store.get(name)
    const entry = bytes === undefined ? undefined : (decodeDocument('entry', name, bytes) as LogEntry)
    return { entry, ahead: await this.#isAhead(slot) }
  }

  async #isAhead(slot: number): Promise<boolean> {
    const names = await this.#store.list(logPrefix)
    return names.some((name) => (numberIn(name, logPrefix) ?? 0) > slot)
  }

  /** Stores a manifest and gives the checksum that its log entry carries. */
  async putManifest(manifest: Manifest): Promise<number> {
    const bytes = encodeDocument('manifest', manifest)
    await this.#store.put(manifestName(manifest.epoch), [bytes])
    return checksum(bytes)
  }

  /**
   * Reads a manifest and verifies it and all of its blobs, which it keeps until `forget`.
   * @param expected the checksum in the log; undefined = trust the manifest's own
   */
  async readCheckpoint(epoch: Epoch, expected?: number): Promise<ReadCheckpoint> {
    this.forget()
    const { manifest, damage } = await this.readManifest(epoch, expected)
    if (manifest === undefined) return { manifest, damage }
    const blobs = manifest.vertices.flatMap(({ subtasks }) => subtasks.flatMap(({ blob }) => blob ?? []))
    const damages = await inParts(blobs, async (blob) => {
      const bytes = await this.#store.get(blob.name)
      const damaged = damageOf(blob, bytes)
      if (damaged === undefined) this.#read.set(blob.name, bytes!)
      return damaged
    })
    return { manifest, damage: damages.find((one) => one !== undefined) }
  }

  /** Whoever needed the checkpoint that was read last has it. */
  forget(): void {
    this.#read.clear()
  }

  /** Reads and verifies a manifest alone, whatever has become of its blobs. */
  async readManifest(epoch: Epoch, expected?: number): Promise<ReadCheckpoint> {
    const name = manifestName(epoch)
    const bytes = await this.#store.get(name)
    if (bytes === undefined) return { manifest: undefined, damage: `${name} is missing` }
    if (expected !== undefined && checksum(bytes) !== expected)
      return { manifest: undefined, damage: `${name} is not the one that the log means` }
    try {
      return { manifest: decodeDocument('manifest', name, bytes) as Manifest, damage: undefined }
    } catch (thrown) {
      return { manifest: undefined, damage: messageOf(thrown) }
    }
  }

  /** Stores a snapshot. */
  async putBlob(epoch: Epoch, attempt: Attempt, subtask: SubtaskId, blob: Blob): Promise<BlobRef> {
    const name = blobName(epoch, attempt, subtask)
    await this.#store.put(name, blob.parts)
    return { name, bytes: blob.length, checksum: blob.checksum }
  }

  removeBlob(blob: BlobRef): PromiseLike<void> {
    return this.#store.remove(blob.name)
  }

  /** @throws CHECKPOINT_DAMAGED, naming the blob */
  async getBlob(blob: BlobRef): Promise<Uint8Array> {
    const bytes = this.#read.get(blob.name) ?? (await this.#store.get(blob.name))
    const damage = damageOf(blob, bytes)
    if (damage === undefined) return bytes!
    throw new MillraceError(
      'CHECKPOINT_DAMAGED',
      `${damage}. Start the job again: it verifies its checkpoints and says which one can be used`,
    )
  }

  /** Copies a blob to another store, verified. @returns what does not match or is missing; then nothing is copied */
  async copyBlob(blob: BlobRef, to: ManifestStore): Promise<string | undefined> {
    const bytes = await this.#store.get(blob.name)
    const damage = damageOf(blob, bytes)
    if (damage === undefined) await to.#store.put(blob.name, [bytes!])
    return damage
  }

  /** Removes everything: log entries from the newest on, the first one last. */
  async clear(): Promise<void> {
    const names = await this.#store.list('')
    const slots = names.filter((name) => name.startsWith(logPrefix)).reverse()
    const first = slots.pop()
    const others = names.filter((name) => !name.startsWith(logPrefix))
    for (const name of [...slots, ...others, ...(first === undefined ? [] : [first])]) await this.#store.remove(name)
  }

  /** Removes what a checkpoint left, except the blobs in `keep`. */
  async removeCheckpoint(epoch: Epoch, keep: readonly string[]): Promise<void> {
    await this.#store.remove(manifestName(epoch))
    const kept = new Set(keep)
    for (const name of await this.#store.list(blobPrefix(epoch))) if (!kept.has(name)) await this.#store.remove(name)
  }

  /** Removes what checkpoints in (after, through] left that are not in `complete`. */
  async sweep(after: Epoch, through: Epoch, complete: readonly Epoch[]): Promise<number> {
    const whole = new Set(complete)
    const names = [...(await this.#store.list(manifestPrefix)), ...(await this.#store.list(blobsPrefix))]
    const left = names.filter((name) => {
      const of = epochIn(name)
      return of !== undefined && of > after && of <= through && !whole.has(of)
    })
    for (const name of left) await this.#store.remove(name)
    return left.length
  }

  /** Removes log entries below a slot. */
  async cutLog(below: number): Promise<void> {
    for (const name of await this.#store.list(logPrefix)) if ((numberIn(name, logPrefix) ?? below) < below) await this.#store.remove(name)
  }
}

function factOf(slot: number, bytes: Uint8Array): LogFact {
  try {
    return { slot, entry: decodeDocument('entry', logName(slot), bytes) as LogEntry }
  } catch (thrown) {
    return { slot, entry: undefined, unreadable: messageOf(thrown) }
  }
}

function damageOf(blob: BlobRef, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return `${blob.name} is missing`
  if (bytes.length !== blob.bytes) return `${blob.name} has ${bytes.length} bytes instead of ${blob.bytes}`
  try {
    return openBlob(blob.name, bytes).checksum === blob.checksum ? undefined : `${blob.name} is not the one that the manifest means`
  } catch (thrown) {
    return messageOf(thrown)
  }
}

async function inParts<A, B>(all: readonly A[], read: (one: A) => Promise<B>): Promise<B[]> {
  const results: B[] = []
  for (let at = 0; at < all.length; at += readsAtOnce) results.push(...(await Promise.all(all.slice(at, at + readsAtOnce).map(read))))
  return results
}
