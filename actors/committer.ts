// The actor beside the coordinator that makes one sink's output visible: recovers, then commits epoch after epoch, one call at a time. Before
// that it may be asked whether the sink could go on at all from a checkpoint.
//
// 1. Calls of the sink's committer never overlap and keep their order. A committer is made anew for each attempt, when the calls of the
//    attempt before have settled.
// 2. The first error of an attempt ends it: it is reported, and what waits of that attempt is dropped.

import { asMillraceError, type MillraceError } from '../src/model/errors.ts'
import type { Attempt, Epoch, OperatorId } from '../src/model/ids.ts'
import type { Json } from '../src/model/manifest.ts'
import type { CrashPoints } from '../src/ports/crash-points.ts'
import type { Committer, Sink } from '../src/ports/sink.ts'

export const committerCrashPoints = [
  'committer/before-recover',
  'committer/after-recover',
  'committer/before-commit',
  'committer/after-commit',
] as const

export type CommitterOrder =
  /** Check: ask the sink, changing nothing, whether it could recover. */
  | {
      readonly type: 'check' | 'recover' | 'commit'
      readonly attempt: Attempt
      readonly epoch: Epoch
      readonly committables: readonly Json[]
    }
  /** Close it, when what was ordered before is done. */
  | { readonly type: 'close' }

export type CommitterMessage =
  | CommitterOrder
  | { readonly type: 'made'; readonly committer: Committer }
  | { readonly type: 'settled'; readonly error: MillraceError | undefined }

export type CommitterReport =
  | { readonly type: 'sink-checked'; readonly sink: OperatorId }
  | { readonly type: 'opening-failed'; readonly error: MillraceError }
  | { readonly type: 'recovered'; readonly sink: OperatorId; readonly attempt: Attempt }
  | { readonly type: 'committed'; readonly sink: OperatorId; readonly attempt: Attempt; readonly epoch: Epoch }
  | { readonly type: 'committer-failed'; readonly sink: OperatorId; readonly attempt: Attempt; readonly error: MillraceError }
  | { readonly type: 'committer-closed'; readonly sink: OperatorId }

export interface CommitterEnvironment {
  readonly job: string
  readonly sink: OperatorId
  /** Makes the committer of an attempt. */
  readonly make: NonNullable<Sink<never>['committer']>
  readonly crashPoints: CrashPoints
  post(message: CommitterMessage): void
  report(report: CommitterReport): void
}

export class CommitterActor {
  readonly #env: CommitterEnvironment
  readonly #orders: CommitterOrder[] = []
  /** The order whose call is pending. */
  #current: CommitterOrder | undefined
  #committer: Committer | undefined
  #failed: Attempt | undefined

  constructor(env: CommitterEnvironment) {
    this.#env = env
  }

  receive(message: CommitterMessage): void {
    switch (message.type) {
      case 'made':
        this.#committer = message.committer
        this.#call(() => this.#begin(message.committer))
        break
      case 'settled':
        this.#settled(message.error)
        break
      default:
        this.#orders.push(message)
        if (this.#current === undefined) this.#next()
    }
  }

  #next(): void {
    this.#current = this.#orders.shift()
    const order = this.#current
    if (order === undefined) return
    if (order.type === 'close') this.#call(() => this.#committer?.close?.())
    else if (order.attempt === this.#failed) this.#next()
    else if (order.type !== 'commit') this.#make(order.attempt)
    else {
      this.#env.crashPoints.reached('committer/before-commit')
      this.#call(() => this.#committer!.commit(order.epoch, order.committables))
    }
  }

  /** Closes the committer of the attempt before and makes a new one. */
  #make(attempt: Attempt): void {
    const { job, sink, make } = this.#env
    const before = this.#committer
    this.#committer = undefined
    const made = async (): Promise<Committer> => {
      await before?.close?.()
      return await make({ job, operator: sink, attempt })
    }
    made().then(
      (committer) => this.#env.post({ type: 'made', committer }),
      (thrown: unknown) => this.#settle(thrown),
    )
  }

  #begin(committer: Committer): void | PromiseLike<void> | undefined {
    const order = this.#current
    if (order?.type === 'check') return committer.check?.(order.epoch, order.committables)
    if (order?.type !== 'recover') return
    this.#env.crashPoints.reached('committer/before-recover')
    return committer.recover(order.epoch, order.committables)
  }

  #call(action: () => void | PromiseLike<void> | undefined): void {
    const called = async (): Promise<void> => {
      await action()
    }
    called().then(
      () => this.#env.post({ type: 'settled', error: undefined }),
      (thrown: unknown) => this.#settle(thrown),
    )
  }

  #settle(thrown: unknown): void {
    this.#env.post({ type: 'settled', error: asMillraceError(thrown, 'IO', this.#what()) })
  }

  #what(): string {
    const order = this.#current!
    if (order.type === 'close') return `sink "${this.#env.sink}" could not close its committer`
    return `sink "${this.#env.sink}" could not ${order.type === 'check' ? 'look at' : order.type} checkpoint ${order.epoch}`
  }

  #settled(error: MillraceError | undefined): void {
    const order = this.#current!
    const { sink, crashPoints, report } = this.#env
    if (order.type === 'close') report({ type: 'committer-closed', sink })
    else if (order.type === 'check') report(error === undefined ? { type: 'sink-checked', sink } : { type: 'opening-failed', error })
    else if (error !== undefined) {
      this.#failed = order.attempt
      report({ type: 'committer-failed', sink, attempt: order.attempt, error })
    } else if (order.type === 'recover') {
      crashPoints.reached('committer/after-recover')
      report({ type: 'recovered', sink, attempt: order.attempt })
    } else {
      crashPoints.reached('committer/after-commit')
      report({ type: 'committed', sink, attempt: order.attempt, epoch: order.epoch })
    }
    this.#next()
  }
}
