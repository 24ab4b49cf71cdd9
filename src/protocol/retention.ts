// Which complete checkpoints are kept, and what of the store and the log may go.
//
// It is asked only when the newest complete checkpoint has been committed by every sink: so no sink needs an older one any more.
// 1. The newest `kept` checkpoints stay, and every savepoint.
// 2. Of a checkpoint that goes, the blobs stay that a kept one refers to (snapshots of ended subtasks are carried by reference).
// 3. The log is cut only where ids were reserved, and never above the oldest kept checkpoint's entry.

import type { Epoch } from '../model/ids.ts'
import type { Manifest } from '../model/manifest.ts'
import { blobsOf } from './assemble-manifest.ts'
import type { CoordinatorEffect } from './coordinator-types.ts'
import { type CompleteCheckpoint, cutBelow, type LogView } from './log.ts'

export class Retention {
  readonly #kept: number
  readonly #reserveSlots: number[]
  readonly #blobs = new Map<Epoch, readonly string[]>()
  #complete: CompleteCheckpoint[]
  /** Log entries below this slot are needed no more; the next entry says so, and then they may go. */
  cut: number
  #cutSaid: number

  constructor(kept: number, view: LogView, restored: Manifest | undefined) {
    this.#kept = kept
    this.cut = this.#cutSaid = view.below
    this.#reserveSlots = [...view.reserveSlots]
    this.#complete = restored === undefined ? [] : view.complete.filter(({ epoch }) => epoch <= restored.epoch)
    if (restored !== undefined) this.#blobs.set(restored.epoch, blobsOf(restored))
  }

  reserved(slot: number): void {
    this.#reserveSlots.push(slot)
  }

  completed(checkpoint: CompleteCheckpoint, manifest: Manifest): void {
    this.#complete.push(checkpoint)
    this.#blobs.set(checkpoint.epoch, blobsOf(manifest))
  }

  has(epoch: Epoch): boolean {
    return this.#complete.some((one) => one.epoch === epoch)
  }

  /** Names of the blobs that complete checkpoints refer to. */
  referred(): string[] {
    return [...new Set([...this.#blobs.values()].flat())]
  }

  /** Lets go of what is too old. */
  trim(): CoordinatorEffect[] {
    const out: CoordinatorEffect[] = []
    const ordinary = this.#complete.filter(({ savepoint }) => !savepoint)
    const going = new Set(ordinary.slice(0, Math.max(0, ordinary.length - this.#kept)))
    this.#complete = this.#complete.filter((one) => !going.has(one))
    for (const { epoch } of going) this.#blobs.delete(epoch)
    const keep = this.referred()
    for (const { epoch } of going) out.push({ type: 'remove-checkpoint', epoch, keep })
    const oldest = this.#complete.find(({ savepoint }) => !savepoint) ?? this.#complete[0]
    if (oldest !== undefined) this.cut = Math.max(this.cut, cutBelow(this.#reserveSlots, oldest.slot))
    return out
  }

  /** An entry that says `below` is in the log. */
  said(below: number): CoordinatorEffect[] {
    if (below <= this.#cutSaid) return []
    this.#cutSaid = below
    return [{ type: 'cut-log', below }]
  }
}
