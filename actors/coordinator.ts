// The actor of a job's coordinator: the shell around the machine in src/protocol. It performs effects and posts their outcomes to itself.
//
// 1. Effects are performed in the order in which the machine gives them. Crash points lie around those that storage or the world remember.
// 2. Outcomes of promises come back as messages. A broken invariant is thrown: the kernel takes it outside.
// 3. When the job is over, committers are closed first, then the outcome is told, once.

import { asMillraceError, type MillraceError, messageOf } from '../src/model/errors.ts'
import type { OperatorId } from '../src/model/ids.ts'
import { cancelTimeoutMs } from '../src/model/limits.ts'
import type { Logger } from '../src/model/logger.ts'
import type { Cancel, Clock } from '../src/ports/clock.ts'
import type { CrashPoints } from '../src/ports/crash-points.ts'
import type { Random } from '../src/ports/random.ts'
import { Coordinator } from '../src/protocol/coordinator.ts'
import type { CoordinatorConfig, CoordinatorEffect, CoordinatorEvent, JobOutcome, JobStatus } from '../src/protocol/coordinator-types.ts'
import type { DiscoveredSplit, SplitLists } from '../src/protocol/splits.ts'
import type { CommitterOrder, CommitterReport } from './committer.ts'
import type { Deployer } from './deployer.ts'
import type { ManifestStore } from './manifest-store.ts'

export const coordinatorCrashPoints = [
  'coordinator/before-start-entry',
  'coordinator/after-start-entry',
  'coordinator/before-void-entry',
  'coordinator/after-void-entry',
  'coordinator/before-reserve-entry',
  'coordinator/after-reserve-entry',
  'coordinator/before-complete-entry',
  'coordinator/after-complete-entry',
  'coordinator/before-stopped-entry',
  'coordinator/after-stopped-entry',
  'coordinator/before-manifest',
  'coordinator/after-manifest',
  'coordinator/before-deploy',
  'coordinator/before-recover',
  'coordinator/before-commit',
  'coordinator/before-remove-checkpoint',
  'coordinator/before-sweep',
  'coordinator/before-cut-log',
] as const
type CrashPoint = (typeof coordinatorCrashPoints)[number]

export type CoordinatorMessage =
  | CoordinatorEvent
  | CommitterReport
  /** What a put into the log brought; the machine's event, and which entry it was. */
  | { readonly type: 'entry-put'; readonly kind: EntryKind; readonly event: CoordinatorEvent }
  /** Committers had their time to close. */
  | { readonly type: 'close-timeout' }
type EntryKind = Extract<CoordinatorEffect, { type: 'put-log' }>['entry']['kind']

export interface CoordinatorEnvironment {
  readonly config: CoordinatorConfig
  readonly store: ManifestStore
  readonly clock: Clock
  readonly random: Random
  readonly deployer: Deployer
  readonly crashPoints: CrashPoints
  readonly logger: Logger
  /** Asks all sources for the splits that are not known yet. */
  discover(known: SplitLists): PromiseLike<Readonly<Record<OperatorId, readonly DiscoveredSplit[]>>>
  tellCommitter(sink: OperatorId, order: CommitterOrder): void
  post(message: CoordinatorMessage): void
  /** Told after every step. */
  status(status: JobStatus): void
  over(outcome: JobOutcome): void
}

export class CoordinatorActor {
  readonly #env: CoordinatorEnvironment
  readonly #machine: Coordinator
  readonly #timers = new Map<string, Cancel>()
  readonly #openCommitters = new Set<OperatorId>()
  #outcome: JobOutcome | undefined
  #told = false

  constructor(env: CoordinatorEnvironment) {
    this.#env = env
    this.#machine = new Coordinator(env.config)
  }

  /** Reads the log, and goes on from there. */
  begin(): void {
    this.#perform(this.#machine.begin())
  }

  receive(message: CoordinatorMessage): void {
    switch (message.type) {
      case 'committer-closed':
        this.#openCommitters.delete(message.sink)
        this.#tellOutcome()
        break
      case 'close-timeout':
        this.#env.logger.warn('committers did not close in time', { sinks: [...this.#openCommitters] })
        this.#openCommitters.clear()
        this.#tellOutcome()
        break
      case 'entry-put':
        if (message.event.type === 'log-put' && message.event.outcome === 'written')
          this.#reached(`coordinator/after-${message.kind}-entry`)
        this.#step(message.event)
        break
      case 'manifest-put':
        this.#reached('coordinator/after-manifest')
        this.#step(message)
        break
      default:
        this.#step(message)
    }
  }

  #step(event: CoordinatorEvent): void {
    this.#perform(this.#machine.step(this.#env.clock.now(), event, this.#env.random.next()))
    const { status } = this.#machine
    // What was restored at the beginning has been taken up.
    if (status.state !== 'opening' && status.state !== 'starting') this.#env.store.forget()
    this.#env.status(status)
  }

  #perform(effects: readonly CoordinatorEffect[]): void {
    for (const effect of effects) this.#do(effect)
  }

  #do(effect: CoordinatorEffect): void {
    const { deployer } = this.#env
    switch (effect.type) {
      case 'deploy':
        this.#reached('coordinator/before-deploy')
        deployer.deploy(effect.order)
        break
      case 'cancel-region':
        deployer.cancel(effect.region, effect.attempt)
        break
      case 'send':
        deployer.send(effect.attempt, effect.subtask, effect.message)
        break
      case 'check-sink':
        this.#openCommitters.add(effect.sink)
        this.#env.tellCommitter(effect.sink, { ...effect, type: 'check' })
        break
      case 'recover-sink':
        this.#reached('coordinator/before-recover')
        this.#openCommitters.add(effect.sink)
        this.#env.tellCommitter(effect.sink, { ...effect, type: 'recover' })
        break
      case 'commit':
        this.#reached('coordinator/before-commit')
        this.#env.tellCommitter(effect.sink, { ...effect, type: 'commit' })
        break
      case 'set-timer':
        this.#setTimer(effect.name, effect.ms)
        break
      case 'clear-timer':
        this.#clearTimer(effect.name)
        break
      case 'say':
        this.#env.logger[effect.level](effect.text, { job: this.#env.config.plan.job })
        break
      case 'over':
        this.#over(effect.outcome)
        break
      default:
        this.#store(effect)
    }
  }

  #store(effect: StorageEffect): void {
    const { store } = this.#env
    switch (effect.type) {
      case 'read-log':
        this.#async(store.readLog(), (facts) => ({ type: 'log-read', facts }), openingFailed)
        break
      case 'read-manifest': {
        const { epoch } = effect
        this.#async(store.readCheckpoint(epoch, effect.checksum), (read) => ({ type: 'manifest-read', epoch, ...read }), openingFailed)
        break
      }
      case 'discover-splits':
        this.#async(this.#env.discover(effect.known), (splits) => ({ type: 'splits', splits }), openingFailed)
        break
      case 'put-log':
        this.#putEntry(effect)
        break
      case 'read-slot': {
        const { slot } = effect
        this.#async(
          store.readSlot(slot),
          (read) => ({ type: 'slot-read', slot, ...read }),
          (error) => ({ type: 'log-put-failed', slot, error }),
        )
        break
      }
      case 'put-manifest': {
        const { epoch } = effect.manifest
        this.#reached('coordinator/before-manifest')
        const failed = (error: MillraceError): CoordinatorEvent => ({ type: 'manifest-put-failed', epoch, error })
        this.#async(store.putManifest(effect.manifest), (checksum) => ({ type: 'manifest-put', epoch, checksum }), failed)
        break
      }
      case 'remove-checkpoint':
        this.#reached('coordinator/before-remove-checkpoint')
        this.#tidy(store.removeCheckpoint(effect.epoch, effect.keep), `checkpoint ${effect.epoch} could not be removed`)
        break
      case 'sweep':
        this.#reached('coordinator/before-sweep')
        this.#tidy(store.sweep(effect.after, effect.through, effect.complete), 'leftovers of earlier runs could not be removed')
        break
      case 'cut-log':
        this.#reached('coordinator/before-cut-log')
        this.#tidy(store.cutLog(effect.below), 'old entries of the log could not be removed')
    }
  }

  #putEntry({ slot, entry }: Extract<CoordinatorEffect, { type: 'put-log' }>): void {
    const { kind } = entry
    this.#reached(`coordinator/before-${kind}-entry`)
    this.#async(
      this.#env.store.putEntry(slot, entry),
      (outcome) => ({ type: 'entry-put', kind, event: { type: 'log-put', slot, outcome } }),
      (error) => ({ type: 'log-put-failed', slot, error }),
    )
  }

  #async<R>(pending: PromiseLike<R>, done: (result: R) => CoordinatorMessage, failed: (error: MillraceError) => CoordinatorMessage): void {
    pending.then(
      (result) => this.#env.post(done(result)),
      (thrown: unknown) => this.#env.post(failed(asMillraceError(thrown, 'IO'))),
    )
  }

  /** Removing what nobody needs may fail: it is tried again by the sweep of a later run. */
  #tidy(pending: PromiseLike<unknown>, what: string): void {
    pending.then(undefined, (thrown: unknown) => this.#env.logger.warn(`${what}: ${messageOf(thrown)}`))
  }

  #setTimer(name: string, ms: number): void {
    this.#clearTimer(name)
    const fire = (): void => {
      this.#timers.delete(name)
      this.#env.post({ type: 'timer', name })
    }
    this.#timers.set(name, this.#env.clock.setTimer(ms, fire))
  }

  #clearTimer(name: string): void {
    this.#timers.get(name)?.()
    this.#timers.delete(name)
  }

  #over(outcome: JobOutcome): void {
    this.#outcome = outcome
    for (const name of [...this.#timers.keys()]) this.#clearTimer(name)
    for (const sink of this.#openCommitters) this.#env.tellCommitter(sink, { type: 'close' })
    if (this.#openCommitters.size > 0)
      this.#timers.set(
        'close',
        this.#env.clock.setTimer(cancelTimeoutMs, () => this.#env.post({ type: 'close-timeout' })),
      )
    this.#tellOutcome()
  }

  #tellOutcome(): void {
    if (this.#outcome === undefined || this.#openCommitters.size > 0 || this.#told) return
    this.#told = true
    this.#clearTimer('close')
    this.#env.status(this.#machine.status)
    this.#env.over(this.#outcome)
  }

  #reached(point: CrashPoint): void {
    this.#env.crashPoints.reached(point)
  }
}

type StorageEffect = Extract<
  CoordinatorEffect,
  {
    type:
      | 'read-log'
      | 'read-manifest'
      | 'discover-splits'
      | 'put-log'
      | 'read-slot'
      | 'put-manifest'
      | 'remove-checkpoint'
      | 'sweep'
      | 'cut-log'
  }
>

const openingFailed = (error: MillraceError): CoordinatorEvent => ({ type: 'opening-failed', error })
