// The actor of one subtask: the shell around src/flow's Subtask. It does what that must not do: read the clock, await promises, store
// snapshots, open readers and writers.
//
// 1. Everything that a promise brings comes back as a message to this actor, or with a turn, never in between.
// 2. The first failure ends the subtask's work: it is reported once, and nothing is processed any more. It says `stopped` when all that
//    it had opened is closed; what is still being opened then is closed when it is there.
// 3. An ack goes out when the snapshot is stored and every sink of the chain has staged the epoch and all before it.
// 4. What a sink has staged belongs to the next checkpoint that completes: records are not replayed after an abort. So it stays in every ack
//    until a checkpoint that holds it is complete.

import type { Blob } from '../src/codec/blob.ts'
import type { TakenSnapshot } from '../src/flow/snapshotter.ts'
import type { Subtask } from '../src/flow/subtask.ts'
import { asMillraceError, MillraceError } from '../src/model/errors.ts'
import type { Attempt, Epoch, OperatorId, SubtaskId } from '../src/model/ids.ts'
import type { Key } from '../src/model/key.ts'
import { asksWaitingMax } from '../src/model/limits.ts'
import type { BlobRef, Json, SplitProgress } from '../src/model/manifest.ts'
import type { SubtaskMessage, SubtaskReport } from '../src/model/messages.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { CrashPoints } from '../src/ports/crash-points.ts'
import { closeOpened, type OpenedSubtask } from './opened-subtask.ts'
import { SinkPump } from './sink-pump.ts'

export const subtaskCrashPoints = ['subtask/start', 'subtask/frozen', 'subtask/copied', 'subtask/before-ack'] as const

/** Messages of the subtask to itself, beside those of the coordinator. */
export type SubtaskEvent = SubtaskMessage | { readonly type: 'event'; readonly run: () => void }

export interface SubtaskEnvironment {
  readonly attempt: Attempt
  readonly id: SubtaskId
  readonly clock: Clock
  readonly crashPoints: CrashPoints
  /** Stores a snapshot's bytes and says where. */
  store(epoch: Epoch, blob: Blob): PromiseLike<BlobRef>
  /** Removes a stored snapshot that no checkpoint needs. */
  discard(blob: BlobRef): void
  report(report: SubtaskReport): void
  /** Asks the kernel for a turn. */
  wake(): void
  /** Asks for one when nothing else of this thread has anything to do. */
  wakeWhenIdle(): void
  /** Looks for what other workers have sent. */
  poll(): void
  /** Posts a message to this actor. */
  post(event: SubtaskEvent): void
  /** Takes this actor out of the kernel. */
  stop(): void
}

interface PendingAck {
  readonly splits: readonly SplitProgress[]
  taken: TakenSnapshot | undefined
  stored: boolean
  blob: BlobRef | undefined
}

type Phase = 'opening' | 'ready' | 'running' | 'failed' | 'stopped'

export class SubtaskActor {
  readonly #env: SubtaskEnvironment
  readonly #open: (actor: SubtaskActor) => PromiseLike<OpenedSubtask>
  readonly #acks = new Map<Epoch, PendingAck>()
  /** What sinks have staged and no complete checkpoint holds, in the order of staging. */
  #staged: { readonly epoch: Epoch; readonly sink: OperatorId; readonly committables: readonly Json[] }[] = []
  /** Epochs that sinks are still staging, and how many of them. */
  readonly #staging = new Map<Epoch, number>()
  /** Offsets of the checkpoints that may still complete. */
  readonly #offsets = new Map<Epoch, readonly SplitProgress[]>()
  #phase: Phase = 'opening'
  #opened: OpenedSubtask | undefined
  #pumps: readonly SinkPump[] = []
  #cancelTimer: (() => void) | undefined
  #timerAt = Number.POSITIVE_INFINITY
  /** Splits whose reader was asked when it is worth to poll again. */
  readonly #asked = new Set<number>()
  /** Calls have outcomes that wait for a turn. */
  #outcomes = false
  #deliveries: readonly (() => void)[] = []
  /** Rejects the asks that wait for a turn. */
  readonly #asks = new Set<(error: MillraceError) => void>()

  constructor(env: SubtaskEnvironment, open: (actor: SubtaskActor) => PromiseLike<OpenedSubtask>) {
    this.#env = env
    this.#open = open
  }

  /** Begins to restore and to open; reports `restored` when that is done. */
  begin(): void {
    this.#guarded(() => {
      this.#open(this).then(
        (opened) => (this.#phase === 'stopped' ? closeOpened(opened) : this.post(() => this.#ready(opened))),
        (thrown: unknown) => this.post(() => this.fail(asMillraceError(thrown, 'IO'))),
      )
    })
  }

  get subtask(): Subtask | undefined {
    return this.#opened?.subtask
  }

  get callsInFlight(): number {
    return [...(this.#opened?.calls.values() ?? [])].reduce((sum, { open }) => sum + open, 0)
  }

  #ready(opened: OpenedSubtask): void {
    this.#opened = opened
    const host = {
      prepared: (sink: OperatorId, epoch: Epoch, committables: readonly Json[]) => this.#prepared(sink, epoch, committables),
      failed: (error: MillraceError) => this.fail(error),
      resume: () => this.#env.wake(),
      post: (event: () => void) => this.post(event),
    }
    this.#pumps = opened.subtask.chain.sinks.map((buffer) => new SinkPump(buffer, opened.writers.get(buffer.id)!, host))
    this.#deliveries = [...opened.calls].flatMap(([operator, running]) => {
      const calling = opened.subtask.chain.nodes[operator]!.operator!
      if (calling.onCompleted === undefined) return []
      const onCompleted = (ticket: object, ok: boolean, outcome: unknown): void => calling.onCompleted!(ticket, ok, outcome)
      return () => {
        running.deliver(onCompleted)
        calling.onCompletedAll?.()
      }
    })
    this.#phase = 'ready'
    this.#report({ type: 'restored' })
  }

  receive(message: SubtaskEvent): void {
    this.#guarded(() => this.#handle(message))
  }

  #handle(message: SubtaskEvent): void {
    if (message.type === 'event') return message.run()
    if (message.type === 'cancel') return this.#cancel()
    if (this.#phase !== 'ready' && this.#phase !== 'running') return
    const { subtask } = this.#opened!
    switch (message.type) {
      case 'start':
        this.#phase = 'running'
        this.#env.crashPoints.reached('subtask/start')
        subtask.start(this.#env.clock.now(), this.#opened!.time)
        break
      case 'trigger':
        subtask.trigger(message.epoch, message.last ?? false)
        break
      case 'drain':
        subtask.drain()
        break
      case 'abort':
        this.#acks.delete(message.epoch)
        this.#offsets.delete(message.epoch)
        subtask.abort(message.epoch)
        break
      case 'complete':
        this.#completed(message.epoch)
    }
    this.#env.wake()
  }

  /**
   * One turn of data work; true = there is more to do at once.
   * @param wasIdle nothing of this thread had anything to do
   */
  wake(wasIdle: boolean): boolean {
    if (this.#phase !== 'running') return false
    let runnable = false
    this.#guarded(() => {
      const { subtask } = this.#opened!
      const now = this.#env.clock.now()
      this.#env.poll()
      if (this.#outcomes) this.#deliver(subtask, now)
      subtask.turn(now)
      for (const pump of this.#pumps) pump.pump()
      runnable = subtask.runnable
      if (wasIdle && !runnable) subtask.flushEarly()
      if (!runnable) this.#rest(subtask, now)
    })
    return runnable
  }

  /** Nothing to do now: arms what will bring the next turn. */
  #rest(subtask: Subtask, now: number): void {
    if (subtask.driver !== undefined) this.#awaitReaders(subtask.driver.waitingSplits())
    if (subtask.maySendEarly) this.#env.wakeWhenIdle()
    const at = subtask.nextTime()
    if (at >= this.#timerAt) return
    this.#cancelTimer?.()
    this.#timerAt = at
    this.#cancelTimer = this.#env.clock.setTimer(Math.max(0, at - now), () => {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.#env.wake()
    })
  }

  #awaitReaders(waiting: readonly number[]): void {
    for (const index of waiting) {
      if (this.#asked.has(index)) continue
      this.#asked.add(index)
      const ready = (): void => {
        this.#asked.delete(index)
        this.#opened!.subtask.driver!.splitReady(index)
        this.#env.wake()
      }
      this.#ofSource(() => this.#opened!.readers[index]!.ready()).then(
        () => this.post(ready),
        (thrown: unknown) => this.post(() => this.fail(this.#sourceError(thrown))),
      )
    }
  }

  /** A connector's own error, named. */
  #ofSource<R>(action: () => R): R {
    try {
      return action()
    } catch (thrown) {
      throw this.#sourceError(thrown)
    }
  }

  #sourceError(thrown: unknown): MillraceError {
    return asMillraceError(thrown, 'IO', `source "${this.#opened!.subtask.driver!.id}"`)
  }

  /** State of `epoch` is frozen: from here on its ack is awaited. */
  frozen(epoch: Epoch, splits: readonly SplitProgress[]): void {
    this.#env.crashPoints.reached('subtask/frozen')
    for (const older of this.#acks.keys()) if (older < epoch) this.#acks.delete(older)
    this.#offsets.set(epoch, splits)
    if (this.#pumps.length > 0) this.#staging.set(epoch, this.#pumps.length)
    this.#acks.set(epoch, { splits, taken: undefined, stored: false, blob: undefined })
  }

  copied(taken: TakenSnapshot): void {
    const ack = this.#acks.get(taken.epoch)
    if (ack === undefined) return
    ack.taken = taken
    this.#env.crashPoints.reached('subtask/copied')
    if (taken.blob === undefined) return this.#stored(taken.epoch, undefined)
    this.#env.store(taken.epoch, taken.blob).then(
      (blob) => this.post(() => this.#stored(taken.epoch, blob)),
      (thrown: unknown) => this.post(() => this.#declined(taken.epoch, asMillraceError(thrown, 'IO').message)),
    )
  }

  /** A call of an operator of the chain has an outcome: it is delivered at the begin of the next turn. */
  called(): void {
    this.#outcomes = true
    this.#env.wake()
  }

  #deliver(subtask: Subtask, now: number): void {
    this.#outcomes = false
    subtask.chain.setNow(now)
    for (const deliver of this.#deliveries) deliver()
  }

  /**
   * What an operator of this chain holds for a key, as of a turn of this actor.
   * Rejects with TERMINATED when there is no such turn any more, MAILBOX_FULL while too many others wait, USAGE.
   */
  ask(operator: OperatorId, key: Key): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#phase === 'stopped') throw notRunning()
      if (this.#asks.size >= asksWaitingMax)
        throw new MillraceError(
          'MAILBOX_FULL',
          `operator "${operator}": ${asksWaitingMax} asks wait for its subtask already; ask again later`,
        )
      this.#asks.add(reject)
      this.post(() => {
        this.#asks.delete(reject)
        try {
          resolve(this.#query(operator, key))
        } catch (thrown) {
          reject(asMillraceError(thrown))
        }
      })
    })
  }

  #query(operator: OperatorId, key: Key): unknown {
    if (this.#phase !== 'running') throw notRunning()
    const node = this.#opened!.subtask.chain.nodes.find(({ id }) => id === operator)
    if (node?.operator?.query === undefined)
      throw new MillraceError('USAGE', `operator "${operator}" keeps nothing by key that could be asked for`)
    return node.operator.query(key)
  }

  ended(): void {
    this.#report({ type: 'ended' })
  }

  #stored(epoch: Epoch, blob: BlobRef | undefined): void {
    const ack = this.#acks.get(epoch)
    if (ack === undefined) {
      if (blob !== undefined) this.#env.discard(blob)
      return
    }
    ack.blob = blob
    ack.stored = true
    this.#acknowledge(epoch, ack)
  }

  #prepared(sink: OperatorId, epoch: Epoch, committables: readonly Json[]): void {
    this.#staged.push({ epoch, sink, committables })
    const left = this.#staging.get(epoch)! - 1
    if (left > 0) this.#staging.set(epoch, left)
    else this.#staging.delete(epoch)
    for (const [waiting, ack] of this.#acks) this.#acknowledge(waiting, ack)
  }

  #acknowledge(epoch: Epoch, { splits, taken, stored, blob }: PendingAck): void {
    if (!stored || taken === undefined) return
    for (const staging of this.#staging.keys()) if (staging <= epoch) return
    this.#acks.delete(epoch)
    this.#env.crashPoints.reached('subtask/before-ack')
    const { driver } = this.#opened!.subtask
    this.#report({
      type: 'ack',
      epoch,
      report: {
        snapshot: { ended: taken.time.ended, ...(blob === undefined ? {} : { blob }) },
        splits: driver === undefined ? {} : { [driver.id]: splits },
        committables: this.#stagedUpTo(epoch),
        states: taken.states,
      },
    })
  }

  #stagedUpTo(epoch: Epoch): Record<OperatorId, readonly Json[]> {
    const committables: Record<OperatorId, readonly Json[]> = {}
    for (const { id } of this.#pumps) {
      committables[id] = this.#staged.flatMap((staged) => (staged.sink === id && staged.epoch <= epoch ? staged.committables : []))
    }
    return committables
  }

  #declined(epoch: Epoch, reason: string): void {
    if (this.#acks.delete(epoch)) this.#report({ type: 'declined', epoch, reason })
  }

  #completed(epoch: Epoch): void {
    this.#staged = this.#staged.filter((staged) => staged.epoch > epoch)
    const splits = this.#offsets.get(epoch) ?? []
    for (const older of this.#offsets.keys()) if (older <= epoch) this.#offsets.delete(older)
    this.#ofSource(() => {
      for (const [index, { offset }] of splits.entries()) if (offset !== undefined) this.#opened!.readers[index]?.committed?.(offset)
    })
  }

  /** Runs `event` in a turn of this actor. */
  post(event: () => void): void {
    this.#env.post({ type: 'event', run: event })
  }

  fail(error: MillraceError): void {
    if (this.#phase === 'failed' || this.#phase === 'stopped') return
    this.#phase = 'failed'
    this.#report({ type: 'failed', error })
  }

  #cancel(): void {
    if (this.#phase === 'stopped') return
    this.#phase = 'stopped'
    this.#cancelTimer?.()
    for (const ask of this.#asks) ask(notRunning())
    this.#asks.clear()
    if (this.#opened === undefined) this.#stopped()
    else void closeOpened(this.#opened).then(() => this.post(() => this.#stopped()))
  }

  #stopped(): void {
    this.#report({ type: 'stopped' })
    this.#env.stop()
  }

  #report(report: ReportOf<SubtaskReport>): void {
    this.#env.report({ ...report, attempt: this.#env.attempt, subtask: this.#env.id } as SubtaskReport)
  }

  /** What throws in a turn fails the subtask, not the process; a broken invariant stays a defect. */
  #guarded(action: () => void): void {
    try {
      action()
    } catch (thrown) {
      this.fail(
        thrown instanceof MillraceError
          ? thrown
          : new MillraceError('INVARIANT', `subtask ${this.#env.id.vertex}.${this.#env.id.index}: ${String(thrown)}`, { cause: thrown }),
      )
    }
  }
}

type ReportOf<R> = R extends unknown ? Omit<R, 'attempt' | 'subtask'> : never

/** The answer to an ask that no subtask can give now. */
export const notRunning = (who = 'the operator'): MillraceError =>
  new MillraceError('TERMINATED', `${who} is not running now: the job is starting, recovering or over`)
