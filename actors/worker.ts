// The worker: hosts the subtasks of one process, or of one of its threads. It deploys regions by order of the coordinator, wires their
// channels, passes messages on to them, and takes them away again when their attempt is over.
//
// Where a region is spread over several workers, each makes its own subtasks; a channel that leaves the worker has one end here.
//
// One deployment of a region is one attempt: all its subtasks and channels are made together and go together. Messages for an attempt that
// is not here any more are dropped; the coordinator does the same with reports.

import type { Blob } from '../src/codec/blob.ts'
import type { OutputChannel } from '../src/flow/exchange.ts'
import type { InputChannel } from '../src/flow/gate.ts'
import type { ValueCodec } from '../src/model/codec.ts'
import { type Attempt, type ChannelId, type Epoch, type OperatorId, type SubtaskId, subtaskName } from '../src/model/ids.ts'
import type { Key } from '../src/model/key.ts'
import type { BlobRef } from '../src/model/manifest.ts'
import type { SubtaskMessage, SubtaskReport } from '../src/model/messages.ts'
import { channelOf, type Plan, type PlanEdge, type PlanVertex, receiversOf, sendersOf } from '../src/model/plan.ts'
import type { ByteReceiver, ByteSender } from '../src/ports/byte-link.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { CrashPoints } from '../src/ports/crash-points.ts'
import type { DeployOrder } from '../src/protocol/coordinator-types.ts'
import { splitsOfSubtask } from '../src/protocol/splits.ts'
import { Counters } from './counters.ts'
import { type ChannelEnd, ReceivingEnd, SendingEnd } from './frame-ends.ts'
import { localChannel } from './local-link.ts'
import { notRunning, SubtaskActor, type SubtaskEvent } from './subtask.ts'
import { type Diverted, type JobDefinitions, openSubtask } from './subtask-opening.ts'
import { type SubtaskStats, statsOf, withEarlier } from './subtask-stats.ts'

/** What the kernel gives for an actor that lives in it. */
export interface HostedCell {
  tell(event: SubtaskEvent): void
  wake(): void
  /** Asks for a turn when nothing else of this thread has anything to do. */
  wakeWhenIdle(): void
  stop(): void
}

export interface WorkerEnvironment {
  readonly definitions: JobDefinitions
  readonly codec: ValueCodec
  readonly clock: Clock
  readonly crashPoints: CrashPoints
  /** Puts an actor into the kernel under a name. */
  host(name: string, actor: SubtaskActor): HostedCell
  storeBlob(epoch: Epoch, attempt: Attempt, subtask: SubtaskId, blob: Blob): PromiseLike<BlobRef>
  discardBlob(blob: BlobRef): void
  fetchBlob(blob: BlobRef): PromiseLike<Uint8Array>
  report(report: SubtaskReport): void
  readonly flushIntervalMs?: number | undefined
  readonly watermarkIntervalMs?: number | undefined
  readonly freeze?: ((value: unknown) => void) | undefined
}

/** What a worker must know to run a part of a region. */
export interface Surroundings {
  /** Whether it runs this subtask. */
  isHere(vertex: PlanVertex, index: number): boolean
  /** Ends of the links that the channels to and from other workers go over. */
  sender(channel: ChannelId): ByteSender
  receiver(channel: ChannelId): ByteReceiver
}

/** Sides of a channel that are here. */
interface Sides {
  readonly output?: OutputChannel
  readonly input?: InputChannel
}

interface Hosted {
  readonly id: SubtaskId
  readonly vertex: PlanVertex
  readonly actor: SubtaskActor
  readonly cell: HostedCell
  readonly counters: Counters
}

interface Deployment {
  readonly attempt: Attempt
  readonly plan: Plan
  readonly hosted: Map<string, Hosted>
  /** Ends of channels to other workers, by the subtask that they belong to. */
  readonly ends: Map<string, ChannelEnd[]>
}

export class Worker {
  readonly #env: WorkerEnvironment
  readonly #regions = new Map<number, Deployment>()
  /** What subtasks did in attempts that are over, by name. */
  readonly #earlier = new Map<string, SubtaskStats>()

  constructor(env: WorkerEnvironment) {
    this.#env = env
  }

  /**
   * Deploys a region, or what of it runs here. Each of its subtasks here reports `restored`, or `failed`.
   * @param around left out: all of it runs here
   */
  deploy(order: DeployOrder, around?: Surroundings): void {
    const { plan, attempt, region } = order
    const deployment: Deployment = { attempt, plan, hosted: new Map(), ends: new Map() }
    this.#regions.set(region, deployment)
    const vertices = plan.vertices.filter((vertex) => vertex.region === region)
    const channels = this.#wire(deployment, vertices, around)
    const diverted = divertedOf(order)
    for (const vertex of vertices) {
      for (let index = 0; index < vertex.parallelism; index++)
        if (around === undefined || around.isHere(vertex, index)) this.#host(deployment, order, vertex, index, channels, diverted)
    }
    for (const { actor } of deployment.hosted.values()) actor.begin()
  }

  /** Gives a turn to every subtask that another worker may have news for. */
  poll(): void {
    for (const { hosted, ends } of this.#regions.values()) for (const name of ends.keys()) hosted.get(name)!.cell.wake()
  }

  #wire(deployment: Deployment, vertices: readonly PlanVertex[], around: Surroundings | undefined): ReadonlyMap<number, Sides> {
    const { plan } = deployment
    const channels = new Map<number, Sides>()
    const indices = new Map<string, number>()
    for (const edge of plan.edges) {
      if (!vertices.some(({ id }) => id === edge.from)) continue
      for (let from = 0; from < plan.vertices[edge.from]!.parallelism; from++) {
        for (const to of receiversOf(plan, edge, from)) {
          const receiver = subtaskName(edge.to, to)
          const index = indices.get(receiver) ?? 0
          indices.set(receiver, index + 1)
          channels.set(channelOf(plan, edge, from, to), this.#sides(deployment, edge, from, to, index, around))
        }
      }
    }
    return channels
  }

  /** What is here of a channel. */
  #sides(deployment: Deployment, edge: PlanEdge, from: number, to: number, index: number, around: Surroundings | undefined): Sides {
    const { plan, attempt, hosted, ends } = deployment
    const id = channelOf(plan, edge, from, to)
    const sender = subtaskName(edge.from, from)
    const receiver = subtaskName(edge.to, to)
    const wake = (subtask: string) => (): void => hosted.get(subtask)!.cell.wake()
    const sends = around === undefined || around.isHere(plan.vertices[edge.from]!, from)
    const receives = around === undefined || around.isHere(plan.vertices[edge.to]!, to)
    if (sends && receives) return localChannel(attempt, id, index, edge.input, wake(sender), wake(receiver))
    const { codec } = this.#env
    if (sends) {
      const { operators } = plan.vertices[edge.from]!
      const end = new SendingEnd(attempt, id, operators[edge.operator]!.id, codec, around.sender(id))
      ends.set(sender, [...(ends.get(sender) ?? []), end])
      return end
    }
    if (!receives) return {}
    const end = new ReceivingEnd(attempt, id, index, edge.input, codec, around.receiver(id))
    ends.set(receiver, [...(ends.get(receiver) ?? []), end])
    return end
  }

  #host(
    deployment: Deployment,
    order: DeployOrder,
    vertex: PlanVertex,
    index: number,
    channels: ReadonlyMap<number, Sides>,
    diverted: Diverted,
  ): void {
    const env = this.#env
    const { plan, attempt } = deployment
    const ends = deployment.ends.get(subtaskName(vertex.id, index)) ?? []
    const id: SubtaskId = { vertex: vertex.id, index }
    const counters = new Counters()
    const root = vertex.operators[0]!.id
    const opening = {
      plan,
      vertex,
      index,
      definitions: env.definitions,
      inputs: inputsOf(plan, vertex, index, channels),
      outputs: outputsOf(plan, vertex, index, channels),
      splits: splitsOfSubtask(order.splits[root] ?? [], index, vertex.parallelism),
      restore: order.restore,
      restorable: order.restorable,
      diverted,
      codec: env.codec,
      fetch: env.fetchBlob,
      flushIntervalMs: env.flushIntervalMs,
      watermarkIntervalMs: env.watermarkIntervalMs,
      freeze: env.freeze,
      count: (operator: OperatorId, name: string, n: number) => counters.add(operator, name, n),
    }
    const subtaskEnv = {
      attempt,
      id,
      clock: env.clock,
      crashPoints: env.crashPoints,
      store: (epoch: Epoch, blob: Blob) => env.storeBlob(epoch, attempt, id, blob),
      discard: env.discardBlob,
      report: env.report,
      wake: () => cell.wake(),
      wakeWhenIdle: () => cell.wakeWhenIdle(),
      poll: () => {
        for (let i = 0; i < ends.length; i++) ends[i]!.poll()
      },
      post: (event: SubtaskEvent) => cell.tell(event),
      stop: () => cell.stop(),
    }
    const actor = new SubtaskActor(subtaskEnv, (self) => openSubtask(opening, subtaskEnv, self))
    const name = subtaskName(vertex.id, index)
    const cell = env.host(`subtask-${attempt}-${vertex.id}-${index}`, actor)
    deployment.hosted.set(name, { id, vertex, actor, cell, counters })
  }

  send(attempt: Attempt, subtask: SubtaskId, message: SubtaskMessage): void {
    this.#find(attempt, subtask)?.cell.tell(message)
  }

  /** Takes a region's attempt away. Each of its subtasks reports `stopped`. */
  cancel(region: number, attempt: Attempt): void {
    const deployment = this.#regions.get(region)
    if (deployment?.attempt !== attempt) return
    for (const [name, hosted] of deployment.hosted) {
      this.#earlier.set(name, this.#statsOf(name, hosted))
      hosted.cell.tell({ type: 'cancel' })
    }
    this.#regions.delete(region)
  }

  #find(attempt: Attempt, { vertex, index }: SubtaskId): Hosted | undefined {
    for (const deployment of this.#regions.values()) {
      if (deployment.attempt === attempt) return deployment.hosted.get(subtaskName(vertex, index))
    }
    return undefined
  }

  /** What a subtask's operator holds for a key; rejects with TERMINATED where it does not run. */
  ask(subtask: SubtaskId, operator: OperatorId, key: Key): Promise<unknown> {
    return this.running(subtask)?.ask(operator, key) ?? Promise.reject(notRunning(`operator "${operator}"`))
  }

  /** The subtask that runs now, in any attempt. */
  running(subtask: SubtaskId): SubtaskActor | undefined {
    for (const { hosted } of this.#regions.values()) {
      const found = hosted.get(subtaskName(subtask.vertex, subtask.index))
      if (found !== undefined) return found.actor
    }
    return undefined
  }

  /** Async calls of user code that have neither settled nor been cancelled. */
  callsInFlight(): number {
    let count = 0
    for (const { hosted } of this.#regions.values()) for (const { actor } of hosted.values()) count += actor.callsInFlight
    return count
  }

  /** Load figures of all subtasks, for people; of those that do not run now, as they last stood. */
  stats(): readonly SubtaskStats[] {
    const stats = new Map(this.#earlier)
    for (const { hosted } of this.#regions.values()) for (const [name, one] of hosted) stats.set(name, this.#statsOf(name, one))
    return [...stats.values()].sort((a, b) => a.vertex - b.vertex || a.index - b.index)
  }

  #statsOf(name: string, { id, vertex, actor, counters }: Hosted): SubtaskStats {
    return withEarlier(this.#earlier.get(name), statsOf(id, vertex, actor, counters))
  }
}

function inputsOf(plan: Plan, vertex: PlanVertex, index: number, channels: ReadonlyMap<number, Sides>): InputChannel[] {
  const inputs = plan.edges.flatMap((edge) =>
    edge.to === vertex.id ? sendersOf(plan, edge, index).map((from) => channels.get(channelOf(plan, edge, from, index))!.input!) : [],
  )
  return inputs.sort((a, b) => a.index - b.index)
}

function outputsOf(plan: Plan, vertex: PlanVertex, index: number, channels: ReadonlyMap<number, Sides>): Map<PlanEdge, OutputChannel[]> {
  return new Map(
    plan.edges.flatMap((edge) =>
      edge.from === vertex.id
        ? [[edge, receiversOf(plan, edge, index).map((to) => channels.get(channelOf(plan, edge, index, to))!.output!)] as const]
        : [],
    ),
  )
}

function divertedOf({ divert }: DeployOrder): Diverted {
  const diverted = new Map<OperatorId, Map<number, string>>()
  for (const { operator, fingerprint, error } of divert) {
    const known = diverted.get(operator) ?? new Map()
    diverted.set(operator, known.set(fingerprint, error))
  }
  return diverted
}
