// One run: a seed (or a list of choices) in, a verdict out.

import { readEpochs } from '../../src/files.ts'
import { messageOf } from '../../src/model/errors.ts'
import type { Logger } from '../../src/model/logger.ts'
import { type ChoiceRecord, Choices } from '../../src/sim/choices.ts'
import { SimWorld } from '../../src/sim/world.ts'
import { expectedOutput, type Output, problemsOf } from './checks.ts'
import { drawFaults, type FaultPlan } from './faults.ts'
import { drawJob, type JobShape } from './random-job.ts'
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
  const plan = drawFaults(
    choices,
    shape.branches.every(({ core }) => core === 'one-session'),
  )
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
    const actual = await outputOf(service, shape)
    problems = problemsOf(shape, plan.rescales, await expectedOutput(shape), actual, end.kind === 'finished')
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

async function outputOf(service: Service, { branches }: JobShape): Promise<Output> {
  const disk = service.lastDisk()
  const output = new Map<string, unknown[]>()
  for (const [i, { core }] of branches.entries()) {
    for (const suffix of ['out', 'late', 'odd', 'flushed']) {
      const sink = `${core}-${i}-${suffix}`
      const records: unknown[] = []
      for await (const record of readEpochs<unknown>(`/out/${sink}`, { disk })) records.push(record)
      output.set(sink, records)
    }
  }
  return output
}
