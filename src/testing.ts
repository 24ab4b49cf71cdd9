// millrace/testing: runs a job on given input in virtual time, and benches for operators, sources and sinks.
//
// `run` is the engine of production in a simulated world: nothing waits for real time, so a day of event time, a timeout or a window in
// processing time takes no longer than its work. The job's own sinks are not opened.

import { countersOf } from '../actors/subtask-stats.ts'
import { memoryCheckpointStore } from './adapters/memory/checkpoint-store.ts'
import { type Collector, collect } from './adapters/memory/collect.ts'
import { discard } from './adapters/memory/for-each.ts'
import { msgpackCodec } from './adapters/msgpack/msgpack-codec.ts'
import { systemClock } from './adapters/system/clock.ts'
import { arraySource } from './api/code-sources.ts'
import type { CompiledJob, Place, Tap } from './api/graph.ts'
import { type JobInternals, jobInternals } from './api/job.ts'
import type { Job } from './api/job-types.ts'
import type { SourceStream, Stream } from './api/stream-types.ts'
import { MillraceError } from './model/errors.ts'
import type { OperatorId } from './model/ids.ts'
import type { Sink } from './ports/sink.ts'
import { type RunningJob, startJob } from './run-job.ts'
import { deepFreeze } from './sim/deep-freeze.ts'
import { SimWorld } from './sim/world.ts'

export type { ConformanceCheck } from './sim/conformance.ts'
export { SimDisk } from './sim/disk.ts'
export { type CaseElement, type CaseStep, elements, type OperatorCase, runCase, runCases } from './sim/operator-cases.ts'
export { type Emitted, type KitCall, type KitOptions, OperatorKit, operatorKit } from './sim/operator-kit.ts'
export { type SinkConformanceOptions, type SinkUnderTest, sinkConformance } from './sim/sink-kit.ts'
export { type SourceConformanceOptions, sourceConformance } from './sim/source-kit.ts'

/** Input for one source, instead of what it reads. */
export interface Feed<T> {
  readonly source: SourceStream<T, never>
  readonly items: readonly T[]
}

/** Records for a source, as they would come out of it: behind its schema. */
export function feed<T>(source: SourceStream<T, never>, items: readonly NoInfer<T>[]): Feed<T> {
  return { source, items }
}

export interface RunJobOptions {
  /** Of operators that do not say otherwise, instead of the job's. */
  readonly parallelism?: number | undefined
  /** Decides what is left to chance: jitter, names. Default 1. */
  readonly seed?: number | undefined
  /** Virtual time after which a job that has not ended is stopped, in ms; what came out until then is the outcome. Default: none, it must end. */
  readonly forMs?: number | undefined
}

export interface Outcome {
  /** Everything that came out of a stream of the job, in the order in which it came. */
  of<T>(stream: Stream<T>): readonly T[]
  /** Counters of operators by "operator.name", such as late records that nobody reads. */
  readonly counters: Readonly<Record<string, number>>
}

/** Real time that an async call of the job may take before virtual time goes on without it, ms. */
const outsideGraceMs = 2_000

/**
 * Runs a job to its end. Sources that are not fed are read as they are.
 * @throws (rejects with) the MillraceError that failed the job
 */
export async function run(job: Job, feeds: readonly Feed<unknown>[] = [], options: RunJobOptions = {}): Promise<Outcome> {
  const internals = jobInternals(job)
  const taps = new Map(internals.handed.map((place, i) => [nameOf(place), { place, id: `tap-${i}`, sink: collect<unknown>() }]))
  const compiled = forTest(internals, [...taps.values()], feeds, options)
  const grace = new Grace(() => running?.callsInFlight() ?? 0)
  const world = new SimWorld(options.seed ?? 1, { awaitsOutside: () => grace.waits })
  const process = world.process()
  let running: RunningJob | undefined
  let defect: unknown
  running = startJob(
    compiled,
    { ...process, codec: msgpackCodec() },
    { store: memoryCheckpointStore(), durable: false, freeze: deepFreeze, onDefect: (error) => (defect = error) },
  )
  if (options.forMs !== undefined) process.clock.setTimer(options.forMs, () => running?.stop('checkpoint'))
  let counters: Record<string, number> = {}
  const outcome = await world.runUntil(
    running.done.then((ended) => {
      counters = countersOf(running!.stats())
      return ended
    }),
  )
  if (defect !== undefined) throw defect
  if (outcome.kind === 'failed') throw outcome.error
  return { of: <T>(stream: Stream<T>) => (tapOf(internals, taps, stream).sink as Collector<T>).records, counters }
}

interface CollectingTap {
  readonly place: Place
  readonly id: string
  readonly sink: Collector<unknown>
}

const nameOf = ({ node, output }: Place): string => `${node}.${output}`

function tapOf(internals: JobInternals, taps: ReadonlyMap<string, CollectingTap>, stream: Stream<unknown>): CollectingTap {
  const tap = taps.get(nameOf(internals.placeOf(stream)))
  if (tap === undefined)
    throw new MillraceError('USAGE', `that stream of job ${internals.name} was made after the run: build the job first, then run it`)
  return tap
}

function forTest(
  internals: JobInternals,
  taps: readonly CollectingTap[],
  feeds: readonly Feed<unknown>[],
  { parallelism }: RunJobOptions,
): CompiledJob {
  for (const { source } of feeds) internals.placeOf(source)
  const compiled = internals.compile({
    parallelism,
    taps: taps as unknown as readonly Tap[],
    sources: new Map(feeds.map(({ source, items }) => [source.id, arraySource(items)])),
  })
  const tapped = new Set<string>(taps.map(({ id }) => id))
  const sinks = [...compiled.sinks].map(([id, sink]): [OperatorId, Sink<never>] => [id, tapped.has(id) ? sink : discard()])
  return { ...compiled, sinks: new Map(sinks) }
}

/** Whether real time has to be given to async calls of the job: as long as some are in flight, but not for ever. */
class Grace {
  readonly #inFlight: () => number
  readonly #clock = systemClock()
  #last = 0
  #since = 0

  constructor(inFlight: () => number) {
    this.#inFlight = inFlight
  }

  get waits(): boolean {
    const now = this.#inFlight()
    if (now === 0) return false
    if (now !== this.#last) {
      this.#last = now
      this.#since = this.#clock.monotonic()
    }
    return this.#clock.monotonic() - this.#since < outsideGraceMs
  }
}
