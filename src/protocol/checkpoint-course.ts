// The course of checkpoints as the coordinator drives it: begin, trigger, collect, store the manifest, complete, commit, let old ones go.
//
// It sends and puts through its host, which owns the job's life. It holds the newest complete checkpoint: what a failed region goes back to.
// 1. A checkpoint is begun only while all regions run, no other is open, and every sink has committed the one before.
// 2. The manifest is stored, then `complete` is put; sinks commit and subtasks hear of it only when that entry is known to be written.

import { MillraceError } from '../model/errors.ts'
import { type Epoch, epoch, type OperatorId } from '../model/ids.ts'
import { checkpointRetryMs, epochsReserved } from '../model/limits.ts'
import type { LogEntry, Manifest } from '../model/manifest.ts'
import type { SnapshotReport, SubtaskMessage } from '../model/messages.ts'
import { assembleManifest, bytesOf } from './assemble-manifest.ts'
import { type CheckpointKind, Checkpoints, type OpenCheckpoint } from './checkpoints.ts'
import type { CheckpointStatus, CoordinatorConfig, CoordinatorEffect } from './coordinator-types.ts'
import type { LogIntent } from './log-writer.ts'
import type { Opened } from './opening.ts'
import type { Region, Regions } from './regions.ts'
import { Retention } from './retention.ts'
import type { Topology } from './topology.ts'

export interface CourseHost {
  readonly config: CoordinatorConfig
  readonly topology: Topology
  readonly regions: Regions
  readonly now: number
  /** The checkpoint that the user waits for; undefined = none. */
  readonly asked: 'savepoint' | 'stop' | undefined
  readonly ending: boolean
  emit(effect: CoordinatorEffect): void
  put(intent: LogIntent): void
  broadcast(region: Region, message: SubtaskMessage): void
  /** Every sink has committed the newest complete checkpoint. */
  allCommitted(): void
  tooManyFailures(error: MillraceError): void
}

export class CheckpointCourse {
  readonly #host: CourseHost
  readonly #opened: Opened
  readonly #checkpoints: Checkpoints
  readonly #retention: Retention
  #latest: Manifest | undefined
  #pending: Manifest | undefined
  readonly #uncommitted = new Set<OperatorId>()
  #due = false
  #reserving = false
  #asked: { readonly through: Epoch; readonly then: () => void } | undefined
  /** A checkpoint that the user asked for is complete. */
  askedComplete = false
  last: CheckpointStatus | undefined

  constructor(host: CourseHost, opened: Opened) {
    this.#host = host
    this.#opened = opened
    this.#latest = opened.restore
    this.#checkpoints = new Checkpoints(opened.view.reservedThrough)
    this.#retention = new Retention(host.config.checkpointsKept, opened.view, opened.restore)
  }

  get latest(): Manifest | undefined {
    return this.#latest
  }
  get latestEpoch(): Epoch {
    return this.#latest?.epoch ?? epoch(0)
  }
  get open(): Epoch | undefined {
    return this.#checkpoints.open?.epoch
  }
  get failures(): number {
    return this.#checkpoints.failures
  }
  /** The newest complete checkpoint has the last snapshot of every subtask: there is nothing left to do. */
  get allCarried(): boolean {
    return this.#checkpoints.allCarried(this.#host.topology.subtasks.keys())
  }

  /** Every sink has committed the checkpoints that became complete since the job began. */
  get committed(): boolean {
    return this.#uncommitted.size === 0
  }

  /** The job runs: periodic checkpoints begin. */
  arm(): void {
    this.#arm(this.#host.config.checkpointIntervalMs)
  }

  #arm(ms: number): void {
    this.#host.emit({ type: 'set-timer', name: 'checkpoint', ms })
  }

  /** Where the log may be cut, for the next entry. */
  get cut(): number {
    return this.#retention.cut
  }

  entryWritten({ below }: LogEntry): void {
    for (const effect of this.#retention.said(below)) this.#host.emit(effect)
  }

  reserve(): void {
    if (!this.#reserving) this.#reserve(1)
  }

  /** Reserves more than is needed, for the sake of the entry: whether the log still takes one of this coordinator. `then` if it does. */
  askLog(then: () => void): void {
    if (this.#asked === undefined) this.#asked = { through: this.#reserve(this.#reserving ? 2 : 1), then }
  }

  #reserve(blocks: number): Epoch {
    const through = epoch(this.#checkpoints.reservedThrough + blocks * epochsReserved)
    this.#reserving = true
    this.#host.put({ kind: 'reserve', epoch: through })
    return through
  }

  reserved(through: Epoch, slot: number): void {
    this.#reserving = false
    this.#retention.reserved(slot)
    this.#checkpoints.reserved(through)
    if (through === this.#asked?.through) this.#asked.then()
    else this.tryBegin()
  }

  /** It is time for the next periodic checkpoint. */
  fallDue(): void {
    if (this.#due && this.#uncommitted.size > 0) {
      const text = `checkpoint ${this.latestEpoch} is complete, but not yet committed by ${[...this.#uncommitted].join(', ')}: the next one waits`
      this.#host.emit({ type: 'say', level: 'warn', text })
    }
    this.#due = true
    if (!this.tryBegin()) this.arm()
  }

  /** Begins a checkpoint if there is a reason for one and nothing stands in its way; says whether it did. */
  tryBegin(): boolean {
    const kind = this.#reason()
    const { ending, regions, topology, now, config } = this.#host
    if (kind === undefined || ending || !regions.allRunning) return false
    if (this.#checkpoints.open !== undefined || this.#uncommitted.size > 0) return false
    if (this.#checkpoints.needsIds) {
      this.reserve()
      return false
    }
    this.#due = false
    const triggered = this.#checkpoints.begin(kind, now, topology.subtasks)
    this.arm()
    this.#host.emit({ type: 'set-timer', name: 'checkpoint-timeout', ms: config.checkpointTimeoutMs })
    const open = this.#checkpoints.open as OpenCheckpoint | undefined
    if (open?.phase === 'writing') this.#storeManifest()
    else this.#trigger(triggered)
    return true
  }

  #reason(): CheckpointKind | undefined {
    if (this.#checkpoints.ended.size === this.#host.topology.subtasks.size) return 'final'
    return this.#host.asked ?? (this.#due ? 'periodic' : undefined)
  }

  #trigger(names: readonly string[]): void {
    if (names.length === 0) return
    const { epoch: of, kind } = this.#checkpoints.open!
    const last = kind === 'stop' || kind === 'savepoint'
    const message: SubtaskMessage = last ? { type: 'trigger', epoch: of, last } : { type: 'trigger', epoch: of }
    for (const name of names) {
      const { id, region } = this.#host.topology.subtasks.get(name)!
      this.#host.emit({ type: 'send', attempt: this.#host.regions.byId(region).attempt, subtask: id, message })
    }
  }

  // What subtasks say.

  redeployed(region: Region): void {
    this.#checkpoints.redeployed(region.subtasks.keys())
  }

  subtaskEnded(name: string): void {
    this.#trigger(this.#checkpoints.subtaskEnded(name, this.#host.topology.subtasks))
    this.tryBegin()
  }

  acked(name: string, of: Epoch, report: SnapshotReport): void {
    if (this.#checkpoints.ack(name, of, report)) this.#storeManifest()
  }

  declined(name: string, of: Epoch, reason: string): void {
    if (of === this.open) this.abort(`subtask ${name} declined it: ${reason}`)
  }

  timedOut(): void {
    const waiting = [...(this.#checkpoints.open?.waiting ?? [])]
    const who = waiting.length === 0 ? 'its manifest was not stored' : `subtasks ${waiting.join(', ')} did not answer`
    this.abort(`${who} within ${this.#host.config.checkpointTimeoutMs} ms`)
  }

  // From the last ack to the last commit.

  #storeManifest(): void {
    const { config, regions, now } = this.#host
    const { epoch: of, kind, reports } = this.#checkpoints.open!
    const { view, splits } = this.#opened
    this.#pending = assembleManifest(
      {
        plan: config.plan,
        valueCodec: config.valueCodec,
        splits,
        generation: view.generation,
        attempts: regions.attempts,
        epoch: of,
        createdAt: now,
        savepoint: kind === 'savepoint',
      },
      reports,
    )
    this.#host.emit({ type: 'put-manifest', manifest: this.#pending })
  }

  manifestStored(of: Epoch, checksum: number): void {
    if (this.#checkpoints.written(of)) this.#host.put({ kind: 'complete', epoch: of, checksum, savepoint: this.#pending!.savepoint })
    else if (!this.#retention.has(of)) this.#remove(of)
  }

  manifestFailed(of: Epoch, reason: string): void {
    if (of === this.open) this.abort(`its manifest could not be stored: ${reason}`)
  }

  /** The entry `complete` is in the log: this is the commit point. */
  completed(checksum: number, slot: number): void {
    const done = this.#checkpoints.completed()
    const manifest = this.#pending!
    const { now, topology, regions } = this.#host
    this.#latest = manifest
    this.#pending = undefined
    this.last = { epoch: done.epoch, completedAt: now, durationMs: now - done.openedAt, bytes: bytesOf(manifest) }
    this.#retention.completed({ epoch: done.epoch, checksum, slot, savepoint: manifest.savepoint }, manifest)
    this.#host.emit({ type: 'clear-timer', name: 'checkpoint-timeout' })
    if (done.kind === 'stop' || done.kind === 'savepoint') this.askedComplete = true
    for (const sink of topology.committing.keys()) this.#uncommitted.add(sink)
    for (const region of regions.all) if (region.state === 'running') this.#commit(region, manifest)
    if (this.#uncommitted.size === 0) this.#allCommitted()
  }

  #commit(region: Region, { epoch: of, committables }: Manifest): void {
    for (const sink of region.sinks) {
      this.#host.emit({ type: 'commit', sink, attempt: region.attempt, epoch: of, committables: committables[sink] ?? [] })
    }
    this.#host.broadcast(region, { type: 'complete', epoch: of })
  }

  /** A sink has committed `of`, or finished doing so while it recovered. */
  sinkCommitted(sink: OperatorId, of: Epoch): void {
    if (of === this.latestEpoch && this.#uncommitted.delete(sink) && this.#uncommitted.size === 0) this.#allCommitted()
  }

  #allCommitted(): void {
    for (const effect of this.#retention.trim()) this.#host.emit(effect)
    this.#host.allCommitted()
  }

  /** @param reason undefined when it is given up because something else failed */
  abort(reason: string | undefined): void {
    const open = this.#checkpoints.abort(reason !== undefined)
    if (open === undefined) return
    this.#pending = undefined
    this.#host.emit({ type: 'clear-timer', name: 'checkpoint-timeout' })
    for (const region of this.#host.regions.all) {
      if (region.state === 'running') this.#host.broadcast(region, { type: 'abort', epoch: open.epoch })
    }
    this.#remove(open.epoch)
    if (reason !== undefined) this.#countFailure(open.epoch, reason)
  }

  #countFailure(of: Epoch, reason: string): void {
    const { failuresInRow } = this.#checkpoints
    this.#host.emit({ type: 'say', level: 'warn', text: `checkpoint ${of} was given up (${failuresInRow} in a row): ${reason}` })
    if (failuresInRow <= this.#host.config.checkpointFailuresTolerated) {
      if (this.#reason() !== undefined) this.#arm(Math.min(checkpointRetryMs, this.#host.config.checkpointIntervalMs))
      return
    }
    this.#checkpoints.failuresInRow = 0
    const what = `${failuresInRow} checkpoints in a row were given up, the last one because ${reason}`
    this.#host.tooManyFailures(new MillraceError('CHECKPOINT_FAILED', what, { fate: 'fault' }))
  }

  #remove(of: Epoch): void {
    this.#host.emit({ type: 'remove-checkpoint', epoch: of, keep: this.#retention.referred() })
  }
}
