// A world around real coordinators: a store in memory, a sink whose output is visible, and a job whose subtasks only count.
//
// The job reads three records, one a checkpoint, and then ends. Whatever happens to its coordinators, the visible output must be those
// three records, once each and in order. Processes are stepped one message at a time, so any number of them can be interleaved, paused for
// ever, or crashed at a named point.

import { CommitterActor, type CommitterMessage } from '../../actors/committer.ts'
import { CoordinatorActor, type CoordinatorMessage } from '../../actors/coordinator.ts'
import type { Deployer } from '../../actors/deployer.ts'
import { ManifestStore } from '../../actors/manifest-store.ts'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { type Blob, BlobWriter } from '../../src/codec/blob.ts'
import { MillraceError } from '../../src/model/errors.ts'
import { type Attempt, type Epoch, type OperatorId, type SubtaskId, vertexId } from '../../src/model/ids.ts'
import { silentLogger } from '../../src/model/logger.ts'
import type { Json } from '../../src/model/manifest.ts'
import type { SubtaskMessage, SubtaskReport } from '../../src/model/messages.ts'
import type { CheckpointStore } from '../../src/ports/checkpoint-store.ts'
import type { Committer } from '../../src/ports/sink.ts'
import type { CoordinatorConfig, DeployOrder, JobOutcome, JobStatus } from '../../src/protocol/coordinator-types.ts'
import { configOf, op } from '../protocol/coordinator-script.ts'

export class Crash extends Error {}

const source: SubtaskId = { vertex: vertexId(0), index: 0 }
const counter: SubtaskId = { vertex: vertexId(1), index: 0 }
const recordsInAll = 3
const out = op('out')

/** What outlives processes. */
export class World {
  readonly entries = new Map<string, Uint8Array>()
  readonly applied = new Map<Epoch, readonly Json[]>()
  now = 1_000_000
  processes = 0

  get visible(): Json[] {
    return [...this.applied.values()].flat()
  }

  committer(): Committer {
    const apply = (epoch: Epoch, committables: readonly Json[]): void => {
      if (!this.applied.has(epoch) && committables.length > 0) this.applied.set(epoch, committables)
    }
    const check = async (restored: Epoch): Promise<void> => {
      const beyond = [...this.applied.keys()].filter((epoch) => epoch > restored)
      if (beyond.length > 0)
        throw new MillraceError('OUTPUT_CONFLICT', `the output has checkpoint ${beyond.join()}, the job restores ${restored}`)
    }
    return {
      check,
      recover: async (restored, committables) => {
        await check(restored)
        apply(restored, committables)
      },
      commit: async (epoch, committables) => apply(epoch, committables),
    }
  }
}

export interface ProcessOptions {
  readonly store?: ((store: CheckpointStore) => CheckpointStore) | undefined
  /** Called at every crash point; throws Crash to end the process there. */
  readonly reached?: ((name: string) => void) | undefined
  /** Called when a subtask is to answer; true = it fails instead. */
  readonly fails?: (() => boolean) | undefined
  readonly config?: Partial<CoordinatorConfig> | undefined
}

export class Process {
  readonly world: World
  readonly coordinator: CoordinatorActor
  readonly store: ManifestStore
  readonly committer: CommitterActor
  outcome: JobOutcome | undefined
  crashed = false
  readonly statuses: JobStatus[] = []
  readonly #inbox: (() => void)[] = []
  readonly #timers = new Set<{ readonly at: number; readonly fire: () => void }>()

  constructor(world: World, options: ProcessOptions = {}) {
    this.world = world
    const backing = memoryCheckpointStore(world.entries)
    this.store = new ManifestStore(options.store?.(backing) ?? backing)
    const crashPoints = { reached: options.reached ?? (() => undefined) }
    const clock = {
      now: () => world.now,
      monotonic: () => world.now,
      setTimer: (ms: number, fire: () => void) => {
        const timer = { at: world.now + ms, fire }
        this.#timers.add(timer)
        return () => void this.#timers.delete(timer)
      },
    }
    this.committer = new CommitterActor({
      job: 'job',
      sink: out,
      make: () => world.committer(),
      crashPoints,
      post: (message) => this.#inbox.push(() => this.committer.receive(message)),
      report: (report) => this.post(report),
    })
    this.coordinator = new CoordinatorActor({
      config: configOf(false, { writer: `process ${++world.processes}`, ...options.config }),
      store: this.store,
      clock,
      random: { next: () => 0.5 },
      deployer: new CountingJob(this, options.fails ?? (() => false)),
      crashPoints,
      logger: silentLogger,
      discover: async () => ({ [op('numbers')]: [{ id: 'a' }] }),
      tellCommitter: (_: OperatorId, order: CommitterMessage) => this.#inbox.push(() => this.committer.receive(order)),
      post: (message) => this.post(message),
      status: (status) => this.statuses.push(status),
      over: (outcome) => {
        this.outcome = outcome
      },
    })
    this.#inbox.push(() => this.coordinator.begin())
  }

  post(message: CoordinatorMessage): void {
    this.#inbox.push(() => this.coordinator.receive(message))
  }

  get over(): boolean {
    return this.crashed || this.outcome !== undefined
  }

  /** Processes one message, or lets time pass to the next timer. */
  async step(): Promise<void> {
    if (this.over) return
    // The stores of this world settle in microtasks: behind a macrotask everything that was begun has answered.
    await new Promise((resolve) => setImmediate(resolve))
    const next = this.#inbox.shift()
    if (next === undefined) {
      this.#advance()
      return
    }
    try {
      next()
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown
      this.crashed = true
    }
  }

  #advance(): void {
    const [due] = [...this.#timers].sort((a, b) => a.at - b.at)
    if (due === undefined) throw new Error(`the job is stuck: ${JSON.stringify(this.statuses.at(-1))}`)
    this.#timers.delete(due)
    this.world.now = Math.max(this.world.now, due.at)
    due.fire()
  }

  async run(steps = 2_000): Promise<void> {
    for (let i = 0; i < steps && !this.over; i++) await this.step()
    if (!this.over) throw new Error(`the job did not end: ${JSON.stringify(this.statuses.at(-1))}`)
  }
}

/** Subtasks that answer at once. The source's offset is the number of records read. */
class CountingJob implements Deployer {
  readonly #process: Process
  readonly #fails: () => boolean
  #attempt: Attempt | undefined
  #offset = 0
  #ended = false
  /** Output that is in no complete checkpoint: what an aborted one staged goes into the next. */
  #staged: { readonly epoch: Epoch; readonly record: Json }[] = []

  constructor(process: Process, fails: () => boolean) {
    this.#process = process
    this.#fails = fails
  }

  deploy(order: DeployOrder): void {
    const saved = order.splits[op('numbers')]?.[0]?.offset
    this.#attempt = order.attempt
    this.#offset = typeof saved === 'number' ? saved : 0
    this.#ended = false
    this.#staged = []
    for (const subtask of [source, counter]) this.#report(subtask, { type: 'restored' })
  }

  send(attempt: Attempt, subtask: SubtaskId, message: SubtaskMessage): void {
    if (attempt !== this.#attempt || subtask.vertex !== source.vertex) return
    if (message.type === 'start') this.#endIfDone()
    if (message.type === 'complete') this.#staged = this.#staged.filter(({ epoch }) => epoch > message.epoch)
    if (message.type !== 'trigger') return
    if (this.#fails()) {
      this.#report(source, { type: 'failed', error: new MillraceError('USER_CODE', 'boom') })
      return
    }
    if (!this.#ended) this.#staged.push({ epoch: message.epoch, record: `record ${++this.#offset}` })
    this.#ack(source, message.epoch, [])
    this.#ack(
      counter,
      message.epoch,
      this.#staged.map(({ record }) => record),
    )
    this.#endIfDone()
  }

  cancel(_: number, attempt: Attempt): void {
    for (const subtask of [source, counter]) {
      this.#process.post({ type: 'report', report: { attempt, subtask, type: 'stopped' } })
    }
    this.#attempt = undefined
  }

  #endIfDone(): void {
    if (this.#offset < recordsInAll || this.#ended) return
    this.#ended = true
    for (const subtask of [source, counter]) this.#report(subtask, { type: 'ended' })
  }

  #ack(subtask: SubtaskId, epoch: Epoch, committables: readonly Json[]): void {
    const attempt = this.#attempt!
    const ended = this.#ended
    const offset = this.#offset
    this.#process.store.putBlob(epoch, attempt, subtask, snapshotOf(offset)).then(
      (blob) => {
        const splits = subtask === source ? { [op('numbers')]: [{ id: 'a', offset, finished: ended }] } : {}
        const report = { snapshot: { blob, ended }, splits, committables: subtask === counter ? { [out]: committables } : {}, states: {} }
        this.#process.post({ type: 'report', report: { attempt, subtask, type: 'ack', epoch, report } })
      },
      () => this.#process.post({ type: 'report', report: { attempt, subtask, type: 'declined', epoch, reason: 'no room' } }),
    )
  }

  #report(subtask: SubtaskId, rest: ReportOf<SubtaskReport>): void {
    this.#process.post({ type: 'report', report: { attempt: this.#attempt!, subtask, ...rest } as SubtaskReport })
  }
}

export function snapshotOf(offset: number): Blob {
  const writer = new BlobWriter({ kind: 'state', codec: 'msgpack' })
  writer.section('offset', new Uint8Array([offset]))
  return writer.finish()
}

type ReportOf<R> = R extends unknown ? Omit<R, 'attempt' | 'subtask'> : never
