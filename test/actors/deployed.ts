// A job deployed on one worker by hand: the test plays the coordinator, the kernel and the clock.

import type { SubtaskActor, SubtaskEvent } from '../../actors/subtask.ts'
import { Worker } from '../../actors/worker.ts'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { jobInternals } from '../../src/api/job.ts'
import type { Job } from '../../src/api/job-types.ts'
import { attempt } from '../../src/model/ids.ts'
import type { SubtaskMessage, SubtaskReport } from '../../src/model/messages.ts'
import { noCrashPoints } from '../../src/ports/crash-points.ts'
import { ManualClock } from '../runtime/manual-world.ts'

class Cell {
  readonly queue: SubtaskEvent[] = []
  woken = false
  wokenWhenIdle = false
  stopped = false
  readonly actor: SubtaskActor

  constructor(actor: SubtaskActor) {
    this.actor = actor
  }
  tell(event: SubtaskEvent): void {
    if (!this.stopped) this.queue.push(event)
  }
  wake(): void {
    this.woken = true
  }
  wakeWhenIdle(): void {
    this.wokenWhenIdle = true
  }
  stop(): void {
    this.stopped = true
    this.queue.length = 0
  }
}

export class Deployed {
  readonly clock = new ManualClock()
  readonly reports: SubtaskReport[] = []
  readonly discarded: string[] = []
  readonly worker: Worker
  readonly #cells: Cell[] = []

  /** @param splits ids of the splits of each source */
  constructor(job: Job, splits: Readonly<Record<string, readonly string[]>>) {
    const { plan, definitions, sources, sinks } = jobInternals(job).compile({})
    this.worker = new Worker({
      definitions: { operators: definitions, sources, sinks },
      codec: msgpackCodec(),
      clock: this.clock,
      crashPoints: noCrashPoints,
      host: (_, actor) => {
        const cell = new Cell(actor)
        this.#cells.push(cell)
        return cell
      },
      storeBlob: async (epoch, _, { vertex, index }, { length, checksum }) => ({
        name: `${epoch}-${vertex}-${index}`,
        bytes: length,
        checksum,
      }),
      discardBlob: ({ name }) => this.discarded.push(name),
      fetchBlob: () => Promise.reject(new Error('nothing is stored')),
      report: (report) => this.reports.push(report),
    })
    const begun = Object.fromEntries(Object.entries(splits).map(([id, ids]) => [id, ids.map((split) => ({ id: split, finished: false }))]))
    this.worker.deploy({ region: 0, attempt: attempt(1), plan, restore: undefined, splits: begun, divert: [], restorable: true })
  }

  /** Lets all that can run, run: turns, and promises that are ready. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      for (const cell of this.#cells) {
        for (let event = cell.queue.shift(); event !== undefined; event = cell.queue.shift()) cell.actor.receive(event)
        for (let turns = 0; cell.woken && !cell.stopped; turns++) {
          if (turns > 10_000) throw new Error('it spins')
          cell.woken = false
          if (cell.actor.wake(false)) cell.woken = true
        }
      }
      if (!this.#cells.some(({ woken }) => woken)) this.#idle()
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#cells.some(({ queue, woken, stopped }) => !stopped && (woken || queue.length > 0))) quiet = 0
    }
  }

  /** Nobody has anything to do: who waits for that has a turn. */
  #idle(): void {
    for (const cell of this.#cells) {
      if (!cell.wokenWhenIdle || cell.stopped) continue
      cell.wokenWhenIdle = false
      if (cell.actor.wake(true)) cell.woken = true
    }
  }

  async send(message: SubtaskMessage): Promise<void> {
    for (const { actor } of this.#cells) actor.receive(message)
    await this.settle()
  }

  async cancel(): Promise<void> {
    this.worker.cancel(0, attempt(1))
    await this.settle()
  }

  get told(): string[] {
    return this.reports.map(({ type }) => type)
  }

  get stopped(): boolean {
    return this.#cells.every(({ stopped }) => stopped)
  }
}
