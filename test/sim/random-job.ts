// Random small jobs through the public API: first a shape, drawn from choices and printable, then the job, made anew for every process.
//
// What every sink gets is a function of the input, whatever the order in which subtasks run: so it can be compared with a run without faults.
// Shapes that are not (late records) are judged by what they conserve.

import type { Job } from '../../src/api/job-types.ts'
import type { Stream } from '../../src/api/stream-types.ts'
import { job as defineJob, output, value } from '../../src/index.ts'
import type { ChoiceStream, Choices } from '../../src/sim/choices.ts'
import { type Branch, Branches, type BranchWorld, type Core, cores, lateCores, quietCores } from './random-cores.ts'
import { drawInput, type InputShape, inputSource, type Pace, type Rec, recordsOf, type Taken } from './random-input.ts'

const steps = ['map', 'filter', 'flatMap', 'rebalance', 'async', 'async-unordered', 'async-keyed', 'fork', 'diamond', 'rules'] as const
/** Drawn apart: it throws for one record, whatever is tried. */
type Step = (typeof steps)[number] | 'poison'

/** Where dead letters go. */
export const deadLetterSink = 'dead-letters'

export interface JobShape {
  readonly left: InputShape
  readonly right: InputShape
  readonly steps: readonly Step[]
  readonly stepParallelism: number | undefined
  readonly branches: readonly Branch[]
  /** Records at this place of the first split of `left` make user code throw, every time; undefined = none. */
  readonly poison: number | undefined
  readonly checkpointEveryMs: number
  readonly checkpointTimeoutMs: number
  readonly maxParallelism: number
  /** Whether senders fold what they send to windows. */
  readonly combine: boolean
}

export interface JobWorld extends BranchWorld {
  readonly pace: Pace
  /** Whether the record that makes user code throw every time comes to it; otherwise it is set aside before. */
  readonly poisons: boolean
  /** User code came to that record. */
  poisoned(): never
  /** What the sources hold; more is not there. */
  readonly taken: Taken
  /** An async call of user code: settles with the value later, or rejects, or never settles. */
  call<R>(value: R): Promise<R>
}

export function drawJob(choices: Choices, recordsMax: number): JobShape {
  const stream = choices.stream('job')
  const late = stream.chance(0.15)
  const ofCores: readonly Core[] = stream.chance(0.15) ? quietCores : late ? lateCores : cores
  const optional = (): number | undefined => (stream.chance(0.3) ? stream.between(1, 4) : undefined)
  const left = drawInput(choices, recordsMax, late)
  const right = drawInput(choices, Math.min(recordsMax, 60), false)
  const drawn = Array.from({ length: stream.below(4) }, () => stream.of<Step>(steps))
  const poison = stream.chance(0.1) ? stream.below(Math.max(1, left.records)) : undefined
  return {
    left,
    right: { ...right, keys: left.keys },
    steps: poison === undefined ? drawn : withPoison(drawn, stream),
    poison,
    stepParallelism: optional(),
    branches: Array.from({ length: stream.between(1, 3) }, () => ({
      core: stream.of(ofCores),
      parallelism: optional(),
    })),
    checkpointEveryMs: ofCores === quietCores ? 30 : stream.of([100, 20, 50, 300]),
    checkpointTimeoutMs: stream.of([60_000, 60_000, 200, 1_000]),
    maxParallelism: stream.of([128, 4, 7]),
    combine: stream.chance(0.9),
  }
}

/** What is set aside is the record as it came to the steps that run as one: it is to be the one that throws, and nothing but it. */
function withPoison(drawn: readonly Step[], stream: ChoiceStream): Step[] {
  const others = drawn.filter((step) => step !== 'flatMap' && step !== 'fork')
  return others.toSpliced(stream.below(others.length + 1), 0, 'poison')
}

/**
 * Whether records of one split stay in order all the way to a sink behind nothing but the steps. Where parallelism changes, records in flight
 * in an operator without key are dealt anew.
 */
export function keepsOrder({ steps: used, stepParallelism }: JobShape, rescales: boolean): boolean {
  const breaking: readonly Step[] = ['rebalance', 'async-unordered', 'diamond', ...(rescales ? (['async', 'fork'] as const) : [])]
  return stepParallelism === undefined && !used.some((step) => breaking.includes(step))
}

export function buildJob(shape: JobShape, world: JobWorld): Job {
  const job = defineJob('sim', {
    checkpointEvery: shape.checkpointEveryMs,
    checkpointTimeout: shape.checkpointTimeoutMs,
    maxParallelism: shape.maxParallelism,
    combine: shape.combine,
    flushInterval: 3,
    watermarkInterval: 5,
    restarts: { max: 1_000_000 },
  })
  new Builder(job, shape, world).build()
  return job
}

class Builder {
  readonly #job: Job
  readonly #shape: JobShape
  readonly #world: JobWorld
  #right: Stream<Rec> | undefined

  constructor(job: Job, shape: JobShape, world: JobWorld) {
    this.#job = job
    this.#shape = shape
    this.#world = world
  }

  build(): void {
    const { steps: used, stepParallelism, branches } = this.#shape
    let stream = this.#source('left', this.#shape.left, 0)
    for (const [i, step] of used.entries()) {
      stream = this.#step(stream, step, i)
      if (stepParallelism !== undefined && step !== 'rules' && step !== 'diamond' && step !== 'poison')
        stream = stream.parallelism(stepParallelism)
    }
    const built = new Branches(this.#shape.left.stepMs, this.#world, () => this.#second)
    for (const [i, branch] of branches.entries()) built.build(stream, branch, `${branch.core}-${i}`)
  }

  #source(name: string, input: InputShape, idBase: number): Stream<Rec> {
    const source = inputSource(name, recordsOf(input, name, idBase, this.#world.taken), this.#world.pace)
    const { outOfOrderMs: outOfOrder, idleAfterMs: idleAfter, punctuated } = input
    const watermarks = punctuated ? { punctuation: (record: Rec) => record.w } : { outOfOrder, idleAfter }
    return this.#job.source(name, source, { timestamp: (record) => record.t, ...watermarks })
  }

  get #second(): Stream<Rec> {
    this.#right ??= this.#source('right', this.#shape.right, 10_000_000)
    return this.#right
  }

  /** The other records go on; these come out as dead letters, once each. */
  #poison(stream: Stream<Rec>): Stream<Rec> {
    const world = this.#world
    const isPoison = ({ split, n }: Rec): boolean => split === 'left0' && n === this.#shape.poison
    const letters = (from: Stream<Rec>): void => void from.map(({ id }) => ({ dead: id })).to(deadLetterSink, world.sink(deadLetterSink))
    if (!world.poisons) {
      const { bad, rest } = stream.split({ bad: isPoison })
      letters(bad)
      return rest
    }
    letters(this.#job.deadLetters().map(({ record }) => record as Rec))
    return stream.map((record) => {
      if (isPoison(record)) world.poisoned()
      return record
    })
  }

  #step(stream: Stream<Rec>, step: Step, i: number): Stream<Rec> {
    const world = this.#world
    switch (step) {
      case 'poison':
        return this.#poison(stream)
      case 'map':
        return stream.map((record) => {
          world.mayThrow()
          return { ...record, v: record.v + 1 }
        })
      case 'filter':
        return stream.filter((record) => record.n % 7 !== i)
      case 'flatMap':
        return stream.flatMap((record) =>
          record.n % 5 === i ? [record, { ...record, id: record.id + (i + 1) * 1_000_000_000, v: 1 }] : [record],
        )
      case 'rebalance':
        return stream.rebalance()
      case 'async':
        return stream.asyncMap(`async-${i}`, (record) => world.call({ ...record, v: record.v + 2 }), {
          concurrency: 4,
          timeout: 5_000,
          retries: 1,
        })
      case 'async-unordered':
        return stream.asyncMap(`async-${i}`, (record) => world.call(record), { concurrency: 8, ordered: false, timeout: 5_000 })
      case 'async-keyed':
        return stream
          .keyBy((record) => record.key)
          .asyncMap(`async-${i}`, (record) => world.call(record), { concurrency: 8, ordered: 'per-key', timeout: 5_000, retries: 2 })
      case 'fork':
        return stream
          .fork(`fork-${i}`, {
            plus: (lane) => lane.asyncMap(`plus-${i}`, (record) => world.call(record.v + 3), { timeout: 5_000 }),
            same: (lane) => lane.map((record) => record.v),
          })
          .map(({ input, plus, same }) => ({ ...input, v: plus + same }))
      case 'diamond': {
        const { even, rest } = stream.split({ even: (record) => record.v % 2 === 0 })
        return even.map((record) => ({ ...record, v: record.v + 1 })).union(rest)
      }
      case 'rules':
        return stream.connect(this.#second.broadcast()).process(`rules-${i}`, {
          shared: { seen: value(0) },
          emits: output<Rec>(),
          onElement: (record, ctx) => ctx.emit(record),
          onBroadcast: (rule, ctx) => ctx.shared.seen.set(ctx.shared.seen.get() + rule.v),
        })
    }
  }
}
