// A chain: the operators of one vertex, wired into a tree inside one subtask.
//
// It owns the wiring and the order in which control passes through the tree; it knows no channels (it writes to edge writers that it is
// given) and no I/O. Records are pushed from operator to operator by plain calls. Watermarks, barriers and the end go through the
// operators in depth-first order, parents before children; only then to the edges. An operator that holds watermarks (async) cuts the
// tree into segments: what hangs below it gets its watermarks from it, not from the root.

import type { DeadLetter } from '../model/dead-letter.ts'
import { type Control, endControl } from '../model/elements.ts'
import { assert } from '../model/errors.ts'
import type { Epoch, OperatorId } from '../model/ids.ts'
import type { PlanEdge, PlanVertex } from '../model/plan.ts'
import type { OperatorDefinitions, StepDefinition } from '../operators/definition.ts'
import type {
  AsyncCalls,
  HoldsWatermarks,
  KeyContext,
  Operator,
  OperatorContext,
  Progress,
  Receive,
  ReceivePartial,
} from '../operators/operator.ts'
import type { KeyedPart, OperatorPart } from '../state/part.ts'
import { Combiner } from './combiner.ts'
import type { EdgeWriter } from './edge-writer.ts'
import { type FusedStep, fuse } from './fuse.ts'
import { SinkBuffer } from './sink-buffer.ts'

/** What the chain needs of the subtask around it. */
export interface ChainHost {
  readonly subtask: number
  readonly maxParallelism: number
  groupFloor(operator: OperatorId, group: number): number
  edgeWriter(edge: PlanEdge, keys: KeyContext | undefined): EdgeWriter
  calls(operator: number): AsyncCalls
  count(operator: OperatorId, name: string, n: number): void
  userError(operator: OperatorId, thrown: unknown, value: unknown, time: number, keys: KeyContext | undefined): Error
  /** Puts a check for records to be diverted in front of an operator; the function itself when there are none. */
  guard(operators: readonly OperatorId[], keys: KeyContext | undefined, receive: Receive, deadLetter: Receive): Receive
  /** Test mode: freezes a value. What is emitted is then frozen at every step, so steps are not fused. */
  readonly freeze: ((value: unknown) => void) | undefined
  /** Freezes what is emitted, in test mode; otherwise the function itself. */
  emitted(receive: Receive): Receive
}

export interface ChainNode {
  readonly index: number
  readonly id: OperatorId
  readonly kind: string
  readonly operator: (Operator & Partial<HoldsWatermarks>) | undefined
  readonly parts: { readonly keyed: KeyedPart[]; readonly operator: OperatorPart[] }
}

/** Side output of a chain's root for records that are kept from its operators. */
const deadLetterOutput = 'dead-letters'

export class Chain {
  readonly nodes: readonly ChainNode[]
  /** Input functions of the root operator; of a source, the one that its records go to. */
  readonly inputs: readonly Receive[]
  /** Takes partials for the root operator; undefined where it takes none. */
  readonly partial: ReceivePartial | undefined
  /** Set from the batch in hand where the vertex's input is keyed. */
  readonly keys: KeyContext
  readonly sinks: readonly SinkBuffer[]
  /** Of its edges that fold records before they send them. */
  readonly combiners: Combiner[] = []
  readonly #vertex: PlanVertex
  readonly #edges: readonly PlanEdge[]
  readonly #definitions: OperatorDefinitions
  readonly #host: ChainHost
  readonly #writers: EdgeWriter[] = []
  readonly #inputKeys: KeyContext | undefined
  /** Index of the nearest holder above each node, -1 = the root segment. */
  readonly #segment: number[] = []
  readonly #segments = new Map<number, Segment>()
  /** Of all segments. */
  readonly #progress: Progress[] = []
  readonly #contexts: (KeyContext | undefined)[] = []
  readonly #timed: Operator[] = []
  /** Of these, those that wait for calls. */
  readonly #calling: Operator[] = []
  readonly #gates: Operator[] = []
  #endCursor = 0

  constructor(vertex: PlanVertex, edges: readonly PlanEdge[], definitions: OperatorDefinitions, keyedInput: boolean, host: ChainHost) {
    this.#vertex = vertex
    this.#edges = edges
    this.#definitions = definitions
    this.#host = host
    this.keys = { key: '', group: -1 }
    this.#inputKeys = keyedInput ? this.keys : undefined
    this.nodes = vertex.operators.map((planned, index) => this.#createNode(planned.id, planned.kind, index))
    for (const node of this.nodes) this.#place(node)
    for (const edge of edges) this.#writers.push(this.#edgeWriter(edge))
    // Children first: a parent's output is made of its children's inputs.
    for (const node of [...this.nodes].reverse()) this.#open(node)
    this.sinks = this.nodes.flatMap(({ operator }) => (operator instanceof SinkBuffer ? [operator] : []))
    for (const { operator } of this.nodes) {
      if (operator?.ready !== undefined) this.#gates.push(operator)
      if (operator?.onTime === undefined) continue
      this.#timed.push(operator)
      if (operator.holdWatermarks !== undefined) this.#calling.push(operator)
    }
    const root = this.nodes[0]
    assert(root !== undefined, () => `vertex ${vertex.id} has no operators`)
    this.partial = root.operator?.partial
    this.inputs = root.kind === 'source' ? [host.emitted(this.output(0, ''))] : this.#rootInputs(root)
  }

  #createNode(id: OperatorId, kind: string, index: number): ChainNode {
    const definition = this.#definitions.get(id)
    const operator = kind === 'sink' ? new SinkBuffer(id) : definition?.kind === 'operator' ? definition.create(id) : undefined
    assert(operator !== undefined || definition !== undefined || kind === 'source', () => `operator ${id} has no definition`)
    return { index, id, kind, operator, parts: { keyed: [], operator: [] } }
  }

  #place(node: ChainNode): void {
    const parent = this.#vertex.operators[node.index]!.parent
    const holder = parent < 0 ? -1 : this.nodes[parent]!.operator?.holdWatermarks !== undefined ? parent : this.#segment[parent]!
    this.#segment.push(holder)
    this.#segmentOf(holder).nodes.push(node)
    this.#contexts.push(this.#definitions.get(node.id)?.kind === 'keyBy' ? { key: '', group: -1 } : this.#keysBefore(node.index))
  }

  #edgeWriter(edge: PlanEdge): EdgeWriter {
    const host = this.#host
    const keys = this.#contexts[edge.operator]
    const writer = host.edgeWriter(edge, keys)
    const { combines: window } = edge
    if (window === undefined) return writer
    const definition = this.#definitions.get(window)
    const combinable = definition?.kind === 'operator' ? definition.combinable : undefined
    assert(combinable !== undefined && keys !== undefined, () => `records of ${window} cannot be combined`)
    const combiner = new Combiner(writer, {
      ...combinable,
      keys,
      maxParallelism: host.maxParallelism,
      fails: (thrown, value, time) => host.userError(window, thrown, value, time, keys),
    })
    this.combiners.push(combiner)
    // What the window must not see is not folded either: it goes as it is, and is diverted there.
    const receive = host.guard([window], keys, combiner.receive, (letter, time) => writer.receive((letter as DeadLetter).record, time))
    return { receive, control: (control) => combiner.control(control) }
  }

  #segmentOf(holder: number): Segment {
    let segment = this.#segments.get(holder)
    if (segment === undefined) {
      segment = { progress: { watermark: Number.NEGATIVE_INFINITY, now: 0 }, nodes: [], writers: [], cursor: 0 }
      this.#segments.set(holder, segment)
      this.#progress.push(segment.progress)
    }
    return segment
  }

  #open(node: ChainNode): void {
    for (const [i, edge] of this.#edges.entries()) {
      if (edge.operator !== node.index) continue
      const holder = node.operator?.holdWatermarks !== undefined ? node.index : this.#segment[node.index]!
      this.#segmentOf(holder).writers.push(this.#writers[i]!)
    }
    const { operator } = node
    if (operator === undefined) return
    operator.open(this.#context(node))
    if (operator.holdWatermarks !== undefined) {
      const below = this.#segmentOf(node.index)
      operator.holdWatermarks((control) => passToEnd(below, control))
    }
  }

  #context(node: ChainNode): OperatorContext {
    const host = this.#host
    const keys = this.#contexts[node.index]
    const { id, index } = node
    return {
      id,
      subtask: host.subtask,
      parallelism: this.#vertex.parallelism,
      maxParallelism: host.maxParallelism,
      keys,
      progress: this.#segmentOf(this.#segment[index]!).progress,
      groupFloor: (group) => host.groupFloor(id, group),
      output: host.emitted(this.output(index, '')),
      side: (name) => host.emitted(this.output(index, name)),
      hasSide: (name) => this.#consumers(index, name).length > 0,
      keyedPart: (part) => node.parts.keyed.push(part),
      operatorPart: (part) => node.parts.operator.push(part),
      count: (name, n) => host.count(id, name, n),
      userError: (thrown, value, time) => host.userError(id, thrown, value, time, keys),
      calls: host.calls(index),
      freeze: host.freeze,
    }
  }

  /** Where records of that output go: one function for all its readers. */
  output(index: number, name: string): Receive {
    const consumers = this.#consumers(index, name)
    if (consumers.length === 1) return consumers[0]!
    if (consumers.length === 0) {
      const id = this.nodes[index]!.id
      const counter = name === '' ? 'unread' : `unread.${name}`
      return () => this.#host.count(id, counter, 1)
    }
    return (value, time) => {
      for (const consumer of consumers) consumer(value, time)
    }
  }

  #consumers(index: number, name: string): Receive[] {
    const children = this.#vertex.operators.flatMap(({ parent, output }, child) =>
      parent === index && output === name ? [this.#consumer(child)] : [],
    )
    const edges = this.#edges.flatMap(({ operator, output }, i) =>
      operator === index && output === name ? [this.#writers[i]!.receive] : [],
    )
    return [...children, ...edges]
  }

  /** Input of a node; of a step, the fused run that begins with it. */
  #consumer(index: number): Receive {
    const node = this.nodes[index]!
    if (node.operator !== undefined) {
      return this.#host.guard([node.id], this.#contexts[index], node.operator.inputs[0]!, this.output(0, deadLetterOutput))
    }
    const run: FusedStep[] = []
    let last = index
    for (let next: number | undefined = index; next !== undefined; next = this.#onlyStepAfter(last)) {
      const { id } = this.nodes[next]!
      run.push({ id, step: this.#definitions.get(id) as StepDefinition, keys: this.#contexts[next] })
      last = next
    }
    const ids = run.map(({ id }) => id)
    const before = this.#keysBefore(index)
    const fused = fuse(run, this.#host.emitted(this.output(last, '')), (thrown, { id, step, keys }, value, time) =>
      this.#host.userError(id, thrown, value, time, step.kind === 'keyBy' ? before : keys),
    )
    return this.#host.guard(ids, before, fused, this.output(0, deadLetterOutput))
  }

  /** The key that a record has when it comes to a node: a keyBy has not given it another one yet. */
  #keysBefore(index: number): KeyContext | undefined {
    const { parent } = this.#vertex.operators[index]!
    return parent < 0 ? this.#inputKeys : this.#contexts[parent]
  }

  #rootInputs({ index, id, operator }: ChainNode): readonly Receive[] {
    if (operator === undefined) return [this.#consumer(index)]
    return operator.inputs.map((receive) => this.#host.guard([id], this.#contexts[index], receive, this.output(0, deadLetterOutput)))
  }

  /** The step that alone reads the main output of this one, if there is one. */
  #onlyStepAfter(index: number): number | undefined {
    if (this.#host.freeze !== undefined || this.#edges.some(({ operator, output }) => operator === index && output === '')) return undefined
    const [child, ...others] = this.#vertex.operators.flatMap(({ parent, output }, at) => (parent === index && output === '' ? [at] : []))
    return child !== undefined && others.length === 0 && this.nodes[child]!.operator === undefined ? child : undefined
  }

  /** Processing time of this turn, for all operators. */
  setNow(now: number): void {
    const progress = this.#progress
    for (let i = 0; i < progress.length; i++) progress[i]!.now = now
  }

  /** Event time as an operator knows it. */
  watermarkAt(node: number): number {
    return this.#segmentOf(this.#segment[node]!).progress.watermark
  }

  /** Takes a watermark through the root segment; false = call again with the same time when outputs have credit. */
  onWatermark(time: number, budget: number): boolean {
    return passWatermark(this.#segmentOf(-1), time, budget)
  }

  onStatus(control: Control): void {
    passStatus(this.#segmentOf(-1), control)
  }

  /**
   * Fires what is due in processing time; false = call again.
   * @param blocked the chain takes no input: then only operators that wait for calls act. Their timeouts and retries may be what it waits
   * for, and they emit no more than their queue holds
   */
  onTime(now: number, budget: number, blocked: boolean): boolean {
    let done = true
    for (const operator of blocked ? this.#calling : this.#timed)
      if (operator.nextTime!() <= now && !operator.onTime!(now, budget)) done = false
    return done
  }

  /** Least processing time at which `onTime` has something to do. */
  nextTime(blocked: boolean): number {
    let next = Number.POSITIVE_INFINITY
    for (const operator of blocked ? this.#calling : this.#timed) next = Math.min(next, operator.nextTime!())
    return next
  }

  /** Lets every operator emit what goes before the barrier. */
  onBarrier(epoch: Epoch): void {
    for (const { operator } of this.nodes) operator?.onBarrier?.(epoch)
  }

  /** The barrier itself, on every edge. Not after END. */
  sendBarrier(epoch: Epoch): void {
    const control: Control = { kind: 'BARRIER', epoch }
    for (const writer of this.#writers) writer.control(control)
  }

  /** 'again' = call again; 'wait' = when a call of an async operator has completed; 'done': all have flushed, and END is on its way. */
  onEnd(budget: number): 'done' | 'again' | 'wait' {
    for (; this.#endCursor < this.nodes.length; this.#endCursor++) {
      const { operator } = this.nodes[this.#endCursor]!
      if (operator?.onEnd !== undefined && !operator.onEnd(budget)) return operator.holdWatermarks === undefined ? 'again' : 'wait'
    }
    this.sendEnd()
    return 'done'
  }

  sendEnd(): void {
    for (const writer of this.#writers) writer.control(endControl)
  }

  /** The greatest watermark and END at once: for a subtask that had ended before a restore. */
  sendFinished(): void {
    for (const writer of this.#writers) writer.control({ kind: 'WATERMARK', time: Number.POSITIVE_INFINITY })
    this.sendEnd()
  }

  /** False while an operator wants no input. */
  ready(): boolean {
    const gates = this.#gates
    for (let i = 0; i < gates.length; i++) if (!gates[i]!.ready!()) return false
    return true
  }

  restored(): void {
    for (const { operator } of this.nodes) operator?.restored?.()
  }

  close(): void {
    for (const { operator } of this.nodes) operator?.close?.()
  }
}

interface Segment {
  readonly progress: Progress
  readonly nodes: ChainNode[]
  readonly writers: EdgeWriter[]
  cursor: number
}

function passWatermark(segment: Segment, time: number, budget: number): boolean {
  const { nodes, progress } = segment
  for (; segment.cursor < nodes.length; segment.cursor++) {
    const { operator } = nodes[segment.cursor]!
    if (operator?.onWatermark !== undefined && !operator.onWatermark(time, budget)) return false
  }
  segment.cursor = 0
  progress.watermark = time
  const control: Control = { kind: 'WATERMARK', time }
  for (const writer of segment.writers) writer.control(control)
  return true
}

function passStatus(segment: Segment, control: Control): void {
  for (const { operator } of segment.nodes) operator?.onStatus?.(control)
  for (const writer of segment.writers) writer.control(control)
}

/** For the segment below a holder. The plan puts nothing there whose work on a watermark is without bound. */
function passToEnd(segment: Segment, control: Control): void {
  if (control.kind !== 'WATERMARK') return passStatus(segment, control)
  while (!passWatermark(segment, control.time, Number.POSITIVE_INFINITY));
}
