// Tumbling and sliding windows in processing time: the sliced operator of event time, driven by the clock instead of watermarks.
//
// A record's time is the turn's, and a window fires in the first turn at or behind its end. So nothing is ever late: where the clock goes
// back, also over a restore, records count as of the time that windows have fired up to. That time is kept for each old subtask, because
// a window that fired must not fire again, and none of another subtask may be left out.

import { watermarkMax, watermarkMin } from '../model/elements.ts'
import type { OperatorId } from '../model/ids.ts'
import { type Key, subtaskOfGroup } from '../model/key.ts'
import type { Operator, OperatorContext, Receive } from './operator.ts'
import { SlicedWindowOperator, type SlicedWindowOptions } from './sliced-window.ts'
import { stateMismatch } from './state-mismatch.ts'

/** Windows that ended up to `reached` have fired for the key groups of that subtask. */
type Saved = readonly [subtask: number, parallelism: number, reached: number]

const version = 1

export class ClockWindowOperator implements Operator {
  readonly id: OperatorId
  readonly inputs: readonly Receive[]
  readonly #sliced: SlicedWindowOperator
  #context!: OperatorContext
  /** Windows that ended up to then have fired, here or, before a restore, somewhere: no record counts as of a time before. */
  #reached = watermarkMin
  /** Those that have fired here. */
  #fired = watermarkMin
  /** Those that are being fired, over as many calls as it takes, whatever the clock does meanwhile; -Infinity = none are. */
  #firing = watermarkMin
  /** What had fired before a restore, until the clock has come as far. */
  #saved: readonly Saved[] = []

  constructor(id: OperatorId, options: Omit<SlicedWindowOptions, 'lateness'>) {
    this.id = id
    const sliced = new SlicedWindowOperator(id, { ...options, lateness: 0 })
    this.#sliced = sliced
    const receive = sliced.inputs[0]!
    this.inputs = [
      (value) => {
        const { now } = this.#context.progress
        receive(value, Math.max(now, this.#reached))
      },
    ]
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#sliced.open({
      ...context,
      progress: { watermark: watermarkMin, now: 0 },
      groupFloor: (group) => this.#floorOf(group),
    })
    const { id, subtask, parallelism } = context
    context.operatorPart({
      name: 'clock',
      version,
      redistribution: 'union',
      collect: () => [...this.#saved, [subtask, parallelism, this.#fired] satisfies Saved],
      restore: (items, saved) => {
        if (saved !== version) throw stateMismatch(id, 'clock', saved, version)
        this.#saved = [...this.#saved, ...(items as readonly Saved[])]
      },
    })
  }

  /** Last instant of the windows that had fired for a key group before a restore. */
  #floorOf(group: number): number {
    const { maxParallelism } = this.#context
    let floor = watermarkMin
    for (const [subtask, parallelism, reached] of this.#saved) {
      if (subtaskOfGroup(group, maxParallelism, parallelism) === subtask) floor = Math.max(floor, reached - 1)
    }
    return floor
  }

  restored(): void {
    const furthest = new Map<string, Saved>()
    for (const saved of this.#saved) {
      const [subtask, parallelism, reached] = saved
      const place = `${subtask}/${parallelism}`
      if (reached >= (furthest.get(place)?.[2] ?? watermarkMin)) furthest.set(place, saved)
      this.#reached = Math.max(this.#reached, reached)
    }
    this.#saved = [...furthest.values()]
    this.#sliced.restored()
  }

  nextTime(): number {
    return this.#firing > watermarkMin ? watermarkMin : this.#sliced.nextEnd
  }

  onTime(now: number, budget: number): boolean {
    const time = Math.max(now, this.#firing)
    if (!this.#sliced.onWatermark(time - 1, budget)) {
      this.#firing = time
      return false
    }
    this.#firing = watermarkMin
    this.#fired = Math.max(this.#fired, time)
    this.#reached = Math.max(this.#reached, time)
    if (this.#fired === this.#reached) this.#saved = []
    return true
  }

  /** What is open has one last turn, so nothing that was collected is lost. */
  onEnd(budget: number): boolean {
    return this.#sliced.onWatermark(watermarkMax, budget)
  }

  query(key: Key): unknown {
    return this.#sliced.query(key)
  }
}
