// coGroup and the window join: two keyed inputs whose records meet per key and time window. Each open window of a key keeps the records of
// both sides in the order of their coming; when the window ends, coGroup gives both lists to the user's function, the join gives every pair.
// Results carry the window's last instant.
//
// Invariants:
//   1. a window fires once, at its end, and is gone then; there is no lateness beyond it;
//   2. a record is late, and counted, when every window that it belongs to has ended. In a merging assigner one whose window touches an
//      open one is not late;
//   3. windows fire by their ends over all keys. Nothing else is between the results of one window.
// In processing time windows are those of the arrival, and what is open at the end of the input fires then.

import { MillraceError } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { type Assign, assignOf } from '../windows/assign.ts'
import { type AnyAssigner, assignerText, mergesWindows, timeOf } from '../windows/assigner.ts'
import type { TimeWindow } from '../windows/window.ts'
import type { OperatorFactory } from './definition.ts'
import { EventClock } from './event-clock.ts'
import type { JoinFunction } from './interval-join.ts'
import { KeyTable, type StoredEntry } from './key-table.ts'
import { lateReceive } from './late-output.ts'
import type { KeyContext, Operator, OperatorContext, Receive } from './operator.ts'
import { type Pane, PaneSet } from './pane-set.ts'
import { Schedule } from './schedule.ts'

export interface CoGroupInfo {
  readonly key: Key
  readonly window: TimeWindow
}

export type CoGroupFunction = (left: readonly never[], right: readonly never[], info: CoGroupInfo) => Iterable<unknown>

type Group = (left: readonly unknown[], right: readonly unknown[], info: CoGroupInfo) => Iterable<unknown>

/** Both lists of a window; either may be empty, not both. Throws JOB_INVALID for windows that no time ends. */
export function coGroup(assigner: AnyAssigner, fn: CoGroupFunction): OperatorFactory {
  checkEnds(assigner, 'coGroup')
  return { kind: 'operator', create: (id) => new CoGroup(id, assigner, fn as Group) }
}

/** Every pair of a window; a window with an empty side gives none. Throws JOB_INVALID for windows that no time ends. */
export function windowJoin(assigner: AnyAssigner, fn: JoinFunction): OperatorFactory {
  checkEnds(assigner, 'join')
  const join = fn as unknown as (left: unknown, right: unknown, info: CoGroupInfo) => unknown
  const pairs: Group = function* (left, right, info) {
    for (const one of left) for (const other of right) yield join(one, other, info)
  }
  return { kind: 'operator', create: (id) => new CoGroup(id, assigner, pairs) }
}

function checkEnds(assigner: AnyAssigner, what: string): void {
  if (timeOf(assigner) !== undefined) return
  throw new MillraceError(
    'JOB_INVALID',
    `${what} over ${assignerText(assigner)} would never end: use tumbling, sliding, session or windows`,
  )
}

class CoGroup implements Operator {
  readonly id: OperatorId
  readonly keepsUntilWatermark = true
  readonly inputs: readonly Receive[]
  readonly #assign: Assign
  readonly #processing: boolean
  readonly #merging: boolean
  readonly #group: Group
  /** Slots of keys, by the time at which their next window ends. One that is not what its key has planned is out of date. */
  readonly #schedule = new Schedule<number>()
  /** Slots to be looked at now, the next one last. */
  #due: number[] = []
  #dueTime = Number.NEGATIVE_INFINITY
  /** Panes that have ended, their key, and the results of the first of them. */
  #ended: Pane[] = []
  #endedKey: Key = ''
  #endedGroup = -1
  #results: Iterator<unknown> | undefined
  #context!: OperatorContext
  #keys!: KeyContext
  #clock!: EventClock
  #late!: Receive
  #table!: KeyTable<PaneSet>

  constructor(id: OperatorId, assigner: AnyAssigner, group: Group) {
    this.id = id
    this.#assign = assignOf(assigner)
    this.#processing = timeOf(assigner) === 'processing'
    this.#merging = mergesWindows(assigner)
    this.#group = group
    this.inputs = [(value, time) => this.#receive(value, time, 'left'), (value, time) => this.#receive(value, time, 'right')]
  }

  open(context: OperatorContext): void {
    if (context.keys === undefined) throw new MillraceError('JOB_INVALID', `${this.id} needs keyed input: put keyBy in front of it`)
    this.#context = context
    this.#keys = context.keys
    this.#clock = new EventClock(context)
    this.#late = lateReceive(context)
    this.#table = new KeyTable(context.maxParallelism, () => new PaneSet())
    for (const side of ['left', 'right'] as const) {
      const restore = (set: PaneSet, namespace: unknown, value: unknown): void => {
        const [start, end] = namespace as readonly [number, number]
        set.open({ start, end }).add(side, value)
      }
      context.keyedPart(this.#table.part(this.id, side, (set) => entriesOf(set, side), restore))
    }
  }

  restored(): void {
    this.#clock.restored()
    for (const slot of this.#table.index.slots()) this.#plan(this.#table.states[slot]!, slot)
  }

  onWatermark(time: number, budget: number): boolean {
    return this.#processing || this.#fire(time, budget)
  }

  onTime(now: number, budget: number): boolean {
    return !this.#processing || this.#fire(now, budget)
  }

  nextTime(): number {
    if (!this.#processing) return Number.POSITIVE_INFINITY
    return this.#isIdle ? this.#schedule.next : Number.NEGATIVE_INFINITY
  }

  onEnd(budget: number): boolean {
    return !this.#processing || this.#fire(Number.POSITIVE_INFINITY, budget)
  }

  #receive(value: unknown, time: number, side: 'left' | 'right'): void {
    const { progress } = this.#context
    if (Number.isNaN(time) && !this.#processing) {
      const what = new MillraceError('JOB_INVALID', `${this.id} got a record without a timestamp: give its source { timestamp }`)
      throw this.#context.userError(what, value, time)
    }
    const reached = this.#processing ? progress.now : this.#clock.watermark
    // In processing time a window that ends now is only just ending.
    const ended = this.#processing ? Number.NEGATIVE_INFINITY : reached
    const windows = this.#windowsOf(value, this.#processing ? progress.now : time)
    const { key, group } = this.#keys
    let slot = -1
    let first = Number.POSITIVE_INFINITY
    for (const window of windows) {
      if (window.end - 1 <= ended && !this.#meetsOpen(key, window)) continue
      if (slot < 0) {
        slot = this.#table.slotOf(key, group)
        this.#table.changing(slot)
      }
      const set = this.#table.states[slot]!
      const pane = this.#merging ? set.merge(window) : set.open(window)
      pane.add(side, value)
      first = Math.min(first, pane.window.end - 1)
    }
    if (slot < 0) this.#late(value, time)
    else if (first < this.#table.states[slot]!.scheduled) this.#plan(this.#table.states[slot]!, slot)
  }

  #meetsOpen(key: Key, window: TimeWindow): boolean {
    if (!this.#merging) return false
    const slot = this.#table.index.find(key)
    return slot >= 0 && this.#table.states[slot]!.meets(window)
  }

  #windowsOf(value: unknown, time: number): readonly TimeWindow[] {
    try {
      return this.#assign(value, time, 0) as readonly TimeWindow[]
    } catch (thrown) {
      throw this.#context.userError(thrown, value, time)
    }
  }

  get #isIdle(): boolean {
    return this.#due.length === 0 && this.#ended.length === 0
  }

  /** Fires what ends up to `time`; a step is a result, a window or a key. */
  #fire(time: number, budget: number): boolean {
    for (; budget > 0; budget--) {
      if (this.#ended.length > 0) this.#step()
      else if (this.#due.length > 0) this.#endWindows(this.#due.pop()!)
      else if (this.#schedule.isDue(time)) {
        this.#dueTime = this.#schedule.next
        this.#due = this.#schedule.take().reverse()
      } else return true
    }
    return false
  }

  /** Takes out what has ended of a key. */
  #endWindows(slot: number): void {
    const set = this.#table.states[slot]
    if (set === undefined || set.scheduled !== this.#dueTime) return
    this.#table.changing(slot)
    this.#endedKey = this.#table.index.keyAt(slot)
    this.#endedGroup = this.#table.index.groupAt(slot)
    this.#ended = set.takeEnded(this.#dueTime)
    set.scheduled = Number.POSITIVE_INFINITY
    if (set.panes.length === 0) this.#table.remove(slot)
    else this.#plan(set, slot)
  }

  /** Emits one result of the first pane that has ended, or goes on to the next pane. */
  #step(): void {
    const { left, right, window } = this.#ended[0]!
    let next: IteratorResult<unknown>
    this.#keys.key = this.#endedKey
    this.#keys.group = this.#endedGroup
    try {
      this.#results ??= this.#group(left, right, { key: this.#endedKey, window })[Symbol.iterator]()
      next = this.#results.next()
    } catch (thrown) {
      throw this.#context.userError(thrown, window, window.end - 1)
    }
    if (next.done !== true) {
      this.#context.output(next.value, window.end - 1)
      return
    }
    this.#results = undefined
    this.#ended.shift()
  }

  #plan(set: PaneSet, slot: number): void {
    set.scheduled = set.firstEnd
    this.#schedule.add(set.scheduled, slot)
  }
}

function* entriesOf(set: PaneSet, side: 'left' | 'right'): Generator<StoredEntry, void, undefined> {
  for (const pane of set.panes) {
    const namespace = [pane.window.start, pane.window.end]
    for (const value of pane[side]) yield [namespace, value]
  }
}
