// Logical graph → physical plan: parallelism, chains, edges, regions, channels, fingerprint. Pure: the same graph gives the same plan in
// every process.
//
// Invariants:
// 1. A chain is a tree in depth-first order; its root is a source or reads from edges, and only a root does.
// 2. An operator joins the chain of the one it reads if that is its only input and no record would change subtask: a forward edge between
//    equal parallelisms, or any edge between one subtask and one.
// 3. Nothing that fires without bound on a watermark hangs below an operator that holds watermarks: it could not be interrupted there.
// 4. A forward edge between different parallelisms becomes a rebalance.
// 5. Vertices stand in topological order.
// 6. Where records go to a window by hash, the senders fold them first if it can take that.
// 7. A pinned operator has a chain of its own: it cannot go where the others may.

import { type VertexId, vertexId } from '../model/ids.ts'
import { hashKey } from '../model/key.ts'
import type { Partition, Plan, PlanEdge, PlanOperator, PlanVertex } from '../model/plan.ts'
import { deadLettersKind, type LogicalGraph, type LogicalInput, type LogicalNode, reachableFrom } from './logical.ts'
import { regionsOf } from './regions.ts'
import { checkGraph, runsUserCode } from './validate.ts'

/** Side output of a chain's root that takes the records which its operators could not process. */
const deadLetterOutput = 'dead-letters'

/**
 * Plans a job.
 * @throws JOB_INVALID for a graph that cannot run
 */
export function planOf(graph: LogicalGraph): Plan {
  checkGraph(graph)
  const { nodes, job, maxParallelism } = graph
  const parallelisms = parallelismOf(graph)
  const parents = parentsOf(nodes, parallelisms)
  const chains = inTopologicalOrder(nodes, chainsOf(nodes, parents))
  const vertexOf = new Map(chains.flatMap((chain, vertex) => chain.map((node) => [node, vertexId(vertex)])))
  const wired = chains.flatMap((chain, vertex) => [
    ...nodes[chain[0]!]!.inputs.map((input) => {
      const from = vertexOf.get(input.node)!
      const operator = chains[from]!.indexOf(input.node)
      const partition = spread(input.partition, parallelisms[input.node]!, parallelisms[chain[0]!]!)
      const edge = { from, operator, output: input.output, to: vertexId(vertex), input: input.input, partition }
      return partition === 'hash' && combines(nodes, nodes[chain[0]!]!) ? { ...edge, combines: nodes[chain[0]!]!.id } : edge
    }),
    ...(nodes[chain[0]!]!.kind === deadLettersKind ? deadLetterEdges(nodes, chains, vertexId(vertex)) : []),
  ])
  const regions = regionsOf(
    chains.length,
    wired.map(({ from, to }) => ({ from, to, blocking: false })),
  )
  const vertices = chains.map(
    (chain, vertex): PlanVertex => ({
      id: vertexId(vertex),
      operators: chain.map((node) => operatorOf(nodes[node]!, chain, parents)),
      parallelism: parallelisms[chain[0]!]!,
      region: regions[vertex]!,
      ...(nodes[chain[0]!]!.pinned ? { pinned: true as const } : {}),
    }),
  )
  const edges = numbered(wired, vertices)
  return { job, maxParallelism, vertices, edges, fingerprint: fingerprintOf({ job, maxParallelism, vertices, edges }) }
}

/** What each node runs at: as asked; else with its input, so that records keep their order; else, where they are spread anew, with the job. */
function parallelismOf({ nodes, parallelism }: LogicalGraph): number[] {
  const all: number[] = []
  for (const node of nodes) {
    const read = node.inputs.filter(({ partition }) => partition !== 'broadcast')
    const [first] = read
    const follows = first !== undefined && read.every((input) => input.partition === 'forward' && all[input.node] === all[first.node])
    all.push(node.parallelism ?? (node.kind === deadLettersKind ? 1 : follows ? all[first.node]! : parallelism))
  }
  return all
}

/** The node whose chain each node joins, or -1 where it begins one. */
function parentsOf(nodes: readonly LogicalNode[], parallelisms: readonly number[]): number[] {
  const held: boolean[] = []
  return nodes.map((node) => {
    const [input] = node.inputs
    const above = input !== undefined && (held[input.node] === true || nodes[input.node]!.holdsWatermarks)
    const joins =
      input !== undefined &&
      node.inputs.length === 1 &&
      staysPut(input, node, parallelisms) &&
      !(above && node.firesOnWatermark) &&
      !node.pinned &&
      !nodes[input.node]!.pinned
    held.push(joins && above)
    return joins ? input.node : -1
  })
}

function staysPut(input: LogicalInput, node: LogicalNode, parallelisms: readonly number[]): boolean {
  const from = parallelisms[input.node]!
  const to = parallelisms[node.index]!
  return from === to && (input.partition === 'forward' || from === 1)
}

/** Node indices of each chain, depth first. */
function chainsOf(nodes: readonly LogicalNode[], parents: readonly number[]): number[][] {
  const children = nodes.map((): number[] => [])
  for (const [node, parent] of parents.entries()) if (parent >= 0) children[parent]!.push(node)
  const collect = (root: number): number[] => {
    const chain: number[] = []
    const open = [root]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      chain.push(node)
      open.push(...children[node]!.toReversed())
    }
    return chain
  }
  return nodes.flatMap(({ index }) => (parents[index] === -1 ? [collect(index)] : []))
}

/** Chains in the order of definition, but for those behind dead letters, which come last. */
function inTopologicalOrder(nodes: readonly LogicalNode[], chains: readonly number[][]): number[][] {
  const behind = behindDeadLetters(nodes)
  return [...chains.filter(([root]) => !behind[root!]), ...chains.filter(([root]) => behind[root!])]
}

const behindDeadLetters = (nodes: readonly LogicalNode[]): boolean[] =>
  reachableFrom(
    nodes,
    nodes.flatMap(({ kind, index }) => (kind === deadLettersKind ? [index] : [])),
  )

/** One edge from the root of each chain that runs user code and does not itself depend on dead letters. */
function deadLetterEdges(
  nodes: readonly LogicalNode[],
  chains: readonly number[][],
  to: VertexId,
): Omit<PlanEdge, 'index' | 'firstChannel'>[] {
  const behind = behindDeadLetters(nodes)
  return chains.flatMap((chain, vertex) => {
    if (behind[chain[0]!] || !chain.some((node) => runsUserCode(nodes[node]!))) return []
    return [{ from: vertexId(vertex), operator: 0, output: deadLetterOutput, to, input: 0, partition: 'rebalance' as const }]
  })
}

const combines = (nodes: readonly LogicalNode[], node: LogicalNode): boolean =>
  node.combines && !nodes.some(({ inputs }) => inputs.some((input) => input.node === node.index && input.output !== ''))

const spread = (partition: Partition, from: number, to: number): Partition =>
  partition === 'forward' && from !== to ? 'rebalance' : partition

function operatorOf(node: LogicalNode, chain: readonly number[], parents: readonly number[]): PlanOperator {
  const { id, kind, label, stateful, notes, index } = node
  const parent = parents[index]!
  return {
    id,
    kind,
    parent: parent < 0 ? -1 : chain.indexOf(parent),
    output: parent < 0 ? '' : node.inputs[0]!.output,
    stateful,
    notes: label === '' ? notes : [label, ...notes],
  }
}

function numbered(wired: readonly Omit<PlanEdge, 'index' | 'firstChannel'>[], vertices: readonly PlanVertex[]): PlanEdge[] {
  let firstChannel = 0
  return wired.map((edge, index) => {
    const numberedEdge = { index, ...edge, firstChannel }
    firstChannel += vertices[edge.from]!.parallelism * vertices[edge.to]!.parallelism
    return numberedEdge
  })
}

/** 16 hexadecimal digits: two murmur3-32 hashes of the plan's JSON. */
function fingerprintOf(plan: Omit<Plan, 'fingerprint'>): string {
  const text = JSON.stringify(plan)
  return [hashKey(`1${text}`), hashKey(`2${text}`)].map((hash) => hash.toString(16).padStart(8, '0')).join('')
}
