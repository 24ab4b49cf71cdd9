// What can be refused before a job runs: each problem is a sentence that names the operator and what to do.
//
// `checkNode` looks at one node and those before it, so that the builder can refuse it in the author's line. `checkGraph` looks at the
// whole; it is asked when the job is planned, and lists every problem that it finds.

import { MillraceError } from '../model/errors.ts'
import { maxParallelismMax } from '../model/limits.ts'
import { deadLettersKind, type LogicalGraph, type LogicalNode, nodeName, reachableFrom } from './logical.ts'

/** Problems of a node as it is added behind `before`. */
export function checkNode(before: readonly LogicalNode[], node: LogicalNode): string[] {
  return [...checkId(before, node), ...checkInputs(before, node), ...checkTime(before, node)]
}

function checkId(before: readonly LogicalNode[], node: LogicalNode): string[] {
  const other = before.find(({ id }) => id === node.id)
  if (other === undefined) return []
  return [
    `${nodeName(other)} and ${nodeName(node)} have the same id: it names state, metrics and errors, so it must be unique in the job; rename one`,
  ]
}

function checkInputs(before: readonly LogicalNode[], node: LogicalNode): string[] {
  return node.inputs.flatMap(({ node: from }) => {
    const source = before[from]
    if (source === undefined) return [`${nodeName(node)} reads from operator ${from}, which does not stand before it: a job has no cycles`]
    if (source.isSink) return [`${nodeName(node)} reads from ${nodeName(source)}: nothing comes out of a sink`]
    return []
  })
}

function checkTime(before: readonly LogicalNode[], node: LogicalNode): string[] {
  if (node.time !== 'needs') return []
  const blind = sourcesWithoutTime(before, node)
  if (blind.length === 0) return []
  const names = blind.map(nodeName).join(' and ')
  return [
    `${nodeName(node)} works on event time, but ${names} gives none: add { timestamp: e => … } to the source, or { time: 'processing' } to the window`,
  ]
}

/** Sources without event time whose records reach the node; a broadcast side does not count, it holds no event time back. */
function sourcesWithoutTime(before: readonly LogicalNode[], node: LogicalNode): LogicalNode[] {
  const seen = new Set<number>()
  const walk = ({ inputs }: LogicalNode): LogicalNode[] =>
    inputs.flatMap((input) => {
      const from = before[input.node]
      if (from === undefined || input.partition === 'broadcast' || seen.has(input.node)) return []
      seen.add(input.node)
      return from.time === undefined ? [from] : walk(from)
    })
  return walk(node)
}

export function checkParallelism(parallelism: number, maxParallelism: number, whose: string): string[] {
  if (!Number.isSafeInteger(parallelism) || parallelism < 1)
    return [`parallelism of ${whose} is ${parallelism}: it must be a whole number from 1 on`]
  if (parallelism <= maxParallelism) return []
  return [
    `parallelism of ${whose} is ${parallelism}, more than the ${maxParallelism} key groups of the job: lower it, or raise maxParallelism before the job has state`,
  ]
}

function checkMaxParallelism(maxParallelism: number): string[] {
  if (Number.isSafeInteger(maxParallelism) && maxParallelism >= 1 && maxParallelism <= maxParallelismMax) return []
  return [`maxParallelism is ${maxParallelism}: it must be a whole number from 1 to ${maxParallelismMax}`]
}

/**
 * Refuses a job that cannot run.
 * @throws JOB_INVALID with all problems, a line each
 */
export function checkGraph(graph: LogicalGraph): void {
  const { nodes, maxParallelism } = graph
  const problems = [
    ...checkMaxParallelism(maxParallelism),
    ...checkParallelism(graph.parallelism, maxParallelism, 'the job'),
    ...nodes.flatMap((node, index) => checkNode(nodes.slice(0, index), node)),
    ...nodes.flatMap((node) => (node.parallelism === undefined ? [] : checkParallelism(node.parallelism, maxParallelism, nodeName(node)))),
    ...(nodes.some(({ isSource }) => isSource) ? [] : ['it has no source: begin with job.source(id, …)']),
    ...nodes.flatMap((node) => checkRead(nodes, node)),
    ...checkDeadLetters(nodes),
  ]
  const [first] = problems
  if (first === undefined) return
  const text = problems.length === 1 ? first : `${problems.length} problems\n${problems.map((problem) => `- ${problem}`).join('\n')}`
  throw new MillraceError('JOB_INVALID', `job ${JSON.stringify(graph.job)}: ${text}`)
}

/** A branch ends in a sink; a side output may stay unread. */
function checkRead(nodes: readonly LogicalNode[], node: LogicalNode): string[] {
  if (node.gives === 'nothing') return []
  const outputs = nodes.flatMap(({ inputs }) => inputs.flatMap((input) => (input.node === node.index ? [input.output] : [])))
  if (node.gives === 'main') {
    return outputs.includes('') ? [] : [`nothing reads ${nodeName(node)}: end the branch with .to(id, sink), or remove it`]
  }
  return outputs.length > 0 ? [] : [`nothing reads any output of ${nodeName(node)}: end one of them with .to(id, sink), or remove it`]
}

/** Whether a record can fail in user code there, and so become a dead letter. */
export const runsUserCode = ({ kind, isSource, isSink }: LogicalNode): boolean =>
  !isSource && !isSink && !['union', 'rebalance', deadLettersKind].includes(kind)

function checkDeadLetters(nodes: readonly LogicalNode[]): string[] {
  const reader = nodes.find(({ kind }) => kind === deadLettersKind)
  if (reader === undefined) return []
  const behind = reachableFrom(nodes, [reader.index])
  if (nodes.some((node) => runsUserCode(node) && !behind[node.index])) return []
  return [`deadLetters() is read, but the job has no operator whose records it could take: remove it`]
}
