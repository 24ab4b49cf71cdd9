// Batches that one holder fills again and again: emptied when they come back, a few kept, the others left to the collector.

import { type Batch, clearBatch, createBatch } from '../model/batch.ts'

const spareMax = 6

export class BatchPool {
  readonly #spare: Batch[] = []

  /** An empty batch. */
  take(): Batch {
    return this.#spare.pop() ?? createBatch()
  }

  /** Nobody reads the batch any more. */
  release(batch: Batch): void {
    if (this.#spare.length >= spareMax) return
    clearBatch(batch)
    this.#spare.push(batch)
  }
}
