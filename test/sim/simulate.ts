// One run: a seed (or a list of choices) in, a verdict out.

import { ManifestStore } from '../../actors/manifest-store.ts'
import { FileCheckpointStore } from '../../src/adapters/fs/checkpoint-store.ts'
import { readEpochs } from '../../src/files.ts'
import { messageOf } from '../../src/model/errors.ts'
import type { Logger } from '../../src/model/logger.ts'
import type { Disk } from '../../src/ports/disk.ts'
import { readView } from '../../src/protocol/log.ts'
import { type ChoiceRecord, Choices } from '../../src/sim/choices.ts'
import { SimWorld } from '../../src/sim/world.ts'
import { expectedOutput, type Output, problemsOf } from './checks.ts'
import { drawFaults, type FaultPlan } from './faults.ts'
import type { Taken } from './random-input.ts'
import { deadLetterSink, drawJob, type JobShape } from './random-job.ts'
import { Service } from './service.ts'

export interface SimulateOptions {
  /** Replays these choices. */
  readonly choices?: ChoiceRecord | undefined
  /** Records of each split, at most. Default 60. */
  readonly recordsMax?: number | undefined
  readonly logger?: Logger | undefined
}

export interface Verdict {
  readonly seed: number
  /** Empty = all is well. */
  readonly problems: readonly string[]
  readonly hash: string
  readonly events: number
  readonly timeMs: number
  readonly starts: number
  readonly refused: string | undefined
  readonly shape: JobShape
  readonly plan: FaultPlan
  readonly choices: ChoiceRecord
  readonly pointsReached: ReadonlyMap<string, number>
  readonly faultsMet: ReadonlyMap<string, number>
}

const recordsMaxDefault = 60
/** A job that has not come to its end this long after the healing never will. */
const livenessMs = 20 * 60_000
/** Far more than any run needs: who comes here spins. */
const eventsMax = 300_000

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Verdict> {
  const choices = new Choices(seed, options.choices)
  const shape = drawJob(choices, options.recordsMax ?? recordsMaxDefault)
  const quiet = shape.branches.every(({ core }) => core === 'one-session')
  const plan = drawFaults(choices, { quiet, poisoned: shape.poison !== undefined })
  let service: Service | undefined
  const world = new SimWorld(seed, {
    choices,
    turnMs: plan.turnMs,
    shuffled: true,
    logger: options.logger,
    crashesAt: (process, point) => service?.crashesAt(process, point) ?? false,
  })
  service = new Service(world, plan, shape)
  let problems: readonly string[]
  let refused: string | undefined
  try {
    const end = await world.runUntil(service.done, { untilMs: plan.healAtMs + livenessMs, eventsMax })
    refused = end.kind === 'refused' ? end.error.message : undefined
    const disk = service.lastDisk()
    const actual = await outputOf(disk, shape)
    const taken = end.kind === 'finished' && service.met.has('drain') ? await takenOf(disk) : new Map()
    problems = problemsOf(shape, plan, await expectedOutput(shape, taken), actual, end.kind === 'finished')
    for (const [sink, records] of actual) world.trace.note(`${sink}${records.length}`)
  } catch (thrown) {
    problems = [messageOf(thrown)]
  }
  const { trace, timeMs, pointsReached } = world
  const { starts, met: faultsMet } = service
  const record = choices.record()
  return {
    seed,
    problems,
    hash: trace.hash,
    events: trace.events,
    timeMs,
    starts,
    refused,
    shape,
    plan,
    choices: record,
    pointsReached,
    faultsMet,
  }
}

async function outputOf(disk: Disk, { branches }: JobShape): Promise<Output> {
  const output = new Map<string, unknown[]>()
  const sinks = branches.flatMap(({ core }, i) => ['out', 'late', 'odd', 'flushed'].map((suffix) => `${core}-${i}-${suffix}`))
  for (const sink of [deadLetterSink, ...sinks]) {
    const records: unknown[] = []
    for await (const record of readEpochs<unknown>(`/out/${sink}`, { disk })) records.push(record)
    output.set(sink, records)
  }
  return output
}

/** Where the splits stand in the last checkpoint of a job that has finished. */
async function takenOf(disk: Disk): Promise<Taken> {
  const store = new ManifestStore(FileCheckpointStore.forReading(disk, '/state'))
  const last = readView(await store.readLog()).complete.at(-1)!
  const { manifest } = await store.readManifest(last.epoch, last.checksum)
  return new Map(
    Object.values(manifest!.sources)
      .flat()
      .map(({ id, offset }) => [id, Number(offset ?? 0)]),
  )
}
