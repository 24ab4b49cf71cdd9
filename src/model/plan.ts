// The physical plan: what is deployed. Plain data, so that workers can compare it and the command line can draw it; the functions of the
// job stay in the job's own module and are found again by operator id.

import type { ChannelId, OperatorId, VertexId } from './ids.ts'

/** How records are spread over the subtasks of the next vertex. */
export type Partition = 'forward' | 'hash' | 'rebalance' | 'broadcast'

export interface PlanOperator {
  readonly id: OperatorId
  /** What it is, in a word of the API: source, map, window, sink … */
  readonly kind: string
  /** Index in the same vertex of the operator that feeds it, or -1 for the root. */
  readonly parent: number
  /** Which output of the parent feeds it: '' is the main one. */
  readonly output: string
  /** Whether it keeps something in checkpoints. */
  readonly stateful: boolean
  /** Notes for the reader of a plan, such as what an overlapping window without merge costs. */
  readonly notes: readonly string[]
}

/** A chain of operators that run in one subtask, as a tree in depth-first order: a parent stands before its children. */
export interface PlanVertex {
  readonly id: VertexId
  readonly operators: readonly PlanOperator[]
  readonly parallelism: number
  /** Vertices that fail and recover together. */
  readonly region: number
  /** Its source or sink belongs to the memory of the process that started the job, so no thread can run it. */
  readonly pinned?: true
}

export interface PlanEdge {
  readonly index: number
  readonly from: VertexId
  /** Index in `from` of the operator whose output this is, and which of its outputs. */
  readonly operator: number
  readonly output: string
  readonly to: VertexId
  /** Which input of the receiving root operator: unions share one, joins have two. */
  readonly input: number
  readonly partition: Partition
  /** The window at its end, where records for it are folded by key and slice before they are sent. */
  readonly combines?: OperatorId
  /** Channels of an edge are numbered from here: firstChannel + fromIndex × (to's parallelism) + toIndex. */
  readonly firstChannel: number
}

export interface Plan {
  readonly job: string
  readonly maxParallelism: number
  readonly vertices: readonly PlanVertex[]
  readonly edges: readonly PlanEdge[]
  /** Hash of everything above: workers of one attempt must agree on it. */
  readonly fingerprint: string
}

/** The channel of an edge between two subtasks; on a forward edge only equal indices have one. */
export function channelOf(plan: Plan, edge: PlanEdge, fromIndex: number, toIndex: number): ChannelId {
  return (edge.firstChannel + fromIndex * plan.vertices[edge.to]!.parallelism + toIndex) as ChannelId
}

/** Indices of the receiving subtasks that a sending one has a channel to. */
export function receiversOf(plan: Plan, edge: PlanEdge, fromIndex: number): readonly number[] {
  if (edge.partition === 'forward') return [fromIndex]
  return Array.from({ length: plan.vertices[edge.to]!.parallelism }, (_, index) => index)
}

/** Indices of the sending subtasks that a receiving one has a channel from. */
export function sendersOf(plan: Plan, edge: PlanEdge, toIndex: number): readonly number[] {
  if (edge.partition === 'forward') return [toIndex]
  return Array.from({ length: plan.vertices[edge.from]!.parallelism }, (_, index) => index)
}
