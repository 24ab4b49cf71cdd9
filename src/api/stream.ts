// Streams, as they are behind their types: each method checks what it is given, adds a node to the graph, and gives the stream of that
// node. A stream keeps nothing but its place in the graph.
//
// A keyed stream is the stream before its keyBy, and the key's function: the keyBy stands right in front of the operators that need it.
// So what needs no key (map, sinks) is not fed through it, and every keyBy is followed by a hash edge.

import { invalid, named } from '../model/refusals.ts'
import type { StepDefinition } from '../operators/definition.ts'
import { lateOutput } from '../operators/late-output.ts'
import { restOutput, split } from '../operators/split.ts'
import type { Sink } from '../ports/sink.ts'
import { addAsyncMap, addFork } from './async.ts'
import { checkFunction, checkId, checkObject, checkSynchronous } from './checks.ts'
import { invalidOutput, type NewNode, type Place } from './graph.ts'
import { type Located, located, locatedOf, placeOf } from './handle.ts'
import { jobRunner } from './job-runner.ts'
import { addCoGroup, addJoin } from './joins.ts'
import { addConnect, addKeyedConnect, addProcess } from './process.ts'
import { addRunningAggregate, addRunningReduce } from './running.ts'
import type { Stream } from './stream-types.ts'
import { WindowDraft } from './windowed.ts'

type Fn = (value: never) => unknown

export class AnyStream {
  readonly [located]: Located

  constructor(at: Located) {
    this[located] = at
    at.graph.hand(at.place)
  }

  protected at(place: Place): Located {
    return { ...this[located], place }
  }

  protected get place(): Place {
    return this[located].place
  }

  protected add(node: NewNode): AnyStream {
    return new AnyStream(this.at(this[located].graph.add(node)))
  }

  #step(kind: 'map' | 'filter' | 'flatMap', fn: unknown): AnyStream {
    checkSynchronous(fn, kind)
    return this.add({ kind, inputs: [this.place], does: { definition: { kind, fn: fn as Fn } as StepDefinition } })
  }

  map(fn: unknown): AnyStream {
    return this.#step('map', fn)
  }

  filter(test: unknown): AnyStream {
    return this.#step('filter', test)
  }

  flatMap(fn: unknown): AnyStream {
    return this.#step('flatMap', fn)
  }

  union(...others: unknown[]): AnyStream {
    const { graph } = this[located]
    const inputs = [this.place, ...others.map((other) => placeOf(other, graph, 'union'))]
    return this.add({ kind: 'union', inputs, does: { definition: { kind: 'pass' } } })
  }

  keyBy(key: unknown): KeyedHandle {
    checkSynchronous(key, 'keyBy')
    return new KeyedHandle(this[located], key as Fn)
  }

  rebalance(): AnyStream {
    return this.add({ kind: 'rebalance', inputs: [{ ...this.place, partition: 'rebalance' }], does: { definition: { kind: 'pass' } } })
  }

  broadcast(): BroadcastHandle {
    return new BroadcastHandle(this[located])
  }

  split(tests: unknown): Readonly<Record<string, AnyStream>> {
    checkObject(tests, 'split')
    const named = Object.entries(tests).map(([name, test]) => {
      checkSynchronous(test, `split, output ${name}`, 'look it up with asyncMap before')
      return { name, test: test as (value: never) => boolean }
    })
    const names = [...named.map(({ name }) => name), restOutput]
    const { graph } = this[located]
    const { node } = graph.add({ kind: 'split', inputs: [this.place], gives: 'sides', does: { definition: split(named) } })
    return Object.fromEntries(names.map((output) => [output, new AnyStream(this.at({ node, output }))]))
  }

  asyncMap(id: unknown, fn: unknown, options?: object): AnyStream {
    const { graph } = this[located]
    return new AnyStream(this.at(addAsyncMap(graph, { plain: this.place, keyed: this.keyedPlace() }, id, fn, options)))
  }

  fork(id: unknown, lanes: unknown, options?: object): AnyStream {
    const { graph } = this[located]
    return new AnyStream(this.at(addFork(graph, { plain: this.place, keyed: this.keyedPlace() }, id, lanes, options)))
  }

  /** How to read it by key, where it has one. */
  protected keyedPlace(): (() => Place) | undefined {
    return undefined
  }

  pipe(fn: unknown): unknown {
    checkFunction(fn, 'pipe')
    return (fn as (stream: this) => unknown)(this)
  }

  connect(broadcast: unknown): unknown {
    const { graph } = this[located]
    const from = broadcastPlace(broadcast, graph)
    return {
      process: (id: unknown, spec: unknown) => {
        const { place, sides } = addConnect(graph, this.place, from, id, spec)
        return new ProcessedStream(this.at(place), id as string, sides)
      },
    }
  }

  to(id: unknown, sink: unknown, options: { readonly parallelism?: number | undefined } = {}): void {
    checkId(id, 'to')
    checkObject(sink, `the sink of to(${JSON.stringify(id)}, …)`)
    if (typeof sink.writer !== 'function') throw invalid(`to(${JSON.stringify(id)}, …) takes a sink, such as print(), not ${named(sink)}`)
    const { describe } = sink as unknown as Sink<never>
    this[located].graph.add({
      kind: 'sink',
      id,
      label: describe,
      inputs: [this.place],
      parallelism: options.parallelism,
      does: { sink: sink as unknown as Sink<never> },
    })
  }

  parallelism(n: number): this {
    this[located].graph.setParallelism(this.place, n)
    return this
  }

  toAsyncIterable(): AsyncIterable<unknown> {
    const { job } = this[located]
    return { [Symbol.asyncIterator]: () => jobRunner().iterate(job, this as unknown as Stream<unknown>) }
  }
}

/** The stream of a source. */
export class SourceHandle extends AnyStream {
  readonly id: string

  constructor(at: Located, id: string) {
    super(at)
    this.id = id
  }

  onInvalid(): AnyStream {
    return new AnyStream(this.at({ node: this.place.node, output: invalidOutput }))
  }
}

/** A stream whose operator has an id and can be asked. */
class StatefulStream extends AnyStream {
  readonly id: string

  constructor(at: Located, id: string) {
    super(at)
    this.id = id
  }
}

class ProcessedStream extends StatefulStream {
  readonly #sides: readonly string[]

  constructor(at: Located, id: string, sides: readonly string[]) {
    super(at, id)
    this.#sides = sides
  }

  side(name: string): AnyStream {
    if (!this.#sides.includes(name)) {
      const there = this.#sides.length === 0 ? 'it declares none: give it outputs: { … }' : `there are ${this.#sides.join(', ')}`
      throw invalid(`${this.id} has no side output ${JSON.stringify(name)}: ${there}`, this.id)
    }
    return new AnyStream(this.at({ node: this.place.node, output: name }))
  }
}

class WindowedResult extends StatefulStream {
  late(): AnyStream {
    return new AnyStream(this.at({ node: this.place.node, output: lateOutput }))
  }
}

class BroadcastHandle {
  readonly [located]: Located

  constructor(at: Located) {
    this[located] = at
  }
}

function broadcastPlace(broadcast: unknown, graph: Located['graph']): Place {
  if (!(broadcast instanceof BroadcastHandle)) throw invalid('connect takes a broadcast stream: connect(rules.broadcast())')
  return placeOf(broadcast, graph, 'connect')
}

class KeyedHandle extends AnyStream {
  readonly #key: Fn
  #keyBy: Place | undefined
  #parallelism: number | undefined

  constructor(at: Located, key: Fn) {
    super(at)
    this.#key = key
  }

  #keyed(): Place {
    this.#keyBy ??= this[located].graph.add({
      kind: 'keyBy',
      inputs: [this.place],
      parallelism: this.#parallelism,
      does: { definition: { kind: 'keyBy', fn: this.#key } },
    })
    return this.#keyBy
  }

  protected override keyedPlace(): () => Place {
    return () => this.#keyed()
  }

  /** The place of another keyed stream, behind its keyBy. */
  #right(right: unknown, what: string): Place {
    const { graph } = locatedOf(right, what)
    placeOf(right, this[located].graph, what)
    if (!(right instanceof KeyedHandle))
      throw invalid(`${what} of job ${JSON.stringify(graph.job)}: both sides need a key; put keyBy behind the right one`)
    return right.#keyed()
  }

  override filter(test: unknown): KeyedHandle {
    return new KeyedHandle(super.filter(test)[located], this.#key)
  }

  override parallelism(n: number): this {
    if (this.#keyBy === undefined) this.#parallelism = n
    else this[located].graph.setParallelism(this.#keyBy, n)
    return this
  }

  window(assigner: unknown): WindowDraft<WindowedResult> {
    return WindowDraft.of(assigner, (id, node) => {
      const place = this[located].graph.add({ ...node, inputs: [{ ...this.#keyed(), partition: 'hash' }] })
      return new WindowedResult(this.at(place), id)
    })
  }

  reduce(id: unknown, fn: unknown): StatefulStream {
    return new StatefulStream(this.at(addRunningReduce(this[located].graph, this.#keyed(), id, fn)), id as string)
  }

  aggregate(id: unknown, spec: unknown): StatefulStream {
    return new StatefulStream(this.at(addRunningAggregate(this[located].graph, this.#keyed(), id, spec)), id as string)
  }

  process(id: unknown, spec: unknown): ProcessedStream {
    const { place, sides } = addProcess(this[located].graph, this.#keyed(), id, spec)
    return new ProcessedStream(this.at(place), id as string, sides)
  }

  join(id: unknown, right: unknown, on: unknown, fn: unknown): AnyStream {
    return new AnyStream(this.at(addJoin(this[located].graph, this.#keyed(), this.#right(right, 'join'), id, on, fn)))
  }

  coGroup(id: unknown, right: unknown, window: unknown, fn: unknown): AnyStream {
    return new AnyStream(this.at(addCoGroup(this[located].graph, this.#keyed(), this.#right(right, 'coGroup'), id, window, fn)))
  }

  override connect(broadcast: unknown): unknown {
    const { graph } = this[located]
    const from = broadcastPlace(broadcast, graph)
    return {
      process: (id: unknown, spec: unknown) => {
        const { place, sides } = addKeyedConnect(graph, this.#keyed(), from, id, spec)
        return new ProcessedStream(this.at(place), id as string, sides)
      },
    }
  }
}
