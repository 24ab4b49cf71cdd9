// Windows of every other kind: any assigner with any trigger and evictor, in event time, in processing time or by number.
//
// Each window of each key has its own contents and its own trigger state; an element updates every window that it belongs to. Windows
// that merge are found through a set per key. A window goes at its last instant plus the allowed lateness (a count window with its last
// element, the global window never); its timers go with it.
//
// Where the input ends before the clock has reached the end of processing-time windows, each of them has one last turn, so nothing that
// was collected is lost.

import { watermarkMax, watermarkMin } from '../model/elements.ts'
import { assert } from '../model/errors.ts'
import type { KeyGroup, OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { type Assign, assignOf } from '../windows/assign.ts'
import { type AnyAssigner, mergesWindows, timeOf } from '../windows/assigner.ts'
import type { EvictorSpec } from '../windows/evictor.ts'
import type { Fold, OpenWindow } from '../windows/fold.ts'
import { withFrozenMerge } from '../windows/frozen-merge.ts'
import { fires, purges, type TriggerLogic, type TriggerResult } from '../windows/trigger-logic.ts'
import { type TriggerClock, TriggerRunner } from '../windows/trigger-runner.ts'
import { type AnyWindow, compareWindows, globalWindow, isCountWindow, lastTimeOf, type TimeWindow } from '../windows/window.ts'
import { WindowContents } from '../windows/window-contents.ts'
import { type HeldWindow, type KeyWindows, WindowTable } from '../windows/window-table.ts'
import { GroupFloors } from './group-floors.ts'
import { lateReceive } from './late-output.ts'
import { noTimestamp } from './no-timestamp.ts'
import type { KeyContext, Operator, OperatorContext, Receive } from './operator.ts'
import { type EmitWindow, windowOutput } from './window-output.ts'

export interface GeneralWindowOptions {
  readonly assigner: AnyAssigner
  readonly logic: TriggerLogic<never, unknown>
  readonly evictor: EvictorSpec | undefined
  readonly fold: Fold
  /** ms that windows in event time wait for late records. */
  readonly lateness: number
}

export class GeneralWindowOperator implements Operator {
  readonly id: OperatorId
  readonly inputs: readonly Receive[]
  readonly #assigner: AnyAssigner
  readonly #assign: Assign
  readonly #merging: boolean
  readonly #evictor: EvictorSpec | undefined
  readonly #fold: Fold
  readonly #lateness: number
  readonly #clock: TriggerClock = { watermark: watermarkMin, now: 0 }
  readonly #trigger: TriggerRunner
  #context!: OperatorContext
  #keys!: KeyContext
  #floors!: GroupFloors
  #contents!: WindowContents
  #table!: WindowTable
  #emit!: EmitWindow
  #late!: Receive
  #watermark = watermarkMin

  constructor(id: OperatorId, { assigner, logic, evictor, fold, lateness }: GeneralWindowOptions) {
    this.id = id
    this.#assigner = assigner
    this.#assign = assignOf(assigner)
    this.#merging = mergesWindows(assigner)
    this.#evictor = evictor
    this.#fold = fold
    this.#lateness = lateness
    this.#trigger = new TriggerRunner(logic, timeOf(assigner), lateness, this.#clock)
    this.inputs = [(value, time) => this.#receive(value, time)]
  }

  open(context: OperatorContext): void {
    assert(context.keys !== undefined, () => `window ${this.id} stands behind no keyBy`)
    this.#context = context
    this.#keys = context.keys
    this.#contents = new WindowContents(withFrozenMerge(this.#fold, context.freeze), this.#evictor)
    const sized = this.#assigner.kind !== 'custom'
    const table = new WindowTable(context.maxParallelism, this.#merging, sized, (held) => this.#contents.save(held))
    this.#table = table
    this.#emit = windowOutput(this.#contents.fold, context)
    this.#late = lateReceive(context)
    context.keyedPart({
      name: 'windows',
      version: this.#contents.version,
      begin: (cut) => table.beginWindows(cut),
      copy: (budget) => table.copyWindows(budget),
      abandon: () => table.abandonWindows(),
      restore: (group, key, namespace, value, version) => this.#restore(group, key, namespace, value, version),
    })
    if (this.#assigner.kind !== 'count') return
    context.keyedPart({
      name: 'counts',
      version: 1,
      begin: (cut) => table.beginCounts(cut),
      copy: (budget) => table.copyCounts(budget),
      abandon: () => table.abandonCounts(),
      restore: (group, key, _namespace, value) => {
        table.of(key, group).count = value as number
      },
    })
  }

  #restore(group: KeyGroup, key: Key, namespace: unknown, value: unknown, version: number): void {
    const [a, b] = namespace as readonly [number, number]
    const { kind } = this.#assigner
    const window: AnyWindow = kind === 'global' ? globalWindow : kind === 'count' ? { from: a, to: b } : { start: a, end: b }
    const owner = this.#table.of(key, group)
    const held = this.#table.create(owner, window, undefined)
    this.#contents.load(this.id, held, value, version)
    if (owner.set !== undefined) held.merged = owner.set.restore(window as TimeWindow, held)
  }

  restored(): void {
    this.#floors = new GroupFloors(this.#context)
    this.#watermark = this.#context.progress.watermark
    for (const held of this.#table.all) this.#trigger.schedule(held)
  }

  // ── records

  #receive(value: unknown, time: number): void {
    const { progress } = this.#context
    const by = timeOf(this.#assigner)
    if (by === 'event' && !Number.isFinite(time)) throw this.#context.userError(noTimestamp(this.id, time), value, time)
    this.#clock.watermark = this.#floors.reached(this.#watermark, this.#keys)
    this.#clock.now = progress.now
    const owner = this.#table.of(this.#keys.key, this.#keys.group)
    const n = this.#assigner.kind === 'count' ? this.#table.count(owner) : 0
    let taken = false
    for (const window of this.#windowsFor(value, time, by === 'processing' ? progress.now : time, n)) {
      if (this.#take(owner, window, value, time, n)) taken = true
    }
    if (taken) return
    this.#table.tidy(owner)
    this.#late(value, time)
  }

  #windowsFor(value: unknown, time: number, at: number, n: number): readonly AnyWindow[] {
    try {
      return this.#assign(value, at, n)
    } catch (thrown) {
      throw this.#context.userError(thrown, value, time)
    }
  }

  /** Adds an element to one of its windows; false = the window is over. */
  #take(owner: KeyWindows, window: AnyWindow, value: unknown, time: number, n: number): boolean {
    const isOver = timeOf(this.#assigner) === 'event' && lastTimeOf(window) + this.#lateness <= this.#clock.watermark
    if (isOver && !(this.#merging && owner.set!.meets(window as TimeWindow))) return false
    let held: HeldWindow
    let result: TriggerResult
    try {
      held = this.#windowOf(owner, window)
      this.#contents.add(held, value, time)
      result = this.#trigger.element(held, value, time)
    } catch (thrown) {
      throw this.#context.userError(thrown, value, time)
    }
    this.#obey(held, result, isCountWindow(window) ? time : lastTimeOf(held.window))
    if (isCountWindow(window) && n === window.to - 1) this.#dispose(held)
    else this.#trigger.schedule(held)
    return true
  }

  /** The window that an element goes to, made or merged where needed, about to change. */
  #windowOf(owner: KeyWindows, window: AnyWindow): HeldWindow {
    const table = this.#table
    if (owner.set === undefined) {
      const held = table.named(owner, window)
      if (held === undefined) return table.create(owner, window, this.#trigger.newState())
      table.beforeChange(held)
      return held
    }
    const merged = owner.set.add(
      window as TimeWindow,
      (created) => table.create(owner, created, this.#trigger.newState()),
      (covering, from) =>
        this.#merge(
          covering,
          from.map(({ state }) => state),
        ),
    )
    merged.state.merged = merged
    table.beforeChange(merged.state)
    return merged.state
  }

  #merge(covering: TimeWindow, [held, ...others]: readonly HeldWindow[]): void {
    this.#table.beforeChange(held!)
    for (const other of others) this.#table.beforeChange(other)
    held!.window = covering
    for (const other of others) this.#contents.merge(held!, other)
    this.#trigger.merged(held!, others)
    for (const other of others) {
      this.#trigger.clear(other)
      // The set lets go of it by itself.
      other.merged = undefined
      this.#table.remove(other)
    }
  }

  // ── firing

  /** Does what the trigger said. `time` is the timestamp of results. */
  #obey(held: HeldWindow, result: TriggerResult, time: number): void {
    if (fires(result) && held.full) this.#fire(held, time)
    if (purges(result)) this.#contents.purge(held)
  }

  #fire(held: HeldWindow, time: number): void {
    const { key, group } = held.owner
    this.#keys.key = key
    this.#keys.group = group
    let seen: { readonly acc: unknown; readonly owned: boolean } | undefined
    try {
      this.#contents.evictBefore(held)
      if (held.full) seen = this.#contents.accOf(held)
    } catch (thrown) {
      throw this.#context.userError(thrown, undefined, time)
    }
    if (seen === undefined) return
    this.#emit(seen.acc, key, held.window, time, seen.owned)
    this.#contents.evictAfter(held)
  }

  #dispose(held: HeldWindow): void {
    this.#table.beforeChange(held)
    this.#trigger.clear(held)
    this.#table.remove(held)
  }

  onWatermark(time: number, budget: number): boolean {
    this.#watermark = Math.max(this.#watermark, time)
    const heap = this.#trigger.eventHeap
    for (let left = budget; heap.size > 0 && heap.topDue <= time; ) {
      if (--left < 0) return false
      const at = heap.topDue
      const held = this.#table.byId(heap.top)
      this.#turn(held, () => this.#trigger.eventTime(held, at))
      if (this.#trigger.eventEnd(held) <= at && at < watermarkMax) this.#dispose(held)
      else this.#trigger.schedule(held)
    }
    return true
  }

  nextTime(): number {
    return this.#trigger.processingHeap.topDue
  }

  onTime(now: number, budget: number): boolean {
    const heap = this.#trigger.processingHeap
    for (let left = budget; heap.size > 0 && heap.topDue <= now; ) {
      if (--left < 0) return false
      const at = heap.topDue
      const held = this.#table.byId(heap.top)
      this.#turn(held, () => this.#trigger.processingTime(held, at))
      if (this.#trigger.processingEnd(held) <= at) this.#dispose(held)
      else this.#trigger.schedule(held)
    }
    return true
  }

  onEnd(budget: number): boolean {
    const heap = this.#trigger.processingHeap
    for (let left = budget; heap.size > 0; ) {
      if (--left < 0) return false
      const held = this.#table.byId(heap.top)
      this.#turn(held, () => this.#trigger.lastProcessingTime(held))
      if (this.#trigger.processingEnd(held) < watermarkMax) this.#dispose(held)
      else this.#trigger.schedule(held)
    }
    return true
  }

  /** A timer of a window: what the trigger says is done. */
  #turn(held: HeldWindow, call: () => TriggerResult): void {
    const { key, group } = held.owner
    this.#keys.key = key
    this.#keys.group = group
    this.#clock.watermark = this.#floors.reached(this.#watermark, this.#keys)
    this.#clock.now = this.#context.progress.now
    this.#table.beforeChange(held)
    const time = lastTimeOf(held.window)
    let result: TriggerResult
    try {
      result = call()
    } catch (thrown) {
      throw this.#context.userError(thrown, undefined, time)
    }
    this.#obey(held, result, time)
  }

  // ── queries

  /** The windows of a key that have contents, as if each fired now, earliest first. */
  query(key: Key): readonly OpenWindow<AnyWindow, unknown>[] {
    const owner = this.#table.find(key)
    if (owner === undefined) return []
    const windows = [...this.#table.windowsOf(owner)].sort((a, b) => compareWindows(a.window, b.window))
    return windows.flatMap((held) => {
      const seen = this.#contents.peek(held)
      return seen === undefined ? [] : [{ window: held.window, value: this.#contents.fold.peek(seen.acc, key, held.window) }]
    })
  }
}
