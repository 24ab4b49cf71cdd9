// What an async operator keeps in checkpoints: the records in its queue, with time and key, and the watermark that it has let out.
//
// Calls are not kept: after a restore every record of the queue is called again, before new input. Records are immutable and a queue is
// short, so a cut takes a list of them at once and writes it out later. Watermarks in the queue are dropped: the subtask sends its own
// again, behind the records. The one already let out is kept, because what is behind this operator may rely on it; of several the least
// counts, because records of any old subtask may come to any new one.

import type { OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { keyGroupOf } from '../model/key.ts'
import type { Cut, KeyedPart, OperatorPart } from '../state/part.ts'
import type { QueuedRecord, ResultQueue } from './async-queue.ts'
import { stateMismatch } from './state-mismatch.ts'

export interface QueueState {
  /** Records that were restored, in the order in which they are called again. */
  takeRestored(): QueuedRecord[]
}

/** A stored record: value and event time. The place in the queue is the namespace. */
type Stored = readonly [value: unknown, time: number]

/** Where the chain is keyed: records move with their key group, and those of one key keep their order. */
export class KeyedQueueState implements QueueState, KeyedPart {
  readonly name = 'queue'
  readonly version = 1
  readonly #operator: OperatorId
  readonly #queue: ResultQueue
  readonly #maxParallelism: number
  #cut: Cut | undefined
  #frozen: QueuedRecord[] = []
  #copied = 0
  #restored: { readonly place: number; readonly record: QueuedRecord }[] = []

  constructor(operator: OperatorId, queue: ResultQueue, maxParallelism: number) {
    this.#operator = operator
    this.#queue = queue
    this.#maxParallelism = maxParallelism
  }

  begin(cut: Cut): void {
    this.#cut = cut
    this.#frozen = this.#queue.records()
    this.#copied = 0
  }

  copy(budget: number): boolean {
    const end = Math.min(this.#frozen.length, this.#copied + budget)
    for (; this.#copied < end; this.#copied++) {
      const { key, group, input, time } = this.#frozen[this.#copied]!
      const stored: Stored = [input, time]
      this.#cut!.append(group < 0 ? keyGroupOf(key, this.#maxParallelism) : group, key, this.#copied, stored)
    }
    if (end < this.#frozen.length) return false
    this.abandon()
    return true
  }

  abandon(): void {
    this.#cut = undefined
    this.#frozen = []
  }

  restore(group: number, key: Key, namespace: unknown, value: unknown, version: number): void {
    if (version !== this.version) throw stateMismatch(this.#operator, this.name, version, this.version)
    const [input, time] = value as Stored
    this.#restored.push({ place: namespace as number, record: { input, time, key, group } })
  }

  takeRestored(): QueuedRecord[] {
    const restored = this.#restored.sort((a, b) => a.place - b.place)
    this.#restored = []
    return restored.map(({ record }) => record)
  }
}

/** Where it is not keyed: records are dealt over the new subtasks in their order. */
export class DealtQueueState implements QueueState, OperatorPart {
  readonly name = 'queue'
  readonly version = 1
  readonly redistribution = 'deal'
  readonly #operator: OperatorId
  readonly #queue: ResultQueue
  #restored: QueuedRecord[] = []

  constructor(operator: OperatorId, queue: ResultQueue) {
    this.#operator = operator
    this.#queue = queue
  }

  collect(): readonly Stored[] {
    return this.#queue.records().map(({ input, time }) => [input, time])
  }

  restore(items: readonly unknown[], version: number): void {
    if (version !== this.version) throw stateMismatch(this.#operator, this.name, version, this.version)
    for (const [input, time] of items as readonly Stored[]) this.#restored.push({ input, time, key: '', group: -1 })
  }

  takeRestored(): QueuedRecord[] {
    const restored = this.#restored
    this.#restored = []
    return restored
  }
}

/** The watermark that has left the operator; after a restore the least of all old subtasks. */
export class OutputWatermark implements OperatorPart {
  readonly name = 'output-watermark'
  readonly version = 1
  readonly redistribution = 'union'
  readonly #operator: OperatorId
  time = Number.NEGATIVE_INFINITY
  #least = Number.POSITIVE_INFINITY

  constructor(operator: OperatorId) {
    this.#operator = operator
  }

  collect(): readonly number[] {
    return [this.time]
  }

  restore(items: readonly unknown[], version: number): void {
    if (version !== this.version) throw stateMismatch(this.#operator, this.name, version, this.version)
    this.#least = Math.min(this.#least, ...(items as readonly number[]))
  }

  /** The least restored one; -Infinity when there is none. */
  get restored(): number {
    return this.#least === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : this.#least
  }
}
