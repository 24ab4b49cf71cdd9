// The end of a chain in front of a sink's writer: records gathered into batches, with the barriers between them.
//
// The chain fills it synchronously; the shell empties it in order and calls the writer, which may take its time. While more than one full
// batch waits, the chain takes no input, so a slow sink stops its sources. A barrier is a place in this queue: what was emitted before it
// belongs to its epoch, what comes behind it does not, even while the writer is still busy with the former.

import type { Epoch, OperatorId } from '../model/ids.ts'
import { frameRecordsMax } from '../model/limits.ts'
import { powerOfTwo } from '../model/power-of-two.ts'
import type { Operator, Receive } from '../operators/operator.ts'

export interface SinkBatch {
  readonly kind: 'batch'
  readonly values: unknown[]
  length: number
}
export type SinkItem = SinkBatch | { readonly kind: 'barrier'; readonly epoch: Epoch }

const roomMin = 16

/** Room that is made for a batch when the last one had so many records: a power of two. */
const roomFor = (records: number): number => powerOfTwo(Math.max(roomMin, records))

/**
 * Each batch has an array of its own, for it dies young like the records in it: an array that is used again is old, and V8 then has to
 * remember each young record that is put into it.
 */
const newBatch = (room: number): SinkBatch => ({ kind: 'batch', values: new Array(room), length: 0 })

export class SinkBuffer implements Operator {
  readonly id: OperatorId
  readonly inputs: readonly Receive[]
  readonly #queue: SinkItem[] = []
  #filling = newBatch(roomMin)
  /** Records taken so far. */
  records = 0

  constructor(id: OperatorId) {
    this.id = id
    this.inputs = [
      (value) => {
        const batch = this.#filling
        batch.values[batch.length++] = value
        if (batch.length === frameRecordsMax) this.#rotate()
      },
    ]
  }

  open(): void {
    this.#filling.length = 0
  }

  #rotate(): void {
    const { length } = this.#filling
    this.#queue.push(this.#filling)
    this.records += length
    this.#filling = newBatch(roomFor(length))
  }

  /** At most one batch may wait; a barrier may always. */
  ready(): boolean {
    return this.#queue.length === 0
  }

  onBarrier(epoch: Epoch): void {
    if (this.#filling.length > 0) this.#rotate()
    this.#queue.push({ kind: 'barrier', epoch })
  }

  /** Next thing for the writer: a full batch, a barrier, or what there is. */
  take(): SinkItem | undefined {
    if (this.#queue.length === 0 && this.#filling.length > 0) this.#rotate()
    return this.#queue.shift()
  }

  get empty(): boolean {
    return this.#queue.length === 0 && this.#filling.length === 0
  }
}
