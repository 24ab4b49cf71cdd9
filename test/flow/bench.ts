// One subtask on a bench: a real chain between real channels. The test feeds frames in, gives turns, and reads what went out, in order.

import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { joined } from '../../src/codec/bytes.ts'
import { Chain, type ChainHost } from '../../src/flow/chain.ts'
import { edgeWriter, OutputChannel } from '../../src/flow/exchange.ts'
import { Floors } from '../../src/flow/floors.ts'
import { Gate, InputChannel } from '../../src/flow/gate.ts'
import { Leads } from '../../src/flow/leads.ts'
import { restoreState, type StoredSnapshot } from '../../src/flow/restore.ts'
import { Snapshotter, type TakenSnapshot } from '../../src/flow/snapshotter.ts'
import { Subtask } from '../../src/flow/subtask.ts'
import type { Control } from '../../src/model/elements.ts'
import { attempt, channelId, type OperatorId, operatorId, vertexId } from '../../src/model/ids.ts'
import type { Partition, PlanEdge, PlanVertex } from '../../src/model/plan.ts'
import type { OperatorDefinition } from '../../src/operators/definition.ts'
import type { HoldsWatermarks, KeyContext, Operator, OperatorContext, Receive } from '../../src/operators/operator.ts'
import { Alignment } from '../../src/protocol/alignment.ts'

export interface Node {
  readonly id: string
  /** Id of its parent; none = the root. */
  readonly under?: string
  readonly output?: string
  /** 'sink' for a sink; else what it does. None for a source. */
  readonly is?: OperatorDefinition | 'sink'
}

export interface Edge {
  readonly from: string
  readonly output?: string
  readonly partition?: Partition
  readonly receivers?: number
}

export interface BenchOptions {
  readonly nodes: readonly Node[]
  readonly edges?: readonly Edge[]
  /** Input of the root that each incoming channel is for. */
  readonly channels?: readonly number[]
  readonly keyed?: boolean
  /** Channels that are far ahead are not read. */
  readonly leads?: boolean
  readonly index?: number
  readonly parallelism?: number
  readonly maxParallelism?: number
  readonly restore?: readonly StoredSnapshot[]
  /** Whether anything may restore what it saves. Default true. */
  readonly restorable?: boolean
  /** Records that are kept from an operator. */
  readonly diverted?: { readonly operator: string; readonly record: unknown }
  readonly start?: boolean
}

export interface Call {
  readonly operator: number
  readonly value: unknown
  readonly ticket: object
}

export class Bench {
  readonly chain: Chain
  readonly subtask: Subtask
  /** The sending ends of its inputs. */
  readonly feeds: readonly OutputChannel[]
  /** The receiving ends' credit. */
  readonly outputs: readonly OutputChannel[]
  /** What went out: "0.1 wm 5" is edge 0, channel 1. Records as they are. */
  readonly out: string[] = []
  readonly snapshots: TakenSnapshot[] = []
  readonly frozen: number[] = []
  readonly counters: Record<string, number> = {}
  readonly calls: Call[] = []
  readonly codec = msgpackCodec()
  ends = 0
  now = 0
  readonly #floors = new Floors()

  constructor(options: BenchOptions) {
    const { nodes, edges = [], channels = [0], index = 0, parallelism = 1, maxParallelism = 8 } = options
    const at = (id: string): number => nodes.findIndex((node) => node.id === id)
    const vertex: PlanVertex = {
      id: vertexId(0),
      operators: nodes.map(({ id, under, output = '', is }) => ({
        id: operatorId(id),
        kind: is === 'sink' ? 'sink' : is === undefined ? 'source' : is.kind,
        parent: under === undefined ? -1 : at(under),
        output,
        stateful: false,
        notes: [],
      })),
      parallelism,
      region: 0,
    }
    const planned = edges.map(
      ({ from, output = '', partition = 'rebalance' }, i): PlanEdge => ({
        index: i,
        from: vertexId(0),
        operator: at(from),
        output,
        to: vertexId(1),
        input: 0,
        partition,
        firstChannel: 100 * i,
      }),
    )
    const outputs = planned.map((_, e) =>
      Array.from({ length: edges[e]!.receivers ?? 1 }, (_, to) => this.#output(`${e}.${to}`, 100 * e + to)),
    )
    const definitions = new Map(nodes.flatMap(({ id, is }) => (is === undefined || is === 'sink' ? [] : [[operatorId(id), is] as const])))
    const host: ChainHost = {
      subtask: index,
      maxParallelism,
      groupFloor: (operator, group) => this.#floors.of(operator, group),
      edgeWriter: (edge, keys) => edgeWriter(edge.partition, outputs[edge.index]!, keys, maxParallelism),
      calls: (operator) => ({
        start: (_fn, value, _attempt, ticket) => this.calls.push({ operator, value, ticket }) - 1,
        cancel: () => undefined,
      }),
      count: (operator, name, n) => {
        this.counters[`${operator}.${name}`] = (this.counters[`${operator}.${name}`] ?? 0) + n
      },
      userError: (operator, thrown, value, time, keys) =>
        new Error(
          `${operator} failed for ${String(value)}@${time}${keys === undefined ? '' : ` of ${String(keys.key)}`}: ${(thrown as Error).message}`,
        ),
      guard: (operators, _keys, receive, deadLetter) => divert(options.diverted, operators, receive, deadLetter),
      freeze: undefined,
      emitted: (receive) => receive,
    }
    this.chain = new Chain(vertex, planned, definitions, options.keyed ?? false, host)
    this.outputs = outputs.flat()
    const alignment = new Alignment(channels.length)
    const links = channels.map((input, i) => this.#input(i, input))
    this.feeds = links.map(({ feed }) => feed)
    this.subtask = new Subtask(
      {
        chain: this.chain,
        outputs: this.outputs,
        snapshotter: new Snapshotter(this.chain, this.codec, true, this.#floors, options.restorable ?? true),
        gate: new Gate(
          links.map(({ input }) => input),
          alignment.held,
          options.leads === true ? new Leads(channels.length) : undefined,
        ),
        driver: undefined,
        alignment,
      },
      {
        frozen: (epoch) => this.frozen.push(epoch),
        copied: (snapshot) => this.snapshots.push(snapshot),
        ended: () => this.ends++,
      },
    )
    const time =
      options.restore === undefined
        ? undefined
        : restoreState(this.chain.nodes, options.restore, { index, parallelism, maxParallelism, codec: this.codec, floors: this.#floors })
    if (options.start !== false) this.subtask.start(0, time)
  }

  #output(name: string, id: number): OutputChannel {
    return new OutputChannel(attempt(1), channelId(id), {
      send: ({ batch, control }) => {
        for (let i = 0; i < (batch?.length ?? 0); i++) this.out.push(`${name} ${String(batch!.values[i])}`)
        if (control !== null) this.out.push(`${name} ${controlText(control)}`)
      },
    })
  }

  #input(i: number, input: number): { readonly feed: OutputChannel; readonly input: InputChannel } {
    const made: InputChannel = new InputChannel(attempt(1), channelId(i), i, input, {
      grant: (limit) => feed.grant(limit),
      release: (batch) => feed.release(batch),
    })
    const feed: OutputChannel = new OutputChannel(attempt(1), channelId(i), { send: (frame) => made.deliver(frame) })
    return { feed, input: made }
  }

  /** Sends records, each as it is with its place as time, then control, on a channel. */
  send(channel: number, ...elements: readonly (number | string | Control)[]): this {
    const feed = this.feeds[channel]!
    for (const element of elements) {
      if (typeof element === 'object') feed.control(element)
      else feed.append(element, typeof element === 'number' ? element : Number.NaN)
    }
    feed.flush()
    return this
  }

  /** A call of an async operator ends with a value. */
  complete({ operator, ticket }: Call, value: unknown): void {
    const asked = this.subtask.chain.nodes[operator]!.operator!
    asked.onCompleted!(ticket, true, value)
    asked.onCompletedAll!()
  }

  /** How far event time had come for a key group of an operator before it was restored. */
  floor(operator: string, group: number): number {
    return this.#floors.of(operatorId(operator), group)
  }

  /** One turn, 1 ms after the last. */
  turn(): this {
    this.subtask.turn(++this.now)
    return this
  }

  /** Turns until there is nothing more to do. @returns how many */
  settle(): number {
    let turns = 0
    do {
      this.turn()
      if (++turns > 10_000) throw new Error('it spins')
    } while (this.subtask.runnable)
    return turns
  }

  /** What went out since the last look, channel by channel. */
  take(): string[] {
    for (const output of this.outputs) output.flush()
    const channel = (line: string): string => line.slice(0, line.indexOf(' '))
    return this.out.splice(0).sort((a, b) => channel(a).localeCompare(channel(b)))
  }

  /** The snapshot of a checkpoint that is taken now, as it would be stored. */
  snapshot(epoch: number, index = 0, parallelism = 1): StoredSnapshot {
    for (const i of this.feeds.keys()) this.send(i, barrier(epoch))
    this.settle()
    const taken = this.snapshots.at(-1)
    if (taken?.epoch !== epoch) throw new Error(`checkpoint ${epoch} was not taken`)
    return { name: `blob-${epoch}-${index}`, bytes: joined(taken.blob!.parts), index, parallelism, isRoot: true, ended: taken.time.ended }
  }
}

function divert(diverted: BenchOptions['diverted'], operators: readonly OperatorId[], receive: Receive, deadLetter: Receive): Receive {
  if (diverted === undefined || !operators.some((id) => id === diverted.operator)) return receive
  return (value, time) => (value === diverted.record ? deadLetter(`dead ${String(value)}`, time) : receive(value, time))
}

export const wm = (time: number): Control => ({ kind: 'WATERMARK', time })
export const barrier = (epoch: number): Control => ({ kind: 'BARRIER', epoch: epoch as never })
export const end: Control = { kind: 'END' }
export const idle: Control = { kind: 'IDLE' }
export const active: Control = { kind: 'ACTIVE' }

function controlText(control: Control): string {
  if (control.kind === 'WATERMARK') return `wm ${control.time}`
  return control.kind === 'BARRIER' ? `barrier ${control.epoch}` : control.kind
}

export const map = (fn: (value: never) => unknown): OperatorDefinition => ({ kind: 'map', fn })
export const keyBy = (fn: (value: never) => unknown): OperatorDefinition => ({ kind: 'keyBy', fn })
export const pass: OperatorDefinition = { kind: 'pass' }

/** An operator that says each call in its output. */
export interface Told {
  readonly inputs?: number
  /** Records to emit on a watermark. */
  readonly fires?: number
  readonly endsAfter?: number
  /** Records that begin with it go to that side output too. */
  readonly side?: string
  readonly holds?: boolean
  readonly ready?: () => boolean
  /** Processing time at which it has something to do, once. */
  readonly dueAt?: number
}

export const told = (name: string, options: Told = {}): OperatorDefinition => ({
  kind: 'operator',
  create: (id) => new TellingOperator(id, name, options),
})

class TellingOperator implements Operator {
  readonly id: OperatorId
  readonly inputs: Receive[]
  readonly #name: string
  readonly #options: Told
  #context!: OperatorContext
  #fired = 0
  #ended = 0
  #dueAt: number
  holdWatermarks?: HoldsWatermarks['holdWatermarks']
  onStatus?: (control: Control) => void
  ready?: () => boolean
  onTime?: (now: number) => boolean
  nextTime?: () => number
  /** Lets go of what it holds. */
  release: () => void = () => undefined

  constructor(id: OperatorId, name: string, options: Told) {
    this.id = id
    this.#name = name
    this.#options = options
    this.#dueAt = options.dueAt ?? Number.POSITIVE_INFINITY
    this.inputs = Array.from(
      { length: options.inputs ?? 1 },
      (_, input): Receive =>
        (value, time) =>
          this.#receive(input, value, time),
    )
    if (options.holds === true) this.#hold()
    if (options.ready !== undefined) this.ready = options.ready
    if (options.dueAt !== undefined) {
      this.nextTime = () => this.#dueAt
      this.onTime = (now) => {
        this.#dueAt = Number.POSITIVE_INFINITY
        this.#say(`time ${now}`)
        return true
      }
    }
  }

  #hold(): void {
    const held: Control[] = []
    this.holdWatermarks = (forward) => {
      this.release = () => {
        for (const control of held.splice(0)) forward(control)
      }
    }
    this.onWatermark = (time) => {
      held.push(wm(time))
      return true
    }
    this.onStatus = (control) => void held.push(control)
    this.onEnd = () => held.length === 0
  }

  open(context: OperatorContext): void {
    this.#context = context
  }

  #say(text: string): void {
    this.#context.output(`${this.#name}(${text})`, Number.NaN)
  }

  #receive(input: number, value: unknown, time: number): void {
    const key: KeyContext | undefined = this.#context.keys
    const { side } = this.#options
    if (side !== undefined && String(value).startsWith(side)) this.#context.side(side)(value, time)
    else this.#say(`${String(value)}${input === 0 ? '' : `#${input}`}${key === undefined ? '' : ` of ${String(key.key)}`}`)
  }

  onWatermark(time: number, budget: number): boolean {
    const fires = this.#options.fires ?? 1
    for (let left = budget; this.#fired < fires; this.#fired++) {
      if (left-- === 0) return false
      this.#say(fires === 1 ? `wm ${time}` : `wm ${time} ${this.#fired}`)
    }
    this.#fired = 0
    return true
  }

  onBarrier(epoch: number): void {
    this.#say(`barrier ${epoch}`)
  }

  onEnd(_budget: number): boolean {
    if (this.#ended++ < (this.#options.endsAfter ?? 0)) return false
    this.#say('end')
    return true
  }
}
