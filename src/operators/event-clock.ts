// Which event time a keyed operator has reached: the watermark, or what the key's group had reached before a restore, if that is more.
//
// After a restore at another parallelism a group may be ahead of the subtask for a while. Asking for the group of every key would cost a
// hash, so it is asked only while the watermark is behind the furthest group.

import { keyGroupOf } from '../model/key.ts'
import type { OperatorContext } from './operator.ts'

export class EventClock {
  readonly #context: OperatorContext
  /** The furthest group. */
  #floor = Number.NEGATIVE_INFINITY

  constructor(context: OperatorContext) {
    this.#context = context
  }

  restored(): void {
    for (let group = 0; group < this.#context.maxParallelism; group++) this.#floor = Math.max(this.#floor, this.#context.groupFloor(group))
  }

  /** For the key in hand. */
  get watermark(): number {
    const { watermark } = this.#context.progress
    return watermark >= this.#floor ? watermark : Math.max(watermark, this.#ofGroup())
  }

  #ofGroup(): number {
    const { keys, maxParallelism } = this.#context
    if (keys!.group < 0) keys!.group = keyGroupOf(keys!.key, maxParallelism)
    return this.#context.groupFloor(keys!.group)
  }
}
