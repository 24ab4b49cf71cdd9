// The failover regions of a job: which attempt each one runs, and how far its deployment or its stop has come.
//
// 1. A region has one attempt at a time; what carries another one is not about it any more.
// 2. It is deployed again only when its subtasks have stopped (or were waited for long enough) and its back-off is over.
// 3. Attempt numbers come from one counter of the job.

import { type Attempt, attempt, type OperatorId, subtaskName } from '../model/ids.ts'
import type { SubtaskReport } from '../model/messages.ts'
import { moveRegion, type RegionState } from './job-life.ts'
import type { PlannedSubtask, Topology } from './topology.ts'

export class Region {
  readonly id: number
  readonly subtasks: ReadonlyMap<string, PlannedSubtask>
  readonly sinks: readonly OperatorId[]
  attempt: Attempt = attempt(0)
  #state: RegionState = 'idle'
  /** Of whom an answer is awaited: subtasks that restore or stop, then sinks that recover. */
  readonly #awaited = new Set<string>()
  /** The pause before the next attempt is over; without meaning while the region is not stopped. */
  #pauseOver = true

  constructor(id: number, topology: Topology) {
    this.id = id
    this.subtasks = new Map([...topology.subtasks].filter(([, { region }]) => region === id))
    this.sinks = [...topology.committing].filter(([, region]) => region === id).map(([sink]) => sink)
  }

  get state(): RegionState {
    return this.#state
  }

  /** Its subtasks exist, as far as the coordinator knows. */
  get deployed(): boolean {
    return this.#state === 'restoring' || this.#state === 'recovering' || this.#state === 'running'
  }

  begin(next: Attempt): void {
    this.#move('starting')
    this.attempt = next
  }

  place(): void {
    this.#move('restoring')
    this.#await(this.subtasks.keys())
  }

  recover(): void {
    this.#move('recovering')
    this.#await(this.sinks)
  }

  run(): void {
    this.#move('running')
  }

  /** @param pause whether it has to wait for the end of a back-off before it may be deployed again */
  cancel(pause: boolean): void {
    this.#pauseOver = !pause
    const placed = this.#state !== 'starting'
    this.#move(placed ? 'cancelling' : 'idle')
    if (placed) this.#await(this.subtasks.keys())
  }

  /** Someone answered. True when nobody is awaited any more. */
  answered(name: string): boolean {
    return this.#awaited.delete(name) && this.#awaited.size === 0
  }

  /** Names of those that have not answered. */
  get missing(): readonly string[] {
    return [...this.#awaited]
  }

  get stopped(): boolean {
    return this.#state === 'idle' || (this.#state === 'cancelling' && this.#awaited.size === 0)
  }

  pauseOver(): void {
    this.#pauseOver = true
  }

  get mayBegin(): boolean {
    return this.stopped && this.#pauseOver
  }

  /** Waits for nobody any more. */
  giveUpWaiting(): void {
    this.#awaited.clear()
  }

  rest(): void {
    if (this.#state === 'cancelling') this.#move('idle')
  }

  #await(names: Iterable<string>): void {
    this.#awaited.clear()
    for (const name of names) this.#awaited.add(name)
  }

  #move(to: RegionState): void {
    this.#state = moveRegion(this.#state, to)
  }
}

export class Regions {
  readonly all: readonly Region[]
  readonly #byId: ReadonlyMap<number, Region>
  readonly #topology: Topology
  #nextAttempt: Attempt = attempt(1)

  constructor(topology: Topology) {
    this.#topology = topology
    this.all = topology.regions.map((id) => new Region(id, topology))
    this.#byId = new Map(this.all.map((region) => [region.id, region]))
  }

  /** Where the counter of attempts stands in the log. */
  continueFrom(next: Attempt): void {
    this.#nextAttempt = next
  }

  takeAttempt(): Attempt {
    const taken = this.#nextAttempt
    this.#nextAttempt = attempt(taken + 1)
    return taken
  }

  get attempts(): Attempt[] {
    return this.all.map((region) => region.attempt)
  }

  get allRunning(): boolean {
    return this.all.every(({ state }) => state === 'running')
  }
  get allStopped(): boolean {
    return this.all.every(({ stopped }) => stopped)
  }

  byId(id: number): Region {
    return this.#byId.get(id)!
  }

  /** The region and subtask that a report is about; undefined when it is from another attempt. */
  of(report: SubtaskReport): { readonly region: Region; readonly subtask: PlannedSubtask } | undefined {
    const subtask = this.#topology.subtasks.get(subtaskName(report.subtask.vertex, report.subtask.index))
    const region = subtask === undefined ? undefined : this.#byId.get(subtask.region)
    if (subtask === undefined || region === undefined || region.attempt !== report.attempt) return undefined
    return { region, subtask }
  }

  /** The region of a sink, if it still runs that attempt. */
  ofSink(sink: OperatorId, of: Attempt): Region | undefined {
    const region = this.all.find(({ sinks }) => sinks.includes(sink))
    return region?.attempt === of ? region : undefined
  }
}
