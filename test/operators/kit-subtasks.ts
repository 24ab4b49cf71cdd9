// Several subtasks of one keyed operator, each in a kit, that can be restored from their snapshots in another number.

import type { Key } from '../../src/model/key.ts'
import { keyGroupOf, subtaskOfGroup } from '../../src/model/key.ts'
import type { Operator } from '../../src/operators/operator.ts'
import { type KitOptions, OperatorKit } from '../../src/sim/operator-kit.ts'

export class KitSubtasks {
  kits: readonly OperatorKit[]
  readonly #create: () => Operator
  readonly #options: KitOptions & { readonly maxParallelism: number }
  readonly #output: { readonly value: unknown; readonly time: number }[] = []

  constructor(create: () => Operator, options: KitOptions & { readonly maxParallelism: number }) {
    this.#create = create
    this.#options = options
    this.kits = [new OperatorKit(create, options)]
  }

  ofKey(key: Key): OperatorKit {
    const { maxParallelism } = this.#options
    return this.kits[subtaskOfGroup(keyGroupOf(key, maxParallelism), maxParallelism, this.kits.length)]!
  }

  /** All records that have come out, of subtasks that are gone too. */
  get output(): readonly { readonly value: unknown; readonly time: number }[] {
    this.#drain()
    return this.#output
  }

  /** Every subtask is thrown away; `parallelism` new ones go on from their snapshots. */
  rescale(parallelism: number): void {
    const snapshots = this.kits.map((kit) => kit.snapshot())
    this.#drain()
    this.kits = Array.from({ length: parallelism }, (_, subtask) => {
      const kit = new OperatorKit(this.#create, { ...this.#options, subtask, parallelism })
      return kit.restore(snapshots, { subtask, parallelism })
    })
  }

  #drain(): void {
    for (const kit of this.kits) for (const emitted of kit.take()) if ('value' in emitted) this.#output.push(emitted)
  }
}
