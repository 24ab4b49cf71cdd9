// How far event time had come for each key group of each operator before a restore.
//
// After a restore at another parallelism a subtask's watermark may be behind what some of its key groups have seen: up to its floor a
// group's windows have fired and its records are late. Operators that were in different subtasks, and are now in one chain, had come to
// different times; so floors belong to operators, as state does.

import { watermarkMin } from '../model/elements.ts'
import type { OperatorId } from '../model/ids.ts'

export class Floors {
  readonly #byOperator = new Map<OperatorId, Map<number, number>>()

  of(operator: OperatorId, group: number): number {
    return this.#byOperator.get(operator)?.get(group) ?? watermarkMin
  }

  raise(operator: OperatorId, group: number, time: number): void {
    if (time <= this.of(operator, group)) return
    const groups = this.#byOperator.get(operator) ?? new Map<number, number>()
    this.#byOperator.set(operator, groups.set(group, time))
  }

  /** Groups that are ahead of `time`, with their floors. */
  above(operator: OperatorId, time: number): [group: number, floor: number][] {
    return [...(this.#byOperator.get(operator) ?? [])].filter(([, floor]) => floor > time)
  }
}
