// Runs a job in this process: puts coordinator, committers, worker and subtasks into one actor system over the ports it is given.
//
// Composition only. Where checkpoints go, how the time passes and what is random come from the caller, so the simulator starts the same
// engine in its own world.

import type { CoordinatorMessage } from '../actors/coordinator.ts'
import { coordinatorSetup } from '../actors/coordinator-setup.ts'
import { ManifestStore } from '../actors/manifest-store.ts'
import { snapshotStore } from '../actors/snapshot-store.ts'
import type { SubtaskStats } from '../actors/subtask-stats.ts'
import type { JobThread } from '../actors/thread-messages.ts'
import { ThreadPool } from '../actors/thread-pool.ts'
import { Worker } from '../actors/worker.ts'
import type { CompiledJob } from './api/graph.ts'
import { hostedBy } from './hosted.ts'
import type { ValueCodec } from './model/codec.ts'
import { MillraceError } from './model/errors.ts'
import { type Epoch, type OperatorId, type SubtaskId, vertexId } from './model/ids.ts'
import { type Key, keyGroupOf, subtaskOfGroup } from './model/key.ts'
import {
  checkpointFailuresTolerated,
  checkpointsKept,
  poisonFailuresMax,
  restartBackoffFactor,
  restartBackoffFirstMs,
  restartBackoffInitialMs,
  restartBackoffJitter,
  restartBackoffMaxMs,
  restartResetAfterMs,
  restartsMax,
  restartsWithinMs,
} from './model/limits.ts'
import type { Logger } from './model/logger.ts'
import type { ByteLinks } from './ports/byte-link.ts'
import type { CheckpointStore } from './ports/checkpoint-store.ts'
import type { Clock } from './ports/clock.ts'
import type { CrashPoints } from './ports/crash-points.ts'
import type { Dispatcher } from './ports/dispatcher.ts'
import type { Random } from './ports/random.ts'
import type { JobOutcome, JobStatus, StopHow } from './protocol/coordinator-types.ts'
import type { RestartPolicy } from './protocol/restart.ts'
import type { EngineRef } from './runtime/actor-ref.ts'
import { createSystem } from './runtime/system.ts'

/** What a run needs of the world. */
export interface World {
  readonly clock: Clock
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly logger: Logger
  readonly crashPoints: CrashPoints
  readonly codec: ValueCodec
  /** For the simulator: which ready actor runs next. */
  readonly pick?: ((ready: number) => number) | undefined
}

/** Threads beside the main one, which share the subtasks among them. */
export interface Threads {
  readonly count: number
  readonly links: ByteLinks
  /** Starts a thread that has no number yet. */
  spawn(): JobThread
}

export interface RunOptions {
  readonly store: CheckpointStore
  /** Whether the store outlives this process. */
  readonly durable: boolean
  /** Begin from nothing, whatever the store holds. */
  readonly fresh?: boolean | undefined
  /** Go back to this complete checkpoint of the store, and void the newer ones. Default: the newest. */
  readonly from?: Epoch | undefined
  /** Operators whose saved state is given up. */
  readonly dropped?: ReadonlySet<string> | undefined
  readonly checkpointEveryMs?: number | undefined
  /** Default: none. The job must be compiled for threads. */
  readonly threads?: Threads | undefined
  /** Deep-freezes what user code emits. */
  readonly freeze?: ((value: unknown) => void) | undefined
  readonly onStatus?: ((status: JobStatus) => void) | undefined
  /** A broken invariant: the process must not go on. Default: thrown outside of everything, which ends the process. */
  readonly onDefect?: ((error: unknown) => void) | undefined
}

export interface RunningJob {
  /** How it ended. Rejects only for a defect that `onDefect` was told of. */
  readonly done: Promise<JobOutcome>
  status(): JobStatus | undefined
  /** Load figures of all subtasks; of an attempt that is over, as they stood then. */
  stats(): readonly SubtaskStats[]
  /** Async calls of user code that are under way. */
  callsInFlight(): number
  stop(how: StopHow): void
  /** Stops at once, without another checkpoint. */
  cancel(): void
  /** Asks a keyed operator what it holds for a key, in a turn of the subtask that owns it. */
  ask(operator: string, key: Key): Promise<unknown>
}

export function startJob(job: CompiledJob, world: World, options: RunOptions): RunningJob {
  refuseUnreplayable(job, options.durable)
  const { clock, crashPoints } = world
  const { threads } = options
  const store = new ManifestStore(options.store)
  const warn = (text: string): void => world.logger.warn(text)
  let status: JobStatus | undefined
  let settle!: (outcome: JobOutcome) => void
  let reject!: (error: unknown) => void
  const done = new Promise<JobOutcome>((resolve, fail) => {
    settle = resolve
    reject = fail
  })
  const system = createSystem({
    clock,
    dispatcher: world.dispatcher,
    logger: world.logger,
    name: job.name,
    pick: world.pick,
    ...(options.onDefect === undefined
      ? {}
      : {
          onFailure: (error: unknown) => {
            options.onDefect!(error)
            reject(error)
          },
        }),
  })
  const worker = new Worker({
    definitions: { operators: job.definitions, sources: job.sources, sinks: job.sinks },
    codec: world.codec,
    clock,
    crashPoints,
    host: (name, actor) => hostedBy(system, name, actor),
    ...snapshotStore(store, warn),
    report: (report) => coordinator.tell({ type: 'report', report }),
    flushIntervalMs: job.options.flushIntervalMs,
    watermarkIntervalMs: job.options.watermarkIntervalMs,
    freeze: options.freeze,
  })
  const pool =
    threads === undefined
      ? undefined
      : new ThreadPool(
          {
            links: threads.links,
            threads: threads.count,
            spawn: () => threads.spawn(),
            store: options.store,
            clock,
            report: (report) => coordinator.tell({ type: 'report', report }),
            warn,
          },
          worker,
        )
  const hosts = pool ?? worker
  const coordinator: EngineRef<CoordinatorMessage> = system.spawnEngine(
    'coordinator',
    coordinatorSetup({
      config: configOf(job, world, options),
      store,
      clock,
      random: world.random,
      deployer: hosts,
      crashPoints,
      logger: world.logger,
      sources: job.sources,
      sinks: job.sinks,
      status: (now) => {
        status = now
        options.onStatus?.(now)
      },
      over: (outcome) => {
        pool?.close()
        void system.shutdown().then(() => settle(outcome), reject)
      },
    }),
  )
  return {
    done,
    status: () => status,
    stats: () => hosts.stats(),
    callsInFlight: () => worker.callsInFlight(),
    stop: (how) => coordinator.tell({ type: 'stop', how }),
    cancel: () => coordinator.tell({ type: 'cancel' }),
    ask: async (operator, key) => hosts.ask(ownerOf(job, operator, key), operator as OperatorId, key),
  }
}

function configOf(job: CompiledJob, world: World, options: RunOptions): Parameters<typeof coordinatorSetup>[0]['config'] {
  const { options: chosen, plan } = job
  const restart = restartPolicy(job, options.durable || options.threads !== undefined || chosen.onPoison === 'dead-letter')
  return {
    plan,
    valueCodec: world.codec.name,
    writer: Math.floor(world.random.next() * 2 ** 48).toString(36),
    fresh: options.fresh ?? false,
    from: options.from,
    dropped: options.dropped ?? new Set(),
    checkpointIntervalMs: options.checkpointEveryMs ?? chosen.checkpointEveryMs,
    checkpointTimeoutMs: chosen.checkpointTimeoutMs,
    checkpointFailuresTolerated,
    checkpointsKept,
    restorable: options.durable || restart.restarts > 0,
    restart,
    poison: { onPoison: chosen.onPoison, failuresMax: poisonFailuresMax },
  }
}

/** @param worthwhile whether checkpoints outlive what may fail, a process or a thread of it, or a failing record is to be found and set aside */
function restartPolicy({ options: { restarts } }: CompiledJob, worthwhile: boolean): RestartPolicy {
  const unlessSet = worthwhile ? restartsMax : 0
  const {
    max = restartsMax,
    withinMs = restartsWithinMs,
    longestPauseMs = restartBackoffMaxMs,
  } = restarts === undefined ? { max: unlessSet } : restarts === false ? { max: 0 } : restarts
  return {
    firstMs: restartBackoffFirstMs,
    initialMs: Math.min(restartBackoffInitialMs, longestPauseMs),
    factor: restartBackoffFactor,
    maxMs: longestPauseMs,
    resetAfterMs: restartResetAfterMs,
    jitter: restartBackoffJitter,
    restarts: max,
    withinMs,
  }
}

function refuseUnreplayable(job: CompiledJob, durable: boolean): void {
  if (!durable) return
  for (const [id, { source }] of job.sources) {
    if (source.replayable) continue
    throw new MillraceError(
      'JOB_INVALID',
      `source "${id}" (${source.describe}) cannot be read again by another process, so a state directory would promise what it cannot keep: ${source.guarantee}. Run without one, or read from a source that replays`,
      { operator: id },
    )
  }
}

/** The subtask that owns a key of an operator. */
function ownerOf({ plan }: CompiledJob, operator: string, key: Key): SubtaskId {
  const vertex = plan.vertices.find(({ operators }) => operators.some(({ id }) => id === operator))
  if (vertex === undefined) throw new MillraceError('USAGE', `job ${plan.job} has no operator "${operator}" to be asked`)
  const group = keyGroupOf(key, plan.maxParallelism)
  return { vertex: vertexId(vertex.id), index: subtaskOfGroup(group, plan.maxParallelism, vertex.parallelism) }
}
