// The interval join: pairs of records of one key whose times lie close together, right.time - left.time within bounds.
//
// Each key keeps the records of both sides sorted by time. A record is compared with the other side when it comes, so every pair comes
// out once, when its second record does, with the later of the two times. Invariants:
//   1. a left record is kept while time + upper > watermark, a right one while time - lower > watermark: only then can a partner come;
//   2. what is not kept any more is never paired, whether it has been removed yet or not, so results do not depend on housekeeping;
//   3. a record behind the watermark that could not be kept is late: it is counted and not paired. Behind the watermark but still to be
//      kept, it meets the partners that are still there.
// Keys are looked at when a record comes for them, and otherwise when all that they hold has run out.

import { MillraceError } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import type { OperatorFactory } from './definition.ts'
import { EventClock } from './event-clock.ts'
import { KeyTable } from './key-table.ts'
import { lateReceive } from './late-output.ts'
import type { KeyContext, Operator, OperatorContext, Receive } from './operator.ts'
import { Schedule } from './schedule.ts'
import { TimedRecords } from './timed-records.ts'

export interface IntervalBounds {
  /** Least and greatest right.time - left.time, ms. */
  readonly lower: number
  readonly upper: number
  /** Bounds that do not belong to the interval. */
  readonly exclusive?: 'lower' | 'upper' | 'both' | undefined
}

export type JoinFunction = (left: never, right: never, info: { readonly key: Key }) => unknown

/** Throws JOB_INVALID for bounds between which nothing lies. */
export function intervalJoin(bounds: IntervalBounds, fn: JoinFunction): OperatorFactory {
  const { lower, upper, exclusive } = bounds
  if (!(lower < upper || (lower === upper && exclusive === undefined))) {
    throw new MillraceError(
      'JOB_INVALID',
      `a join between ${lower} ms and ${upper} ms${exclusive === undefined ? '' : ' (exclusive)'} can pair nothing`,
    )
  }
  return { kind: 'operator', create: (id) => new IntervalJoin(id, bounds, fn) }
}

class BothSides {
  readonly left = new TimedRecords()
  readonly right = new TimedRecords()
  /** From its first record until the key goes, a key stands in the schedule once. */
  scheduled = false
}

type Join = (left: unknown, right: unknown, info: { readonly key: Key }) => unknown

class IntervalJoin implements Operator {
  readonly id: OperatorId
  readonly inputs: readonly Receive[]
  readonly #lower: number
  readonly #upper: number
  readonly #lowerOpen: boolean
  readonly #upperOpen: boolean
  readonly #fn: Join
  /** Times of housekeeping are rounded up to this, so that many keys share one. */
  readonly #grain: number
  readonly #schedule = new Schedule<number>()
  #due: number[] = []
  #context!: OperatorContext
  #keys!: KeyContext
  #clock!: EventClock
  #late!: Receive
  #table!: KeyTable<BothSides>

  constructor(id: OperatorId, { lower, upper, exclusive }: IntervalBounds, fn: JoinFunction) {
    this.id = id
    this.#lower = lower
    this.#upper = upper
    this.#lowerOpen = exclusive === 'lower' || exclusive === 'both'
    this.#upperOpen = exclusive === 'upper' || exclusive === 'both'
    this.#fn = fn as Join
    this.#grain = Math.max(1, Math.ceil((upper - lower) / 16))
    this.inputs = [(value, time) => this.#left(value, time), (value, time) => this.#right(value, time)]
  }

  open(context: OperatorContext): void {
    if (context.keys === undefined) throw new MillraceError('JOB_INVALID', `join ${this.id} needs keyed input: put keyBy in front of it`)
    this.#context = context
    this.#keys = context.keys
    this.#clock = new EventClock(context)
    this.#late = lateReceive(context)
    this.#table = new KeyTable(context.maxParallelism, () => new BothSides())
    for (const side of ['left', 'right'] as const) {
      context.keyedPart(
        this.#table.part(
          this.id,
          side,
          (both) => both[side].entries(),
          (both, time, value) => both[side].add(time as number, value),
        ),
      )
    }
  }

  restored(): void {
    this.#clock.restored()
    for (const slot of this.#table.index.slots()) {
      const both = this.#table.states[slot]!
      both.scheduled = true
      this.#schedule.add(this.#dueTime(both), slot)
    }
  }

  /** Housekeeping: emits nothing, but may have many keys to look at. */
  onWatermark(time: number, budget: number): boolean {
    for (; budget > 0; budget--) {
      if (this.#due.length === 0) {
        if (!this.#schedule.isDue(time)) return true
        this.#due = this.#schedule.take()
      }
      this.#tidy(this.#due.pop()!, time)
    }
    return false
  }

  #left(value: unknown, time: number): void {
    const both = this.#take(value, time, time + this.#upper, true)
    if (both === undefined) return
    const { right } = both
    const from = this.#lowerOpen ? right.firstAfter(time + this.#lower) : right.firstFrom(time + this.#lower)
    this.#pairLeft(right, from, time + this.#upper, this.#upperOpen, value, time)
  }

  #right(value: unknown, time: number): void {
    const both = this.#take(value, time, time - this.#lower, false)
    if (both === undefined) return
    const { left } = both
    const from = this.#upperOpen ? left.firstAfter(time - this.#upper) : left.firstFrom(time - this.#upper)
    this.#pairRight(left, from, time - this.#lower, this.#lowerOpen, value, time)
  }

  /** Keeps the record while `until` > watermark. Returns what its key holds now; undefined when there is nothing to pair it with. */
  #take(value: unknown, time: number, until: number, isLeft: boolean): BothSides | undefined {
    const { watermark } = this.#clock
    const kept = until > watermark
    if (!kept && !(time > watermark)) {
      this.#refuse(value, time)
      return undefined
    }
    const { key, group } = this.#keys
    const slot = kept ? this.#table.slotOf(key, group) : this.#table.index.find(key)
    if (slot < 0) return undefined
    this.#table.changing(slot)
    const both = this.#table.states[slot]!
    both.left.dropTo(watermark - this.#upper)
    both.right.dropTo(watermark + this.#lower)
    if (!kept) return both
    if (isLeft) both.left.add(time, value)
    else both.right.add(time, value)
    if (!both.scheduled) {
      both.scheduled = true
      this.#schedule.add(this.#dueTime(both), slot)
    }
    return both
  }

  #refuse(value: unknown, time: number): void {
    if (!Number.isNaN(time)) {
      this.#late(value, time)
      return
    }
    const what = new MillraceError('JOB_INVALID', `join ${this.id} got a record without a timestamp: give its source { timestamp }`)
    throw this.#context.userError(what, value, time)
  }

  // Two loops that differ in the order of two arguments: one with a branch inside cost half as much again a pair.

  #pairLeft({ times, values }: TimedRecords, from: number, until: number, open: boolean, value: unknown, time: number): void {
    if (from >= times.length || times[from]! > until) return
    const { key } = this.#keys
    const info = { key }
    const fn = this.#fn
    const { output } = this.#context
    let inUserCode = true
    try {
      for (let i = from; i < times.length; i++) {
        const other = times[i]!
        if (other > until || (open && other === until)) break
        inUserCode = true
        const joined = fn(value, values[i], info)
        inUserCode = false
        output(joined, Math.max(other, time))
      }
    } catch (thrown) {
      throw inUserCode ? this.#context.userError(thrown, value, time) : thrown
    }
  }

  #pairRight({ times, values }: TimedRecords, from: number, until: number, open: boolean, value: unknown, time: number): void {
    if (from >= times.length || times[from]! > until) return
    const { key } = this.#keys
    const info = { key }
    const fn = this.#fn
    const { output } = this.#context
    let inUserCode = true
    try {
      for (let i = from; i < times.length; i++) {
        const other = times[i]!
        if (other > until || (open && other === until)) break
        inUserCode = true
        const joined = fn(values[i], value, info)
        inUserCode = false
        output(joined, Math.max(other, time))
      }
    } catch (thrown) {
      throw inUserCode ? this.#context.userError(thrown, value, time) : thrown
    }
  }

  #tidy(slot: number, watermark: number): void {
    const both = this.#table.states[slot]!
    this.#table.changing(slot)
    both.left.dropTo(watermark - this.#upper)
    both.right.dropTo(watermark + this.#lower)
    if (both.left.isEmpty && both.right.isEmpty) this.#table.remove(slot)
    else this.#schedule.add(this.#dueTime(both), slot)
  }

  /** When everything that a key holds now will have run out. */
  #dueTime({ left, right }: BothSides): number {
    const due = Math.max(left.last + this.#upper, right.last - this.#lower)
    return Math.ceil(due / this.#grain) * this.#grain
  }
}
