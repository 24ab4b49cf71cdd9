// How far each key group had advanced before a restore: behind a change of parallelism some groups are ahead of the subtask's watermark,
// and what is up to their own time is late for them.
//
// It owns the floors of one operator. Where nothing was restored, or the watermark has caught up, `max` is not above the watermark, and
// nobody needs to look further.

import { watermarkMax, watermarkMin } from '../model/elements.ts'
import { keyGroupOf, subtaskOfGroup } from '../model/key.ts'
import type { KeyContext, OperatorContext } from './operator.ts'

export class GroupFloors {
  /** The greatest floor; -Infinity = there are none. */
  max = watermarkMin
  /** The least floor of the operator's own groups; -Infinity = one of them has none. */
  min = watermarkMax
  readonly #floors: Float64Array

  constructor(context: Pick<OperatorContext, 'maxParallelism' | 'parallelism' | 'subtask' | 'groupFloor'>) {
    const { maxParallelism, parallelism, subtask } = context
    this.#floors = new Float64Array(maxParallelism).fill(watermarkMin)
    for (let group = 0; group < maxParallelism; group++) {
      if (subtaskOfGroup(group, maxParallelism, parallelism) !== subtask) continue
      const floor = context.groupFloor(group)
      this.#floors[group] = floor
      this.max = Math.max(this.max, floor)
      this.min = Math.min(this.min, floor)
    }
    if (this.max === watermarkMin) this.min = watermarkMin
  }

  of(group: number): number {
    return this.#floors[group]!
  }

  /** Event time of the key in hand: its group's floor or the watermark, whichever is greater. */
  reached(watermark: number, keys: KeyContext): number {
    if (this.max <= watermark) return watermark
    if (keys.group < 0) keys.group = keyGroupOf(keys.key, this.#floors.length)
    return Math.max(watermark, this.#floors[keys.group]!)
  }
}
