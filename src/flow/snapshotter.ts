// Takes the snapshots of one subtask: freezes all state parts of its chain at a barrier, copies them out in slices, and seals the result
// into one blob.
//
// Sections for each key group of each keyed part, one for each operator part, and one for event time: the subtask's, and that of each
// keyed operator with the key groups that are ahead of it. Keyed entries go through part cuts, which hold them as columns. Copying
// and sealing are spread over turns.
//
// Keyed state that nothing can ever restore is not saved: that of a job which neither outlives its process nor restarts. The first entries
// are copied all the same, so that what cannot be saved is found before the job gets a state directory.

import { type Blob, BlobWriter } from '../codec/blob.ts'
import type { ValueCodec } from '../model/codec.ts'
import { assert, errorIn } from '../model/errors.ts'
import type { Epoch, OperatorId } from '../model/ids.ts'
import type { OperatorPart } from '../state/part.ts'
import type { Chain } from './chain.ts'
import type { Floors } from './floors.ts'
import { PartCut } from './part-cut.ts'
import { operatorSection, stateKind, timeSection } from './sections.ts'

/** Where event time stood for a subtask. */
export interface SubtaskTime {
  readonly watermark: number
  readonly idle: boolean
  /** Its inputs had ended, and it had flushed. */
  readonly ended: boolean
}

export interface TakenSnapshot {
  readonly epoch: Epoch
  /** Undefined when the subtask keeps nothing. */
  readonly blob: Blob | undefined
  readonly time: SubtaskTime
  /** Versions of the states, by operator and part. */
  readonly states: Readonly<Record<OperatorId, Readonly<Record<string, number>>>>
}

/** Where event time stood for a keyed operator, and the floors of key groups that were ahead of it. */
export type OperatorTime = readonly [operator: OperatorId, watermark: number, floors: readonly (readonly [group: number, floor: number])[]]

/** What the section of event time holds. The subtask's time is that of its root, before any operator that holds watermarks. */
export type SavedTime = readonly [subtask: SubtaskTime, operators: readonly OperatorTime[], root: OperatorId]

/** Entries sealed in one turn: about so many, since a section is sealed whole. */
const sealedPerTurn = 16_384

export class Snapshotter {
  readonly #chain: Chain
  readonly #codec: ValueCodec
  /** Whether event time has to be kept even without state; a source alone keeps it with its splits. */
  readonly #keepsTime: boolean
  readonly #floors: Floors
  readonly #cuts: PartCut[] = []
  readonly #restorable: boolean
  #time: SubtaskTime | undefined
  #epoch = 0 as Epoch
  #blob: BlobWriter | undefined
  #copying = 0
  #sealing = 0

  constructor(chain: Chain, codec: ValueCodec, keepsTime: boolean, floors: Floors, restorable: boolean) {
    this.#chain = chain
    this.#codec = codec
    this.#keepsTime = keepsTime
    this.#floors = floors
    this.#restorable = restorable
  }

  get isOpen(): boolean {
    return this.#time !== undefined
  }

  /** Of the open snapshot, or the last one. */
  get epoch(): Epoch {
    return this.#epoch
  }

  /** Freezes the state as it is now. An open snapshot of an older checkpoint is given up. */
  begin(epoch: Epoch, time: SubtaskTime): void {
    if (this.isOpen) this.abandon()
    this.#epoch = epoch
    this.#time = time
    this.#copying = 0
    this.#sealing = 0
    const blob = new BlobWriter({ kind: stateKind, codec: this.#codec.name })
    this.#blob = blob
    blob.section(timeSection, this.#codec.encode([time, this.#operatorTimes(), this.#chain.nodes[0]!.id] satisfies SavedTime))
    for (const { id, parts } of this.#chain.nodes) {
      for (const part of parts.operator) blob.section(operatorSection(id, part.name), this.#saved(id, part))
    }
    if (this.#cuts.length === 0) {
      for (const { id, parts } of this.#chain.nodes) for (const part of parts.keyed) this.#cuts.push(new PartCut(id, part, this.#codec))
    }
    for (const cut of this.#cuts) cut.part.begin(cut)
  }

  #operatorTimes(): OperatorTime[] {
    return this.#chain.nodes.flatMap(({ id, index, parts }) => {
      if (parts.keyed.length === 0) return []
      const watermark = this.#chain.watermarkAt(index)
      return [[id, watermark, this.#floors.above(id, watermark)]]
    })
  }

  #saved(id: OperatorId, part: OperatorPart): Uint8Array {
    try {
      return this.#codec.encode([part.version, part.collect()])
    } catch (thrown) {
      throw errorIn(`operator "${id}" cannot save its "${part.name}"`, id, thrown, 'UNENCODABLE')
    }
  }

  /** Copies or seals some more. True when `take` may be called. */
  copy(entries: number): boolean {
    for (; this.#copying < this.#cuts.length; this.#copying++) {
      const cut = this.#cuts[this.#copying]!
      if (cut.isFull && !cut.seal(this.#blob!, sealedPerTurn, true)) return false
      const copied = cut.copy(entries)
      if (!this.#restorable) drop(cut)
      else if (!copied) return false
    }
    for (; this.#sealing < this.#cuts.length; this.#sealing++)
      if (!this.#cuts[this.#sealing]!.seal(this.#blob!, sealedPerTurn)) return false
    return true
  }

  take(): TakenSnapshot {
    const time = this.#time
    assert(time !== undefined && this.#sealing === this.#cuts.length, () => `snapshot ${this.#epoch} was taken before it was complete`)
    const states: Record<OperatorId, Record<string, number>> = {}
    let parts = 0
    for (const { id, parts: own } of this.#chain.nodes) {
      states[id] = Object.fromEntries([...own.keyed, ...own.operator].map(({ name, version }) => [name, version]))
      parts += own.keyed.length + own.operator.length
    }
    const blob = parts === 0 && !this.#keepsTime ? undefined : this.#blob!.finish()
    this.#close()
    return { epoch: this.#epoch, blob, time, states }
  }

  abandon(): void {
    for (const cut of this.#cuts) drop(cut)
    this.#close()
  }

  #close(): void {
    this.#time = undefined
    this.#blob = undefined
  }
}

function drop(cut: PartCut): void {
  cut.part.abandon()
  cut.reset()
}
