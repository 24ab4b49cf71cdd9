// Random small jobs through the public API: first a shape, drawn from choices and printable, then the job, made anew for every process.
//
// What every sink gets is a function of the input, whatever the order in which subtasks run: so it can be compared with a run without faults.
// Shapes that are not (late records) are judged by what they conserve.

import type { Job } from '../../src/api/job-types.ts'
import type { KeyedStream } from '../../src/api/keyed-types.ts'
import type { Stream } from '../../src/api/stream-types.ts'
import { job as defineJob, map, output, session, sliding, tumbling, value } from '../../src/index.ts'
import type { Sink } from '../../src/ports/sink.ts'
import type { Choices } from '../../src/sim/choices.ts'
import { drawInput, type InputShape, inputSource, type Pace, type Rec, recordsOf } from './random-input.ts'

const steps = ['map', 'filter', 'flatMap', 'rebalance', 'async', 'async-unordered', 'async-keyed', 'fork', 'diamond', 'rules'] as const
type Step = (typeof steps)[number]

const cores = [
  'pass',
  'tumbling',
  'sliding',
  'session',
  'window-process',
  'running',
  'process',
  'processing-timers',
  'interval-join',
  'window-join',
  'co-group',
  'keyed-rules',
  'processing-windows',
] as const
const lateCores = ['pass', 'late-tumbling', 'late-session', 'running'] as const
/** Gives nothing out before the end, so that its checkpoints have no output. */
const quietCores = ['one-session'] as const
export type Core = (typeof cores)[number] | (typeof lateCores)[number] | (typeof quietCores)[number]

interface Branch {
  readonly core: Core
  readonly parallelism: number | undefined
}

export interface JobShape {
  readonly left: InputShape
  readonly right: InputShape
  readonly steps: readonly Step[]
  readonly stepParallelism: number | undefined
  readonly branches: readonly Branch[]
  readonly checkpointEveryMs: number
  readonly checkpointTimeoutMs: number
  readonly maxParallelism: number
  /** Whether senders fold what they send to windows. */
  readonly combine: boolean
}

export interface JobWorld {
  readonly pace: Pace
  sink(id: string): Sink<unknown>
  /** User code came to a place where it may throw. */
  mayThrow(): void
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
  return {
    left,
    right: { ...right, keys: left.keys },
    steps: Array.from({ length: stream.below(4) }, () => stream.of(steps)),
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
      if (stepParallelism !== undefined && step !== 'rules' && step !== 'diamond') stream = stream.parallelism(stepParallelism)
    }
    for (const [i, branch] of branches.entries()) this.#branch(stream, branch, `${branch.core}-${i}`)
  }

  #source(name: string, input: InputShape, idBase: number): Stream<Rec> {
    const source = inputSource(name, recordsOf(input, name, idBase), this.#world.pace)
    return this.#job.source(name, source, { timestamp: (record) => record.t, outOfOrder: input.outOfOrderMs })
  }

  get #second(): Stream<Rec> {
    this.#right ??= this.#source('right', this.#shape.right, 10_000_000)
    return this.#right
  }

  #step(stream: Stream<Rec>, step: Step, i: number): Stream<Rec> {
    const world = this.#world
    switch (step) {
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

  #branch(stream: Stream<Rec>, { core, parallelism }: Branch, id: string): void {
    const keyed = stream.keyBy((record) => record.key)
    const result = this.#core(stream, keyed, core, id)
    if (parallelism !== undefined && core !== 'pass') result.parallelism(parallelism)
    result.to(`${id}-out`, this.#world.sink(`${id}-out`))
  }

  #core(stream: Stream<Rec>, keyed: KeyedStream<Rec, string | number>, core: Core, id: string): Stream<unknown> {
    const { stepMs } = this.#shape.left
    const size = stepMs * 10
    switch (core) {
      case 'pass':
        return stream
      case 'tumbling':
        return keyed.window(tumbling(size)).aggregate(id, tally)
      case 'sliding': {
        // The second and the fourth branch of a job reduce.
        const windows = keyed.window(sliding(size * 2, size))
        return id.endsWith('1') || id.endsWith('3') ? windows.reduce(id, addedUp) : windows.aggregate(id, tally)
      }
      case 'session':
        return keyed.window(session(stepMs * 3)).aggregate(id, tally)
      case 'one-session':
        return keyed.window(session(1_000_000)).aggregate(id, tally)
      case 'window-process':
        return keyed.window(tumbling(size)).process(id, (records, { key, window }) => {
          this.#world.mayThrow()
          return [{ key, start: window.start, ids: records.map((record) => record.id).sort((a, b) => a - b) }]
        })
      case 'running':
        return keyed.aggregate(id, { init: () => 0, add: (n) => n + 1, result: (n, { key }) => ({ key, n }) })
      case 'process':
        return this.#process(keyed, id, size)
      case 'processing-timers':
        return this.#processingTimers(keyed, id)
      case 'interval-join':
        return keyed.join(
          id,
          this.#second.keyBy((record) => record.key),
          { between: [-size, size] },
          (l, r) => ({ l: l.id, r: r.id }),
        )
      case 'window-join':
        return keyed.join(
          id,
          this.#second.keyBy((record) => record.key),
          { window: tumbling(size) },
          (l, r) => ({ l: l.id, r: r.id }),
        )
      case 'co-group':
        return keyed.coGroup(
          id,
          this.#second.keyBy((record) => record.key),
          tumbling(size),
          (l, r, { key, window }) => [{ key, start: window.start, l: l.length, r: r.length, sum: sumOf(l) - sumOf(r) }],
        )
      case 'keyed-rules':
        return keyed.connect(this.#second.broadcast()).process(id, {
          shared: { seen: map<number, number>() },
          state: { count: value({ n: 0, twice: 0 }) },
          emits: output<unknown>(),
          onElement: (_, ctx) => {
            const { n, twice } = ctx.state.count.get()
            ctx.state.count.set({ n: n + 1, twice: twice + 2 })
            ctx.emit({ key: ctx.key, ...ctx.state.count.get() })
          },
          onBroadcast: (rule, ctx) => ctx.shared.seen.set(rule.id, rule.v),
        })
      case 'processing-windows':
        return keyed.window(tumbling(40, { time: 'processing' })).aggregate(id, tally)
      case 'late-tumbling':
        return this.#late(
          keyed
            .window(tumbling(size))
            .allowedLateness(stepMs * 5)
            .aggregate(id, tally),
          id,
        )
      case 'late-session':
        return this.#late(keyed.window(session(stepMs * 3)).aggregate(id, tally), id)
    }
  }

  #late(results: Stream<unknown> & { late(): Stream<Rec> }, id: string): Stream<unknown> {
    results.late().to(`${id}-late`, this.#world.sink(`${id}-late`))
    return results
  }

  /** Windows by hand: a count for each bucket of event time, given out by a timer; odd records also to a side output. */
  #process(keyed: KeyedStream<Rec, string | number>, id: string, size: number): Stream<unknown> {
    const world = this.#world
    const processed = keyed.process(id, {
      state: { buckets: map<number, number>() },
      timers: ['bucket'],
      emits: output<unknown>(),
      outputs: { odd: output<unknown>() },
      onElement: (record, ctx) => {
        world.mayThrow()
        const bucket = Math.floor(record.t / size)
        ctx.state.buckets.set(bucket, (ctx.state.buckets.get(bucket) ?? 0) + record.v)
        ctx.timers.eventTime((bucket + 1) * size, 'bucket')
        if (record.v % 2 === 1) ctx.emitTo('odd', { odd: record.id })
      },
      onTimer: ({ at }, ctx) => {
        const bucket = at / size - 1
        ctx.emit({ key: ctx.key, bucket, sum: ctx.state.buckets.get(bucket) ?? 'none' })
        ctx.state.buckets.delete(bucket)
      },
    })
    processed.side('odd').to(`${id}-odd`, world.sink(`${id}-odd`))
    return processed
  }

  /** What timers of processing time give out depends on when they fire; that nothing is given out twice does not. */
  #processingTimers(keyed: KeyedStream<Rec, string | number>, id: string): Stream<unknown> {
    const processed = keyed.process(id, {
      state: { waiting: value(0), total: value(0) },
      emits: output<unknown>(),
      outputs: { flushed: output<unknown>() },
      onElement: (_, ctx) => {
        ctx.state.waiting.set(ctx.state.waiting.get() + 1)
        ctx.state.total.set(ctx.state.total.get() + 1)
        ctx.timers.processingTime(Math.ceil((ctx.now + 1) / 50) * 50)
        ctx.emit({ key: ctx.key, n: ctx.state.total.get() })
      },
      onTimer: (_, ctx) => {
        const n = ctx.state.waiting.get()
        if (n > 0) ctx.emitTo('flushed', { key: ctx.key, n })
        ctx.state.waiting.clear()
      },
    })
    processed.side('flushed').to(`${id}-flushed`, this.#world.sink(`${id}-flushed`))
    return processed
  }
}

interface Tally {
  n: number
  v: number
  ids: number
}

const tally = {
  init: (): Tally => ({ n: 0, v: 0, ids: 0 }),
  add: (acc: Tally, record: Rec): Tally => ({ n: acc.n + 1, v: acc.v + record.v, ids: acc.ids + record.id }),
  merge: (a: Tally, b: Tally): Tally => ({ n: a.n + b.n, v: a.v + b.v, ids: a.ids + b.ids }),
  result: (acc: Tally, { key, window }: { key: string | number; window: { start: number; end: number } }) => ({
    key,
    start: window.start,
    end: window.end,
    ...acc,
  }),
}

const addedUp = (a: Rec, b: Rec): Rec => ({ id: a.id + b.id, split: '', n: a.n + b.n, key: a.key, t: 0, v: a.v + b.v })

const sumOf = (records: readonly Rec[]): number => records.reduce((sum, record) => sum + record.v, 0)
