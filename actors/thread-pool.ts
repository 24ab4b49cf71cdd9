// The threads of a process, as the coordinator sees them: orders are split among them and the main thread's own worker.
//
// 1. A thread that ends is a fault of each of its subtasks: each is reported failed, and stopped when its attempt is taken away. The process
//    and the other threads stay.
// 2. One thread more than needed is kept in reserve, with the job loaded, and takes the place of one that has ended. Where there is none, a
//    new thread starts at once. Only one that ended before it was ready has no successor until the next deployment, and so within the job's
//    budget of restarts. One that ends in reserve is replaced a few times, each time later: a module that cannot be loaded any more must
//    not keep a core busy.
// 3. Where there is no memory for the channels of a deployment, it is a fault of its subtasks, of which none has begun.
// 4. What a thread says after its end, and what is said of it before its successor's, cannot be mixed up: each has a seat of its own.

import { errorOf, MillraceError } from '../src/model/errors.ts'
import { type Attempt, type OperatorId, type SubtaskId, subtaskName } from '../src/model/ids.ts'
import type { Key } from '../src/model/key.ts'
import { spareThreadAfterMs, spareThreadsLostMax } from '../src/model/limits.ts'
import type { SubtaskMessage, SubtaskReport } from '../src/model/messages.ts'
import { channelOf, type Plan, receiversOf } from '../src/model/plan.ts'
import { workerOf } from '../src/plan/placement.ts'
import type { ByteLinks } from '../src/ports/byte-link.ts'
import type { CheckpointStore } from '../src/ports/checkpoint-store.ts'
import type { Cancel, Clock } from '../src/ports/clock.ts'
import type { DeployOrder } from '../src/protocol/coordinator-types.ts'
import type { Deployer } from './deployer.ts'
import { notRunning } from './subtask.ts'
import { type SubtaskStats, withEarlier } from './subtask-stats.ts'
import type { FromThread, JobThread, PlainReport, StoreCall, ThreadChannel } from './thread-messages.ts'
import { answered, surroundings } from './thread-worker.ts'
import type { Worker } from './worker.ts'

export interface ThreadPoolEnvironment {
  readonly threads: number
  /** Starts a thread that has no number yet. */
  spawn(): JobThread
  readonly links: ByteLinks
  readonly store: CheckpointStore
  readonly clock: Clock
  report(report: SubtaskReport): void
  warn(text: string): void
}

interface Pending {
  resolve(value: unknown): void
  reject(error: MillraceError): void
}

/** A region's subtasks in one thread. */
interface Posted {
  readonly attempt: Attempt
  /** Those that have not stopped. */
  readonly subtasks: Map<string, SubtaskId>
  /** Its attempt has been taken away. */
  cancelled: boolean
}

class Seat {
  /** 0 = in reserve. */
  number = 0
  readonly thread: JobThread
  readonly posted = new Map<number, Posted>()
  readonly asks = new Map<number, Pending>()
  stats: readonly SubtaskStats[] = []
  ready = false
  ended = false

  constructor(thread: JobThread) {
    this.thread = thread
  }
}

export class ThreadPool implements Deployer {
  readonly #env: ThreadPoolEnvironment
  readonly #own: Worker
  /** By number of the thread. */
  readonly #seats = new Map<number, Seat>()
  /** What ran in threads that have ended, and has not been taken away. */
  readonly #lost = new Set<Posted>()
  /** What subtasks did in threads that are gone, by name. */
  readonly #earlier = new Map<string, SubtaskStats>()
  readonly #stopNews: () => void
  /** Some thread has come as far as to take orders, so the job can be loaded. */
  #wasReady = false
  #spare: Seat | undefined
  /** Threads that have ended in reserve since a number was last given to one. */
  #sparesLost = 0
  #cancelSpare: Cancel | undefined
  #asked = 0
  #closed = false

  /** @param own runs what is pinned to the main thread */
  constructor(env: ThreadPoolEnvironment, own: Worker) {
    this.#env = env
    this.#own = own
    this.#stopNews = env.links.onNews(() => own.poll())
    for (let number = 1; number <= env.threads; number++) this.#seat(number)
  }

  deploy(order: DeployOrder): void {
    const { links, threads } = this.#env
    const subtasks = subtasksOf(order, threads)
    let channels: ReadonlyMap<number, readonly ThreadChannel[]>
    try {
      channels = this.#channels(order)
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown
      const everywhere = new Map([...subtasks.values()].flatMap((names) => [...names]))
      this.#failed({ attempt: order.attempt, subtasks: everywhere, cancelled: false }, thrown)
      return
    }
    for (const [number, names] of subtasks) {
      if (number === 0) continue
      const seat = this.#seats.get(number) ?? this.#seat(number)
      seat.posted.set(order.region, { attempt: order.attempt, subtasks: names, cancelled: false })
      seat.thread.post({ type: 'deploy', order, channels: channels.get(number) ?? [] })
    }
    if (subtasks.has(0)) this.#own.deploy(order, surroundings(links, 0, threads, channels.get(0) ?? []))
  }

  send(attempt: Attempt, subtask: SubtaskId, message: SubtaskMessage): void {
    this.#own.send(attempt, subtask, message)
    const name = subtaskName(subtask.vertex, subtask.index)
    for (const { posted, thread } of this.#seats.values()) {
      for (const one of posted.values())
        if (one.attempt === attempt && one.subtasks.has(name)) thread.post({ type: 'send', attempt, subtask, message })
    }
  }

  cancel(region: number, attempt: Attempt): void {
    this.#own.cancel(region, attempt)
    for (const { posted, thread } of this.#seats.values()) {
      const here = posted.get(region)
      if (here?.attempt !== attempt) continue
      here.cancelled = true
      thread.post({ type: 'cancel', region, attempt })
    }
    for (const posted of this.#lost) {
      if (posted.attempt !== attempt) continue
      this.#stopped(posted)
      this.#lost.delete(posted)
    }
  }

  /** What a subtask's operator holds for a key; rejects with TERMINATED where it does not run. */
  ask(subtask: SubtaskId, operator: OperatorId, key: Key): Promise<unknown> {
    if (this.#own.running(subtask) !== undefined) return this.#own.ask(subtask, operator, key)
    const name = subtaskName(subtask.vertex, subtask.index)
    const seat = [...this.#seats.values()].find(({ posted }) => [...posted.values()].some(({ subtasks }) => subtasks.has(name)))
    if (seat === undefined) return Promise.reject(notRunning(`operator "${operator}"`))
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      seat.asks.set(id, { resolve, reject })
      seat.thread.post({ type: 'ask', id, subtask, operator, key })
    })
  }

  /** Load figures of all subtasks, those in threads as of their last message. */
  stats(): readonly SubtaskStats[] {
    const all = new Map(this.#earlier)
    for (const seat of this.#seats.values()) for (const one of seat.stats) all.set(one.subtask, this.#withEarlier(one))
    for (const one of this.#own.stats()) all.set(one.subtask, one)
    return [...all.values()].sort((a, b) => a.vertex - b.vertex || a.index - b.index)
  }

  /** Ends all threads. */
  close(): void {
    this.#closed = true
    this.#stopNews()
    this.#cancelSpare?.()
    for (const { thread } of this.#seats.values()) thread.terminate()
    this.#spare?.thread.terminate()
  }

  #withEarlier(stats: SubtaskStats): SubtaskStats {
    return withEarlier(this.#earlier.get(stats.subtask), stats)
  }

  /** Gives a number to the thread in reserve, or to a new one. */
  #seat(number: number): Seat {
    const seat = this.#spare ?? this.#start()
    this.#spare = undefined
    seat.number = number
    this.#seats.set(number, seat)
    seat.thread.post({ type: 'begin', self: number })
    this.#sparesLost = 0
    this.#keepSpare()
    return seat
  }

  #start(): Seat {
    const seat = new Seat(this.#env.spawn())
    seat.thread.onMessage((message) => this.#take(seat, message))
    seat.thread.onEnd((error) => this.#end(seat, error))
    return seat
  }

  #keepSpare(): void {
    this.#cancelSpare?.()
    this.#cancelSpare = this.#env.clock.setTimer(spareThreadAfterMs * 2 ** this.#sparesLost, () => {
      this.#spare ??= this.#start()
    })
  }

  #take(seat: Seat, message: FromThread): void {
    if (seat.ended) return
    switch (message.type) {
      case 'ready':
        seat.ready = true
        this.#wasReady = true
        break
      case 'report':
        this.#report(seat, message.report)
        break
      case 'stats':
        seat.stats = message.stats
        break
      case 'store':
        answered(this.#call(message.call), (answer) => {
          if (!seat.ended) seat.thread.post({ type: 'stored', id: message.id, answer })
        })
        break
      case 'answer': {
        const asked = seat.asks.get(message.id)
        seat.asks.delete(message.id)
        if (message.answer.ok) asked?.resolve(message.answer.value)
        else asked?.reject(errorOf(message.answer.error))
        break
      }
      case 'warn':
        this.#env.warn(message.text)
    }
  }

  #report(seat: Seat, report: PlainReport): void {
    if (report.type === 'stopped') {
      for (const [region, { attempt, subtasks }] of seat.posted) {
        if (attempt !== report.attempt) continue
        subtasks.delete(subtaskName(report.subtask.vertex, report.subtask.index))
        if (subtasks.size === 0) seat.posted.delete(region)
      }
    }
    this.#env.report(report.type === 'failed' ? { ...report, error: errorOf(report.error) } : report)
  }

  #call(call: StoreCall): PromiseLike<unknown> {
    const { store } = this.#env
    const method = store[call.method] as (...args: readonly unknown[]) => PromiseLike<unknown>
    return method.apply(store, call.args)
  }

  #end(seat: Seat, error: MillraceError): void {
    if (seat.ended || this.#closed) return
    seat.ended = true
    if (seat === this.#spare) {
      this.#spare = undefined
      if (++this.#sparesLost <= spareThreadsLostMax) this.#keepSpare()
      return
    }
    this.#seats.delete(seat.number)
    for (const one of seat.stats) this.#earlier.set(one.subtask, this.#withEarlier(one))
    for (const { reject } of seat.asks.values()) reject(notRunning('its thread'))
    const failure = this.#wasReady ? error : cannotLoad(error)
    for (const posted of seat.posted.values()) {
      if (posted.cancelled) this.#stopped(posted)
      else this.#failed(posted, failure)
    }
    if (seat.ready) this.#seat(seat.number)
  }

  /** It is over: its attempt will be taken away. */
  #failed(posted: Posted, error: MillraceError): void {
    this.#lost.add(posted)
    for (const subtask of posted.subtasks.values()) this.#env.report({ type: 'failed', attempt: posted.attempt, subtask, error })
  }

  #stopped({ attempt, subtasks }: Posted): void {
    for (const subtask of subtasks.values()) this.#env.report({ type: 'stopped', attempt, subtask })
  }

  /** Memory for the channels of a region that join two workers, by worker. */
  #channels({ plan, region }: DeployOrder): ReadonlyMap<number, readonly ThreadChannel[]> {
    const crossing = crossingChannels(plan, region, this.#env.threads)
    const memories = this.#env.links.create(crossing.length)
    const channels = new Map<number, ThreadChannel[]>()
    const add = (worker: number, channel: ThreadChannel): void => {
      const ofWorker = channels.get(worker)
      if (ofWorker === undefined) channels.set(worker, [channel])
      else ofWorker.push(channel)
    }
    for (const [at, { channel, from, to }] of crossing.entries()) {
      const memory = memories[at]!
      add(from, { channel, peer: to, memory })
      add(to, { channel, peer: from, memory })
    }
    return channels
  }
}

/** What cannot be loaded will not be the next time either; a thread that was ended from outside may. */
const cannotLoad = (error: MillraceError): MillraceError =>
  error.fate === 'fatal' || error.cause === undefined
    ? error
    : new MillraceError(error.code, error.message, { cause: error, fate: 'fatal' })

function crossingChannels(
  plan: Plan,
  region: number,
  threads: number,
): readonly { readonly channel: ThreadChannel['channel']; readonly from: number; readonly to: number }[] {
  return plan.edges.flatMap((edge) => {
    const sender = plan.vertices[edge.from]!
    const receiver = plan.vertices[edge.to]!
    if (sender.region !== region) return []
    return Array.from({ length: sender.parallelism }, (_, index) => index).flatMap((from) =>
      receiversOf(plan, edge, from).flatMap((to) => {
        const ends = { from: workerOf(sender, from, threads), to: workerOf(receiver, to, threads) }
        return ends.from === ends.to ? [] : [{ channel: channelOf(plan, edge, from, to), ...ends }]
      }),
    )
  })
}

/** Subtasks of a region by the worker that runs them. */
function subtasksOf({ plan, region }: DeployOrder, threads: number): ReadonlyMap<number, Map<string, SubtaskId>> {
  const byWorker = new Map<number, Map<string, SubtaskId>>()
  for (const vertex of plan.vertices) {
    if (vertex.region !== region) continue
    for (let index = 0; index < vertex.parallelism; index++) {
      const worker = workerOf(vertex, index, threads)
      const subtasks = byWorker.get(worker) ?? new Map<string, SubtaskId>()
      byWorker.set(worker, subtasks.set(subtaskName(vertex.id, index), { vertex: vertex.id, index }))
    }
  }
  return byWorker
}
