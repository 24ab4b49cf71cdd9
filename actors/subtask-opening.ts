// Opens a subtask: builds its chain and channels, restores its state, opens its readers and writers.
//
// Nothing runs yet when it is done. It knows where state lies in a manifest of any earlier parallelism and chaining, because state belongs
// to operator ids.

import { Chain, type ChainHost } from '../src/flow/chain.ts'
import { edgeWriter, type OutputChannel } from '../src/flow/exchange.ts'
import { Floors } from '../src/flow/floors.ts'
import { Gate, type InputChannel } from '../src/flow/gate.ts'
import { Leads } from '../src/flow/leads.ts'
import { restoreState, type StoredSnapshot } from '../src/flow/restore.ts'
import { Snapshotter, type SubtaskTime } from '../src/flow/snapshotter.ts'
import { SourceDriver } from '../src/flow/source-driver.ts'
import { Subtask } from '../src/flow/subtask.ts'
import type { Validate } from '../src/flow/validation.ts'
import type { ValueCodec } from '../src/model/codec.ts'
import type { DeadLetter } from '../src/model/dead-letter.ts'
import { MillraceError, messageOf } from '../src/model/errors.ts'
import type { OperatorId } from '../src/model/ids.ts'
import { hashKey, whose } from '../src/model/key.ts'
import { frameRecordsMax, watermarkRecords } from '../src/model/limits.ts'
import type { BlobRef, Manifest, SplitProgress } from '../src/model/manifest.ts'
import type { Plan, PlanEdge, PlanVertex } from '../src/model/plan.ts'
import type { OperatorDefinitions } from '../src/operators/definition.ts'
import type { KeyContext, Receive } from '../src/operators/operator.ts'
import type { SinkDefinitions, Writer } from '../src/ports/sink.ts'
import type { Reader, SourceContext, SourceDefinition, SourceDefinitions } from '../src/ports/source.ts'
import { Alignment } from '../src/protocol/alignment.ts'
import { PromiseCalls } from './async-calls.ts'
import { ofSource } from './of-source.ts'
import { closeOpened, type OpenedSubtask } from './opened-subtask.ts'
import type { SubtaskActor, SubtaskEnvironment } from './subtask.ts'

/** The functions of a job. */
export interface JobDefinitions {
  readonly operators: OperatorDefinitions
  readonly sources: SourceDefinitions
  readonly sinks: SinkDefinitions
}

/** Records that are kept from an operator because they failed it too often: by fingerprint, with what was thrown. */
export type Diverted = ReadonlyMap<OperatorId, ReadonlyMap<number, string>>

export interface OpeningOrder {
  readonly plan: Plan
  readonly vertex: PlanVertex
  readonly index: number
  readonly definitions: JobDefinitions
  readonly inputs: readonly InputChannel[]
  /** Channels of an outgoing edge, one to each receiver, in order. */
  readonly outputs: ReadonlyMap<PlanEdge, readonly OutputChannel[]>
  /** Of the source in this vertex. */
  readonly splits: readonly SplitProgress[]
  readonly restore: Manifest | undefined
  /** Whether what is saved may ever be restored. */
  readonly restorable: boolean
  readonly diverted: Diverted
  readonly codec: ValueCodec
  /** Reads and verifies a snapshot. */
  fetch(blob: BlobRef): PromiseLike<Uint8Array>
  readonly flushIntervalMs?: number | undefined
  readonly watermarkIntervalMs?: number | undefined
  /** Deep-freezes what user code emits: a mistake then throws instead of corrupting a neighbour. */
  readonly freeze?: ((value: unknown) => void) | undefined
  count(operator: OperatorId, name: string, n: number): void
}

export async function openSubtask(order: OpeningOrder, env: SubtaskEnvironment, actor: SubtaskActor): Promise<OpenedSubtask> {
  const { plan, vertex } = order
  const calls = new Map<number, PromiseCalls>()
  const floors = new Floors()
  const keyedInput = plan.edges.some(({ to, partition }) => to === vertex.id && partition === 'hash')
  const chain = new Chain(
    vertex,
    plan.edges.filter(({ from }) => from === vertex.id),
    order.definitions.operators,
    keyedInput,
    chainHost(order, actor, calls, floors),
  )
  const alignment = new Alignment(order.inputs.length)
  const root = vertex.operators[0]!
  const source = order.definitions.sources.get(root.id)
  const driver = source === undefined ? undefined : sourceDriver(root.id, source, order, chain, () => subtask)
  const snapshotter = new Snapshotter(chain, order.codec, driver === undefined, floors, order.restorable)
  const subtask: Subtask = new Subtask(
    {
      chain,
      outputs: [...order.outputs.values()].flat(),
      snapshotter,
      gate: driver === undefined ? new Gate(order.inputs, alignment.held, leadsOf(chain, order.inputs.length)) : undefined,
      driver,
      alignment,
      flushIntervalMs: order.flushIntervalMs,
    },
    {
      frozen: (epoch, splits) => actor.frozen(epoch, splits),
      copied: (taken) => actor.copied(taken),
      ended: () => actor.ended(),
    },
  )
  const opened = {
    subtask,
    calls,
    readers: [] as (Reader<unknown> | undefined)[],
    writers: new Map<OperatorId, Writer<unknown>>(),
  }
  try {
    const time = await restored(order, chain, floors)
    if (source !== undefined) await openReaders(root.id, source, order.splits, driver!, env, opened.readers)
    await openWriters(order, env, opened.writers)
    return { ...opened, time }
  } catch (thrown) {
    await closeOpened(opened)
    throw thrown
  }
}

async function restored(
  { plan, vertex, index, restore, fetch, codec }: OpeningOrder,
  { nodes }: Chain,
  floors: Floors,
): Promise<SubtaskTime | undefined> {
  if (restore === undefined) return undefined
  const stored = await Promise.all(snapshotsFor(restore, plan, vertex, index, fetch))
  return restoreState(nodes, stored, { index, parallelism: vertex.parallelism, maxParallelism: plan.maxParallelism, codec, floors })
}

/**
 * The snapshots that hold something for this subtask: its own, or all of its operators' where anything of the job runs at another
 * parallelism. For records may then come to it that went to another subtask, so event time must not be ahead of any of them.
 */
function snapshotsFor(
  manifest: Manifest,
  plan: Plan,
  vertex: PlanVertex,
  index: number,
  fetch: OpeningOrder['fetch'],
): PromiseLike<StoredSnapshot>[] {
  const known = vertex.operators.flatMap(({ id }) => manifest.operators[id] ?? [])
  const oldVertices = [...new Set(known.map((operator) => operator.vertex))]
  const rootVertex = manifest.operators[vertex.operators[0]!.id]?.vertex
  const own = isSameShape(manifest, plan)
  return oldVertices.flatMap((old) =>
    manifest.vertices[old]!.subtasks.flatMap(({ blob, ended }, oldIndex, { length }) => {
      if (own && oldIndex !== index) return []
      const place = { index: oldIndex, parallelism: length, isRoot: old === rootVertex, ended }
      if (blob === undefined) return [Promise.resolve({ ...place, name: 'no state', bytes: undefined })]
      return [fetch(blob).then((bytes) => ({ ...place, name: blob.name, bytes }))]
    }),
  )
}

/** Whether the job has the operators that it had, each at the same parallelism: then it has the same chains and channels. */
function isSameShape({ operators: saved }: Manifest, { vertices }: Plan): boolean {
  const now = vertices.flatMap(({ operators, parallelism }) => operators.map(({ id }) => ({ id, parallelism })))
  return now.length === Object.keys(saved).length && now.every(({ id, parallelism }) => saved[id]?.parallelism === parallelism)
}

function sourceDriver(
  id: OperatorId,
  definition: SourceDefinition,
  order: OpeningOrder,
  chain: Chain,
  subtask: () => Subtask,
): SourceDriver {
  const { source, time, invalidIsRead } = definition
  return new SourceDriver(
    {
      id,
      time,
      validate: source.schema === undefined ? undefined : validator(id, source.schema),
      watermarkIntervalMs: order.watermarkIntervalMs,
      // A watermark cuts the batch of every channel short, so there should be a full one for each.
      watermarkRecords: Math.max(watermarkRecords, frameRecordsMax * [...order.outputs.values()].flat().length),
    },
    {
      record: chain.inputs[0]!,
      invalid: invalidIsRead ? chain.output(0, 'invalid') : undefined,
      watermark: (at) => subtask().passWatermark(at),
      status: (control) => subtask().passStatus(control),
    },
  )
}

/** Only where what is ahead would have to be kept. */
const leadsOf = ({ nodes }: Chain, channels: number): Leads | undefined =>
  channels > 1 && nodes[0]!.operator?.keepsUntilWatermark === true ? new Leads(channels) : undefined

function validator(id: OperatorId, schema: NonNullable<SourceDefinition['source']['schema']>): Validate {
  return (raw) => {
    const result = schema['~standard'].validate(raw)
    if (result instanceof Promise) {
      throw new MillraceError(
        'JOB_INVALID',
        `source "${id}": its ${schema['~standard'].vendor} schema validates asynchronously, and records are validated one by one in the data path; use a synchronous schema and do the rest in asyncMap`,
        { operator: id },
      )
    }
    return result
  }
}

async function openReaders(
  id: OperatorId,
  { source }: SourceDefinition,
  splits: readonly SplitProgress[],
  driver: SourceDriver,
  env: SubtaskEnvironment,
  readers: (Reader<unknown> | undefined)[],
): Promise<void> {
  const context: SourceContext = {
    now: () => env.clock.now(),
    after: (delayMs, fire) => env.clock.setTimer(delayMs, fire),
    operator: id,
  }
  for (const split of splits) {
    const reader = split.finished ? undefined : await ofSource(id, () => source.open({ id: split.id, at: split.at }, split.offset, context))
    driver.addSplit(split, reader)
    readers.push(reader)
  }
}

async function openWriters(
  { plan, vertex, index, definitions }: OpeningOrder,
  { attempt }: SubtaskEnvironment,
  writers: Map<OperatorId, Writer<unknown>>,
): Promise<void> {
  for (const { id, kind } of vertex.operators) {
    if (kind !== 'sink') continue
    const sink = definitions.sinks.get(id)
    if (sink === undefined) throw new MillraceError('INVARIANT', `sink "${id}" has no definition`)
    writers.set(id, (await sink.writer({ job: plan.job, operator: id, attempt, subtask: index })) as Writer<unknown>)
  }
}

function chainHost(order: OpeningOrder, actor: SubtaskActor, calls: Map<number, PromiseCalls>, floors: Floors): ChainHost {
  const { plan, index, codec, diverted, freeze } = order
  const fingerprint = (value: unknown): number | undefined => fingerprintOf(codec, value)
  return {
    subtask: index,
    maxParallelism: plan.maxParallelism,
    groupFloor: (operator, group) => floors.of(operator, group),
    edgeWriter: (edge, keys) => edgeWriter(edge.partition, order.outputs.get(edge)!, keys, plan.maxParallelism),
    calls(operator) {
      const running = new PromiseCalls(() => actor.called())
      calls.set(operator, running)
      return running
    },
    count: order.count,
    userError: (operator, thrown, value, time, keys) => userError(operator, thrown, time, keys, fingerprint(value)),
    guard(operators, keys, receive, deadLetter) {
      const unwanted = operators.flatMap((operator) =>
        [...(diverted.get(operator) ?? [])].map(([print, error]) => [print, { operator, error }] as const),
      )
      if (unwanted.length === 0) return receive
      return divert(new Map(unwanted), fingerprint, keys, receive, deadLetter)
    },
    freeze,
    emitted(receive) {
      if (freeze === undefined) return receive
      return (value, time) => {
        freeze(value)
        receive(value, time)
      }
    },
  }
}

/** Same record, same number, in every attempt; undefined for what cannot be encoded. */
function fingerprintOf(codec: ValueCodec, value: unknown): number | undefined {
  try {
    const bytes = codec.encode(value)
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte)
    return hashKey(text)
  } catch {
    return undefined // a record without fingerprint is never diverted
  }
}

function userError(
  operator: OperatorId,
  thrown: unknown,
  time: number,
  keys: KeyContext | undefined,
  fingerprint: number | undefined,
): MillraceError {
  // One that names its operator comes from further down the chain.
  if (thrown instanceof MillraceError && (thrown.code !== 'USER_CODE' || thrown.operator !== undefined)) return thrown
  return new MillraceError('USER_CODE', `operator "${operator}" failed${whose(keys?.key, time)}: ${messageOf(thrown)}`, {
    cause: thrown,
    operator,
    fingerprint,
  })
}

interface Unwanted {
  readonly operator: OperatorId
  readonly error: string
}

function divert(
  unwanted: ReadonlyMap<number, Unwanted>,
  fingerprint: (value: unknown) => number | undefined,
  keys: KeyContext | undefined,
  receive: Receive,
  deadLetter: Receive,
): Receive {
  return (value, time) => {
    const known = unwanted.get(fingerprint(value) ?? -1)
    if (known === undefined) return receive(value, time)
    const letter: DeadLetter = { ...known, key: keys?.key, timestamp: Number.isNaN(time) ? undefined : time, record: value }
    deadLetter(letter, time)
  }
}
