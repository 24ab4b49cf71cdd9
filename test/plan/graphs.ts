// Logical graphs for the tests of the plan, written as short as they can be: one call a node.

import type { OperatorId } from '../../src/model/ids.ts'
import type { Partition } from '../../src/model/plan.ts'
import type { LogicalGraph, LogicalInput, LogicalNode } from '../../src/plan/logical.ts'

export interface Input {
  readonly from: number
  readonly output?: string
  readonly partition?: Partition
  readonly input?: number
}

export class GraphDraft {
  readonly nodes: LogicalNode[] = []
  readonly #options: { readonly parallelism: number; readonly maxParallelism: number }

  constructor(options: { parallelism?: number; maxParallelism?: number } = {}) {
    this.#options = { parallelism: options.parallelism ?? 1, maxParallelism: options.maxParallelism ?? 128 }
  }

  /** Adds a node that reads `from` (indices, or inputs spelled out); gives its index. */
  add(kind: string, id: string, from: readonly (number | Input)[] = [], fields: Partial<LogicalNode> = {}): number {
    const index = this.nodes.length
    const isSource = kind === 'source'
    const isSink = kind === 'sink'
    this.nodes.push({
      index,
      id: id as OperatorId,
      kind,
      label: '',
      inputs: from.map((input) => inputOf(typeof input === 'number' ? { from: input } : input)),
      parallelism: undefined,
      stateful: false,
      notes: [],
      isSource,
      isSink,
      gives: isSink ? 'nothing' : 'main',
      time: isSource ? 'gives' : 'keeps',
      holdsWatermarks: false,
      firesOnWatermark: false,
      combines: false,
      pinned: false,
      ...fields,
    })
    return index
  }

  get graph(): LogicalGraph {
    return { job: 'test', nodes: this.nodes, ...this.#options }
  }
}

const inputOf = ({ from, output = '', partition = 'forward', input = 0 }: Input): LogicalInput => ({ node: from, output, partition, input })

/** source → keyBy → (hash) window → sink. */
export function windowJob(parallelism: number): GraphDraft {
  const draft = new GraphDraft({ parallelism })
  const source = draft.add('source', 'clicks')
  const keyed = draft.add('keyBy', 'keyBy-1', [source])
  const window = draft.add('window', 'views', [{ from: keyed, partition: 'hash' }], {
    label: 'tumbling 1 min',
    stateful: true,
    time: 'needs',
    firesOnWatermark: true,
  })
  draft.add('sink', 'out', [window])
  return draft
}
