// The logical graph: a job as its author wrote it, one node an operator, before anything is said about subtasks.
//
// Plain data in the order of definition: a node reads only from nodes that stand before it. The functions of the job are not here; they
// are found by operator id. `dead-letters` is the one node without inputs that is no source: the physical plan feeds it.

import type { OperatorId } from '../model/ids.ts'
import type { Partition } from '../model/plan.ts'

export interface LogicalInput {
  /** Index of the node that is read. */
  readonly node: number
  /** Which of its outputs: '' is the main one. */
  readonly output: string
  /** `forward` stays in the subtask where it can; the others say how records must be spread. */
  readonly partition: Partition
  /** Which input of the reading node: unions share one, joins have two. */
  readonly input: number
}

export interface LogicalNode {
  readonly index: number
  readonly id: OperatorId
  /** What it is, in a word of the API: source, map, window, sink … */
  readonly kind: string
  /** Its settings, for people and for workers to compare: 'tumbling windows of 1 min'. '' where there are none. */
  readonly label: string
  readonly inputs: readonly LogicalInput[]
  /** As asked for by the author; undefined = that of its input, or of the job where records are spread anew. */
  readonly parallelism: number | undefined
  /** Whether it keeps something in checkpoints. */
  readonly stateful: boolean
  readonly notes: readonly string[]
  readonly isSource: boolean
  readonly isSink: boolean
  /** What somebody has to read: its main output, at least one side output, or nothing because the branch ends here. */
  readonly gives: 'main' | 'sides' | 'nothing'
  /** Event time: a source gives it, some operators cannot work without it, the others pass it on. Undefined: a source without it. */
  readonly time: 'gives' | 'needs' | 'keeps' | undefined
  /** Watermarks wait in it for its records (async operators). */
  readonly holdsWatermarks: boolean
  /** A watermark may make it emit without bound (windows, timers, joins). */
  readonly firesOnWatermark: boolean
  /** Its records may be folded where they are sent, unless somebody reads one of its side outputs: late records must come out as they are. */
  readonly combines: boolean
  /** A source or sink that belongs to the memory of the process that started the job: where there are threads, it has a chain of its own. */
  readonly pinned: boolean
}

export interface LogicalGraph {
  readonly job: string
  readonly nodes: readonly LogicalNode[]
  /** Of every operator that does not say otherwise. */
  readonly parallelism: number
  readonly maxParallelism: number
}

export const deadLettersKind = 'dead-letters'

/** How messages name a node: `window "views"`. */
export const nodeName = (node: Pick<LogicalNode, 'kind' | 'id'>): string => `${node.kind} ${JSON.stringify(node.id)}`

/** For each node, whether it can be reached from one of `starts` (which are themselves reached). */
export function reachableFrom(nodes: readonly LogicalNode[], starts: readonly number[]): boolean[] {
  const reached = nodes.map(({ index }) => starts.includes(index))
  for (const { index, inputs } of nodes) if (inputs.some(({ node }) => reached[node])) reached[index] = true
  return reached
}
