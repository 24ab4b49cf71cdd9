// The graph of a job while it is being built: nodes in the order of definition, with the functions that belong to them.
//
// It owns ids, and refuses in the author's line what can be refused there. `compile` makes the plan and the definitions that workers run;
// it changes nothing, so a job can go on growing and be compiled again, at another parallelism or with taps for a test.

import { MillraceError } from '../model/errors.ts'
import type { EventTimeDefinition } from '../model/event-time.ts'
import { type OperatorId, operatorId } from '../model/ids.ts'
import type { Partition, Plan } from '../model/plan.ts'
import { invalid } from '../model/refusals.ts'
import type { OperatorDefinition, OperatorDefinitions } from '../operators/definition.ts'
import { deadLettersKind, type LogicalNode } from '../plan/logical.ts'
import { planOf } from '../plan/physical.ts'
import { checkNode, checkParallelism } from '../plan/validate.ts'
import type { Sink, SinkDefinitions } from '../ports/sink.ts'
import type { Source, SourceDefinition, SourceDefinitions } from '../ports/source.ts'
import type { ResolvedOptions } from './options.ts'

/** One output of one node: what a stream stands for. */
export interface Place {
  readonly node: number
  /** '' is the main output. */
  readonly output: string
}

export interface NewNode {
  readonly kind: string
  /** Left out: derived from its kind and place when the job is compiled. */
  readonly id?: string | undefined
  readonly label?: string | undefined
  readonly inputs: readonly (Place & { readonly partition?: Partition | undefined; readonly input?: number | undefined })[]
  readonly parallelism?: number | undefined
  readonly stateful?: boolean | undefined
  readonly notes?: readonly string[] | undefined
  readonly gives?: LogicalNode['gives'] | undefined
  readonly needsTime?: boolean | undefined
  readonly holdsWatermarks?: boolean | undefined
  readonly firesOnWatermark?: boolean | undefined
  readonly does:
    | { readonly source: Source<unknown, never>; readonly time: EventTimeDefinition | undefined }
    | { readonly sink: Sink<never> }
    | { readonly definition: OperatorDefinition }
}

interface Node extends NewNode {
  parallelism: number | undefined
}

/** A sink for a stream that only one run has: what a test looks at, what `toAsyncIterable` gives. */
export interface Tap {
  readonly place: Place
  readonly id: string
  readonly sink: Sink<never>
}

export interface CompileOptions {
  /** Of operators that do not say otherwise, instead of the job's. */
  readonly parallelism?: number | undefined
  readonly taps?: readonly Tap[] | undefined
  /** Sources to read instead of the job's, by id. */
  readonly sources?: ReadonlyMap<string, Source<unknown, never>> | undefined
  /** It will run on threads, so what belongs to this process's memory needs chains of its own. */
  readonly threads?: boolean | undefined
}

/** All that a worker needs to run a job. */
export interface CompiledJob {
  readonly name: string
  readonly options: ResolvedOptions & { readonly onPoison: 'fail' | 'dead-letter' }
  readonly plan: Plan
  readonly definitions: OperatorDefinitions
  readonly sources: SourceDefinitions
  readonly sinks: SinkDefinitions
}

export class Graph {
  readonly job: string
  readonly options: ResolvedOptions
  readonly #nodes: Node[] = []
  /** Ids given by the author, and what they name: nodes, and steps inside of lanes. */
  readonly #ids = new Map<string, string>()
  readonly #handed = new Map<string, Place>()

  constructor(job: string, options: ResolvedOptions) {
    this.job = job
    this.options = options
  }

  /**
   * Adds a node.
   * @throws JOB_INVALID for an unusable or taken id, a missing timestamp, a parallelism out of bounds
   */
  add(node: NewNode): Place {
    const name = `${node.kind} ${JSON.stringify(node.id ?? '')}`
    if (node.parallelism !== undefined) this.#refuse(checkParallelism(node.parallelism, this.options.maxParallelism, name))
    if (node.id !== undefined) this.claim(node.id, name)
    const index = this.#nodes.length
    this.#nodes.push({ ...node, parallelism: node.parallelism })
    const nodes = this.#allIds().map((id, i) => this.#logical(i, id))
    const problems = checkNode(nodes.slice(0, index), nodes[index]!)
    if (problems.length > 0) {
      this.#nodes.pop()
      if (node.id !== undefined) this.#ids.delete(node.id)
    }
    this.#refuse(problems)
    return { node: index, output: '' }
  }

  /** Takes an id for something that is no node of its own. */
  claim(id: string, name: string): void {
    operatorId(id)
    const other = this.#ids.get(id)
    if (other !== undefined) {
      this.#refuse([
        `${other} and ${name} have the same id: it names state, metrics and errors, so it must be unique in the job; rename one`,
      ])
    }
    this.#ids.set(id, name)
  }

  /** The author holds a stream of this place. */
  hand(place: Place): void {
    this.#handed.set(`${place.node}.${place.output}`, place)
  }

  /** Every place that the author holds a stream of. */
  get handed(): readonly Place[] {
    return [...this.#handed.values()]
  }

  setParallelism({ node }: Place, parallelism: number): void {
    const { kind, id } = this.#nodes[node]!
    this.#refuse(checkParallelism(parallelism, this.options.maxParallelism, id === undefined ? kind : `${kind} ${JSON.stringify(id)}`))
    this.#nodes[node]!.parallelism = parallelism
  }

  /**
   * Plans the job as it stands.
   * @throws JOB_INVALID with every problem that it finds
   */
  compile({ parallelism, taps = [], sources, threads = false }: CompileOptions = {}): CompiledJob {
    const unknown = [...(sources?.keys() ?? [])].find((id) => !this.#nodes.some((node) => node.id === id && 'source' in node.does))
    if (unknown !== undefined) throw invalid(`job ${JSON.stringify(this.job)} has no source ${JSON.stringify(unknown)} to be fed`)
    const ids = this.#allIds()
    const tapped = taps.map((tap, i) => tapNode(tap, ids.length + i))
    const all = [...ids.map((id, index) => this.#logical(index, id)), ...tapped]
    const nodes = threads ? all : all.map((node) => ({ ...node, pinned: false }))
    const { options } = this
    const plan = planOf({ job: this.job, nodes, parallelism: parallelism ?? options.parallelism, maxParallelism: options.maxParallelism })
    const definitions = new Map<OperatorId, OperatorDefinition>()
    const sourceDefinitions = new Map<OperatorId, SourceDefinition>()
    const sinks = new Map<OperatorId, Sink<never>>(taps.map(({ id, sink }) => [operatorId(id), sink]))
    for (const { id, index } of nodes.slice(0, ids.length)) {
      const { does } = this.#nodes[index]!
      if ('definition' in does) definitions.set(id, does.definition)
      else if ('sink' in does) sinks.set(id, does.sink)
      else {
        const invalidIsRead = nodes.some(({ inputs }) => inputs.some((input) => input.node === index && input.output === invalidOutput))
        sourceDefinitions.set(id, { source: sources?.get(id) ?? does.source, time: does.time, invalidIsRead })
      }
    }
    return { name: this.job, options: { ...options, onPoison: this.#poisonPolicy() }, plan, definitions, sources: sourceDefinitions, sinks }
  }

  #poisonPolicy(): 'fail' | 'dead-letter' {
    const read = this.#nodes.some(({ kind }) => kind === deadLettersKind)
    const { onPoison = read ? 'dead-letter' : 'fail' } = this.options
    if (onPoison === 'dead-letter' && !read)
      this.#refuse([`onPoison is 'dead-letter', but nobody reads deadLetters(): end it with .to(id, sink)`])
    if (onPoison === 'fail' && read)
      this.#refuse([`deadLetters() is read, but onPoison is 'fail', so nothing ever comes: leave one of them out`])
    return onPoison
  }

  /** Every node's id: as given, else 'map-3' for the third map, past any that the author took. */
  #allIds(): string[] {
    const counts = new Map<string, number>()
    return this.#nodes.map(({ id, kind }) => {
      if (id !== undefined) return id
      let count = counts.get(kind) ?? 0
      do count++
      while (this.#ids.has(`${kind}-${count}`))
      counts.set(kind, count)
      return `${kind}-${count}`
    })
  }

  #logical(index: number, id: string): LogicalNode {
    const node = this.#nodes[index]!
    const isSource = 'source' in node.does
    const isSink = 'sink' in node.does
    return {
      index,
      id: id as OperatorId,
      kind: node.kind,
      label: node.label ?? '',
      inputs: node.inputs.map(({ node: from, output, partition, input }) => ({
        node: from,
        output,
        partition: partition ?? 'forward',
        input: input ?? 0,
      })),
      parallelism: node.parallelism,
      stateful: node.stateful ?? isSource,
      notes: node.notes ?? [],
      isSource,
      isSink,
      gives: node.gives ?? (isSink ? 'nothing' : 'main'),
      time: 'source' in node.does ? (node.does.time === undefined ? undefined : 'gives') : node.needsTime === true ? 'needs' : 'keeps',
      holdsWatermarks: node.holdsWatermarks ?? false,
      firesOnWatermark: node.firesOnWatermark ?? false,
      combines: this.options.combine && combinable(node.does),
      pinned: pinned(node.does),
    }
  }

  #refuse(problems: readonly string[]): void {
    if (problems.length > 0) throw new MillraceError('JOB_INVALID', `job ${JSON.stringify(this.job)}: ${problems.join('; ')}`)
  }
}

/** Side output of a source with a schema. */
export const invalidOutput = 'invalid'

const combinable = (does: NewNode['does']): boolean =>
  'definition' in does && does.definition.kind === 'operator' && does.definition.combinable !== undefined

const tapNode = ({ place, id, sink }: Tap, index: number): LogicalNode => ({
  index,
  id: operatorId(id),
  kind: 'sink',
  label: sink.describe,
  inputs: [{ node: place.node, output: place.output, partition: 'forward', input: 0 }],
  parallelism: undefined,
  stateful: false,
  notes: [],
  isSource: false,
  isSink: true,
  gives: 'nothing',
  time: 'keeps',
  holdsWatermarks: false,
  firesOnWatermark: false,
  combines: false,
  pinned: sink.inProcess === true,
})

function pinned(does: NewNode['does']): boolean {
  if ('source' in does) return does.source.inProcess === true
  return 'sink' in does && does.sink.inProcess === true
}
