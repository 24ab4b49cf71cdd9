// The end of a chain in front of a sink's writer: records gathered into batches, with the barriers between them.
//
// The chain fills it synchronously; the shell empties it in order and calls the writer, which may take its time. While more than one full
// batch waits, the chain takes no input, so a slow sink stops its sources. A barrier is a place in this queue: what was emitted before it
// belongs to its epoch, what comes behind it does not, even while the writer is still busy with the former.

import type { Epoch, OperatorId } from '../model/ids.ts'
import { frameRecordsMax } from '../model/limits.ts'
import type { Operator, Receive } from '../operators/operator.ts'

export interface SinkBatch {
  readonly kind: 'batch'
  readonly values: unknown[]
  length: number
}
export type SinkItem = SinkBatch | { readonly kind: 'barrier'; readonly epoch: Epoch }

const newBatch = (): SinkBatch => ({ kind: 'batch', values: new Array(frameRecordsMax), length: 0 })

export class SinkBuffer implements Operator {
  readonly id: OperatorId
  readonly inputs: readonly Receive[]
  readonly #queue: SinkItem[] = []
  #filling = newBatch()
  #spare: SinkBatch | undefined
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
    this.#queue.push(this.#filling)
    this.records += this.#filling.length
    this.#filling = this.#spare ?? newBatch()
    this.#spare = undefined
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

  /** Gives back a batch that has been written. */
  release(batch: SinkBatch): void {
    batch.values.fill(undefined, 0, batch.length)
    batch.length = 0
    this.#spare = batch
  }

  get empty(): boolean {
    return this.#queue.length === 0 && this.#filling.length === 0
  }
}
