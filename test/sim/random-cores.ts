// What the jobs of simulations do with their records: the branches behind the steps, each with the sinks that it fills.
//
// What most of them give is a function of the input. Of the others checks.ts says what holds all the same.

import type { KeyedStream } from '../../src/api/keyed-types.ts'
import type { Stream } from '../../src/api/stream-types.ts'
import {
  aggregating,
  count,
  evict,
  global,
  list,
  map,
  output,
  reducing,
  session,
  sliding,
  trigger,
  tumbling,
  value,
} from '../../src/index.ts'
import type { Sink } from '../../src/ports/sink.ts'
import type { Rec } from './random-input.ts'

export const cores = [
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
  'by-count',
  'by-purged-count',
  'at-the-end',
  'every-so-often',
  'evicted',
  'kinds-of-state',
  'forgetful',
] as const
export const lateCores = ['pass', 'late-tumbling', 'late-session', 'running'] as const
/** Gives nothing out before the end, so that its checkpoints have no output. */
export const quietCores = ['one-session'] as const
export type Core = (typeof cores)[number] | (typeof lateCores)[number] | (typeof quietCores)[number]

export interface Branch {
  readonly core: Core
  readonly parallelism: number | undefined
}

export interface BranchWorld {
  sink(id: string): Sink<unknown>
  /** User code came to a place where it may throw. */
  mayThrow(): void
}

/** Elements of a window by count. */
export const byCount = 4
/** Of the state of 'forgetful', ms of processing time. */
export const ttlMs = 30

type Keyed = KeyedStream<Rec, string | number>

export class Branches {
  readonly #stepMs: number
  readonly #world: BranchWorld
  readonly #second: () => Stream<Rec>

  /**
   * @param stepMs event time between records of a split, for windows of a good size
   * @param second the job's other source
   */
  constructor(stepMs: number, world: BranchWorld, second: () => Stream<Rec>) {
    this.#stepMs = stepMs
    this.#world = world
    this.#second = second
  }

  build(stream: Stream<Rec>, { core, parallelism }: Branch, id: string): void {
    const keyed = stream.keyBy((record) => record.key)
    const result = this.#core(stream, keyed, core, id)
    if (parallelism !== undefined && core !== 'pass') result.parallelism(parallelism)
    result.to(`${id}-out`, this.#world.sink(`${id}-out`))
  }

  #core(stream: Stream<Rec>, keyed: Keyed, core: Core, id: string): Stream<unknown> {
    const stepMs = this.#stepMs
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
          this.#second().keyBy((record) => record.key),
          { between: [-size, size] },
          (l, r) => ({ l: l.id, r: r.id }),
        )
      case 'window-join':
        return keyed.join(
          id,
          this.#second().keyBy((record) => record.key),
          { window: tumbling(size) },
          (l, r) => ({ l: l.id, r: r.id }),
        )
      case 'co-group':
        return keyed.coGroup(
          id,
          this.#second().keyBy((record) => record.key),
          tumbling(size),
          (l, r, { key, window }) => [{ key, start: window.start, l: l.length, r: r.length, sum: sumOf(l) - sumOf(r) }],
        )
      case 'keyed-rules':
        return keyed.connect(this.#second().broadcast()).process(id, {
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
      case 'by-count':
        return keyed.window(count(byCount)).aggregate(id, ids)
      case 'by-purged-count':
        return keyed
          .window(global())
          .trigger(trigger.purging(trigger.count(byCount)))
          .aggregate(id, ids)
      case 'at-the-end':
        return keyed
          .window(global())
          .trigger(trigger.end())
          .aggregate(id, { ...tally, result: (acc, { key }) => ({ key, ...acc }) })
      case 'every-so-often':
        return keyed
          .window(tumbling(size))
          .trigger(trigger.purging(trigger.every(stepMs * 2)))
          .aggregate(id, tally)
      case 'evicted':
        return keyed
          .window(tumbling(size))
          .evictor(evict.time(stepMs * 4))
          .aggregate(id, tally)
      case 'kinds-of-state':
        return this.#kindsOfState(keyed, id)
      case 'forgetful':
        return this.#forgetful(keyed, id)
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

  /** Everything of a key in each kind of state, given out when all input has come. */
  #kindsOfState(keyed: Keyed, id: string): Stream<unknown> {
    return keyed.process(id, {
      state: {
        ids: list<number>(),
        greatest: reducing<number>(Math.max),
        mean: aggregating({
          init: () => ({ n: 0, v: 0 }),
          add: (acc, v: number) => {
            acc.n++
            acc.v += v
            return acc
          },
          result: ({ n, v }) => v / Math.max(1, n),
        }),
      },
      timers: ['end'],
      emits: output<unknown>(),
      onElement: (record, ctx) => {
        ctx.state.ids.add(record.id)
        ctx.state.greatest.add(record.v)
        ctx.state.mean.add(record.v)
        ctx.timers.eventTime(Number.MAX_SAFE_INTEGER, 'end')
      },
      onTimer: (_, ctx) => {
        const { key, state } = ctx
        ctx.emit({ key, ids: [...state.ids].sort((a, b) => a - b), greatest: state.greatest.get(), mean: state.mean.get() })
        state.ids.clear()
      },
    })
  }

  /** Counts what has come since the last pause of `ttlMs`, and says how long the pause was. */
  #forgetful(keyed: Keyed, id: string): Stream<unknown> {
    return keyed.process(id, {
      state: {
        recent: value(0, { ttl: ttlMs }),
        waiting: list<number>({ ttl: 200, ttlTime: 'event' }),
        total: value(0),
        last: value(0),
      },
      emits: output<unknown>(),
      onElement: (record, ctx) => {
        const { recent, waiting, total, last } = ctx.state
        const pauseMs = ctx.now - last.get()
        recent.set(recent.get() + 1)
        total.set(total.get() + 1)
        last.set(ctx.now)
        waiting.add(record.id)
        ctx.emit({ key: ctx.key, total: total.get(), recent: recent.get(), pauseMs, waiting: waiting.size })
      },
    })
  }

  #late(results: Stream<unknown> & { late(): Stream<Rec> }, id: string): Stream<unknown> {
    results.late().to(`${id}-late`, this.#world.sink(`${id}-late`))
    return results
  }

  /** Windows by hand: a count for each bucket of event time, given out by a timer; odd records also to a side output. */
  #process(keyed: Keyed, id: string, size: number): Stream<unknown> {
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
  #processingTimers(keyed: Keyed, id: string): Stream<unknown> {
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

const ids = {
  init: (): number[] => [],
  add: (acc: number[], record: Rec): number[] => [...acc, record.id],
  result: (acc: readonly number[], { key }: { key: string | number }) => ({ key, ids: acc }),
}

const addedUp = (a: Rec, b: Rec): Rec => ({ id: a.id + b.id, split: '', n: a.n + b.n, key: a.key, t: 0, v: a.v + b.v })

const sumOf = (records: readonly Rec[]): number => records.reduce((sum, record) => sum + record.v, 0)
