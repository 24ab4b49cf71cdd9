// The course of a region as the coordinator drives it: start entry, deploy, restore, recover its sinks, run, cancel, pause, and again.
//
// 1. Nothing of an attempt is deployed before its start entry is in the log.
// 2. Sources start when every subtask of the region has restored and every sink of it has finished what the restored checkpoint staged.
// 3. A region is deployed again when its subtasks have stopped, or were waited for long enough, and its back-off is over.

import { type Epoch, epoch, type OperatorId } from '../model/ids.ts'
import { cancelTimeoutMs } from '../model/limits.ts'
import type { Manifest } from '../model/manifest.ts'
import type { SubtaskMessage } from '../model/messages.ts'
import type { CoordinatorConfig, CoordinatorEffect } from './coordinator-types.ts'
import type { DeployIntent, LogIntent } from './log-writer.ts'
import type { PoisonRecord } from './poison.ts'
import type { Region, Regions } from './regions.ts'
import { mergeSplits, type SplitLists } from './splits.ts'

export interface RegionHost {
  readonly config: CoordinatorConfig
  readonly regions: Regions
  /** The job is about to end: nothing is deployed any more. */
  readonly ending: boolean
  /** The checkpoint to restore. */
  readonly latest: Manifest | undefined
  readonly diverted: readonly PoisonRecord[]
  emit(effect: CoordinatorEffect): void
  put(intent: LogIntent): void
  /** Subtasks of the region are about to be made anew. */
  redeployed(region: Region): void
  /** The region has been told to start. */
  runs(region: Region): void
  /** The job is ending, and no subtask is left. */
  allStopped(): void
}

export class RegionCourse {
  readonly #host: RegionHost
  readonly #discovered: SplitLists

  /** @param discovered all splits, in the order of discovery, with the progress of the checkpoint that the job started from */
  constructor(host: RegionHost, discovered: SplitLists) {
    this.#host = host
    this.#discovered = discovered
  }

  /** Gives every region its first attempt. Their start entry is to follow. */
  begin(): DeployIntent[] {
    const { regions } = this.#host
    for (const region of regions.all) region.begin(regions.takeAttempt())
    return regions.all.map(({ id, attempt }) => ({ region: id, attempt }))
  }

  /** The start entry of these is in the log. */
  deploy(intents: readonly DeployIntent[]): void {
    for (const { region: id, attempt } of intents) {
      const region = this.#host.regions.byId(id)
      if (region.state === 'starting' && region.attempt === attempt && !this.#host.ending) this.#place(region)
    }
  }

  #place(region: Region): void {
    const { config, latest, diverted } = this.#host
    region.place()
    this.#host.redeployed(region)
    const order = {
      region: region.id,
      attempt: region.attempt,
      plan: config.plan,
      restore: latest,
      splits: this.#splits(),
      divert: diverted,
      restorable: config.restorable,
    }
    this.#host.emit({ type: 'deploy', order })
  }

  /** Progress as of the newest checkpoint. Splits that were found since the job started from an older one are in the list only. */
  #splits(): SplitLists {
    const saved = this.#host.latest?.sources ?? {}
    return Object.fromEntries(
      (Object.keys(this.#discovered) as OperatorId[]).map((id) => [id, mergeSplits(saved[id] ?? [], this.#discovered[id]!)]),
    )
  }

  restored(region: Region, name: string): void {
    if (region.state !== 'restoring' || !region.answered(name)) return
    const { latest } = this.#host
    region.recover()
    for (const sink of region.sinks) {
      const committables = latest?.committables[sink] ?? []
      this.#host.emit({ type: 'recover-sink', sink, attempt: region.attempt, epoch: this.#latestEpoch, committables })
    }
    if (region.sinks.length === 0) this.run(region)
  }

  run(region: Region): void {
    if (this.#host.ending) return
    region.run()
    this.broadcast(region, { type: 'start' })
    this.#host.runs(region)
  }

  broadcast(region: Region, message: SubtaskMessage): void {
    for (const { id } of region.subtasks.values()) this.#host.emit({ type: 'send', attempt: region.attempt, subtask: id, message })
  }

  /** Takes a failed region away and deploys it again after a pause. */
  restart(region: Region, afterMs: number): void {
    this.#cancel(region, true)
    this.#host.emit({ type: 'set-timer', name: `restart/${region.id}`, ms: afterMs })
    const text = `region ${region.id} goes back to checkpoint ${this.#latestEpoch} in ${afterMs} ms`
    this.#host.emit({ type: 'say', level: 'info', text })
  }

  /** Takes all regions away, for good. */
  stopAll(): void {
    for (const region of this.#host.regions.all) {
      if (region.deployed || region.state === 'starting') this.#cancel(region, false)
      else if (region.stopped) region.rest()
    }
    this.#checkAllStopped()
  }

  #cancel(region: Region, pause: boolean): void {
    const { deployed } = region
    region.cancel(pause)
    if (!deployed) return
    this.#host.emit({ type: 'cancel-region', region: region.id, attempt: region.attempt })
    this.#host.emit({ type: 'set-timer', name: `cancel/${region.id}`, ms: cancelTimeoutMs })
  }

  subtaskStopped(region: Region, name: string): void {
    if (region.state === 'cancelling' && region.answered(name)) this.#stopped(region)
  }

  #stopped(region: Region): void {
    this.#host.emit({ type: 'clear-timer', name: `cancel/${region.id}` })
    if (!this.#host.ending) {
      this.#tryBegin(region)
      return
    }
    region.rest()
    this.#checkAllStopped()
  }

  #checkAllStopped(): void {
    if (this.#host.regions.allStopped) this.#host.allStopped()
  }

  #tryBegin(region: Region): void {
    if (this.#host.ending || region.state !== 'cancelling' || !region.mayBegin) return
    region.begin(this.#host.regions.takeAttempt())
    this.#host.put({ kind: 'start', deploy: [{ region: region.id, attempt: region.attempt }] })
  }

  /** The back-off of a region is over. */
  restartDue(region: Region): void {
    region.pauseOver()
    this.#tryBegin(region)
  }

  /** A region's subtasks have had their time to stop. */
  cancelDue(region: Region): void {
    if (region.state !== 'cancelling' || region.stopped) return
    const text = `region ${region.id}: subtasks ${region.missing.join(', ')} did not stop within ${cancelTimeoutMs} ms; going on without them`
    this.#host.emit({ type: 'say', level: 'warn', text })
    region.giveUpWaiting()
    this.#stopped(region)
  }

  get #latestEpoch(): Epoch {
    return this.#host.latest?.epoch ?? epoch(0)
  }
}
