// A worker in a thread of its own: follows the orders that come over the port, and says there what its subtasks report.
//
// Load figures go out in intervals, and once more in front of every report that may be a subtask's last.

import type { ValueCodec } from '../src/model/codec.ts'
import { asMillraceError, plainError } from '../src/model/errors.ts'
import type { ChannelId } from '../src/model/ids.ts'
import { threadStatsIntervalMs } from '../src/model/limits.ts'
import type { SubtaskReport } from '../src/model/messages.ts'
import { workerOf } from '../src/plan/placement.ts'
import type { ByteLinks } from '../src/ports/byte-link.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { CrashPoints } from '../src/ports/crash-points.ts'
import { ManifestStore } from './manifest-store.ts'
import { RemoteStore } from './remote-store.ts'
import { snapshotStore } from './snapshot-store.ts'
import type { JobDefinitions } from './subtask-opening.ts'
import type { Answer, MainPort, ThreadChannel, ToThread } from './thread-messages.ts'
import { type Surroundings, Worker, type WorkerEnvironment } from './worker.ts'

export interface ThreadWorkerEnvironment extends Pick<WorkerEnvironment, 'host' | 'flushIntervalMs' | 'watermarkIntervalMs' | 'freeze'> {
  readonly port: MainPort
  /** Links of the worker with this number. */
  links(self: number): ByteLinks
  readonly threads: number
  readonly definitions: JobDefinitions
  readonly codec: ValueCodec
  readonly clock: Clock
  readonly crashPoints: CrashPoints
}

/** Reports that a subtask may say nothing after. */
const lasts: ReadonlySet<SubtaskReport['type']> = new Set(['ended', 'failed', 'stopped'])

export class ThreadWorker {
  readonly #env: ThreadWorkerEnvironment
  readonly #store: RemoteStore
  readonly #worker: Worker
  #self = 0
  #links: ByteLinks | undefined

  constructor(env: ThreadWorkerEnvironment) {
    this.#env = env
    this.#store = new RemoteStore(env.port)
    this.#worker = new Worker({
      ...env,
      ...snapshotStore(new ManifestStore(this.#store), (text) => env.port.post({ type: 'warn', text })),
      report: (report) => this.#report(report),
    })
  }

  /** Says that orders are welcome, and follows them from here on. */
  begin(): void {
    const { port } = this.#env
    port.onMessage((message) => this.#follow(message))
    port.post({ type: 'ready' })
  }

  #follow(message: ToThread): void {
    switch (message.type) {
      case 'begin':
        this.#self = message.self
        this.#links = this.#env.links(message.self)
        this.#links.onNews(() => this.#worker.poll())
        this.#publish()
        break
      case 'deploy':
        this.#worker.deploy(message.order, surroundings(this.#links!, this.#self, this.#env.threads, message.channels))
        break
      case 'send':
        this.#worker.send(message.attempt, message.subtask, message.message)
        break
      case 'cancel':
        this.#worker.cancel(message.region, message.attempt)
        break
      case 'ask':
        this.#answer(message)
        break
      case 'stored':
        this.#store.answered(message.id, message.answer)
    }
  }

  #answer({ id, subtask, operator, key }: Extract<ToThread, { type: 'ask' }>): void {
    const { port } = this.#env
    answered(this.#worker.ask(subtask, operator, key), (answer) => port.post({ type: 'answer', id, answer }))
  }

  #report(report: SubtaskReport): void {
    const { port } = this.#env
    if (lasts.has(report.type)) port.post({ type: 'stats', stats: this.#worker.stats() })
    port.post({ type: 'report', report: report.type === 'failed' ? { ...report, error: plainError(report.error) } : report })
  }

  #publish(): void {
    const { clock, port } = this.#env
    clock.setTimer(threadStatsIntervalMs, () => {
      port.post({ type: 'stats', stats: this.#worker.stats() })
      this.#publish()
    })
  }
}

/** The part of a plan that worker `self` runs, and the links that it has been given. */
export function surroundings(links: ByteLinks, self: number, threads: number, channels: readonly ThreadChannel[]): Surroundings {
  const byChannel = new Map<ChannelId, ThreadChannel>(channels.map((one) => [one.channel, one]))
  return {
    isHere: (vertex, index) => workerOf(vertex, index, threads) === self,
    sender: (channel) => links.sender(byChannel.get(channel)!.memory, byChannel.get(channel)!.peer),
    receiver: (channel) => links.receiver(byChannel.get(channel)!.memory, byChannel.get(channel)!.peer, `channel ${channel}`),
  }
}

/** Tells what a promise came to as plain data. */
export function answered(promise: PromiseLike<unknown>, tell: (answer: Answer<unknown>) => void): void {
  promise.then(
    (value) => tell({ ok: true, value }),
    (thrown: unknown) => tell({ ok: false, error: plainError(asMillraceError(thrown, 'IO')) }),
  )
}
