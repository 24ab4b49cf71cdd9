// The fast path of windows: tumbling and sliding windows in event time, under the default trigger, without an evictor.
//
// A record updates one accumulator, that of its key in its slice, whatever the windows. Slices close in the order of their ends: one
// ordered list instead of a timer per key. A closed slice of a tumbling window is the window; those of sliding windows go into the queues
// that assemble windows (windows/slice-queues.ts). Results come by end of the window, then in the order of the keys' coming.
//
// Late records: a slice is changed as long as one of the windows that hold it is open. Where lateness is allowed, tables of closed slices
// are kept, and each window that holds the slice and has fired fires again at once. Key groups that are ahead of the watermark after a
// restore see their own time: windows up to it neither fire nor take records.
//
// `#watermark` has passed every closed slice. Windows whose last instant is up to `#firedTo` do not fire any more, for any key.

import { watermarkMax, watermarkMin } from '../model/elements.ts'
import { assert } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import type { Fold, OpenWindow } from '../windows/fold.ts'
import { withFrozenMerge } from '../windows/frozen-merge.ts'
import { SliceQueues } from '../windows/slice-queues.ts'
import { SliceReader } from '../windows/slice-reader.ts'
import { SliceStore } from '../windows/slice-store.ts'
import { absent, isAbsent, type SliceTable } from '../windows/slice-table.ts'
import type { SliceLayout } from '../windows/slices.ts'
import { type TimeWindow, windowStart } from '../windows/window.ts'
import { GroupFloors } from './group-floors.ts'
import { lateOutput, lateReceive } from './late-output.ts'
import { noTimestamp } from './no-timestamp.ts'
import type { KeyContext, Operator, OperatorContext, Receive, ReceivePartial } from './operator.ts'
import { registerSlices } from './sliced-parts.ts'
import { type EmitWindow, windowOutput } from './window-output.ts'

export interface SlicedWindowOptions {
  readonly layout: SliceLayout
  /** Needs `merge`, unless windows do not overlap. */
  readonly fold: Fold
  /** ms that a record may come behind the end of its last window. */
  readonly lateness: number
}

export class SlicedWindowOperator implements Operator {
  readonly id: OperatorId
  readonly inputs: readonly Receive[]
  readonly keepsUntilWatermark = true
  readonly partial: ReceivePartial
  spared = 0
  readonly #layout: SliceLayout
  #fold: Fold
  readonly #lateness: number
  readonly #sliding: boolean
  #context!: OperatorContext
  #keys!: KeyContext
  #floors!: GroupFloors
  #store!: SliceStore
  #queues!: SliceQueues
  #reader!: SliceReader
  #emit!: EmitWindow
  #late!: Receive
  #watermark = watermarkMin
  #firedTo = watermarkMin
  /** End of the next sliding window to fire; Infinity while no key has a closed slice. */
  #windowEnd = watermarkMax

  /** Resumable work: on the first open table, or on `#window` through the queues; `#next` is the place or the slot that comes next. */
  #working: 'no' | 'table' | 'window' = 'no'
  #next = 0
  #window: TimeWindow = { start: 0, end: 0 }

  // The slice of the last record, while its accumulators may simply be changed: [NaN, NaN) otherwise.
  #start = Number.NaN
  #end = Number.NaN
  #table!: SliceTable

  constructor(id: OperatorId, { layout, fold, lateness }: SlicedWindowOptions) {
    this.id = id
    this.#layout = layout
    this.#fold = fold
    this.#lateness = lateness
    this.#sliding = layout.size !== layout.slide
    assert(!this.#sliding || fold.merge !== undefined, () => `sliding window ${id} has no merge`)
    const { add, first } = fold
    this.inputs = [
      (value, time) => {
        if (!(time >= this.#start && time < this.#end)) {
          this.#slow(value, time)
          return
        }
        const table = this.#table
        const { accs } = table
        const slot = table.index.insert(this.#keys.key, this.#keys.group)
        const acc = slot < accs.length ? accs[slot] : absent
        try {
          if (isAbsent(acc)) table.push(slot, first(value))
          else {
            const next = add(acc, value)
            // To store what is there already costs the collector's barrier.
            if (next !== acc) accs[slot] = next
          }
        } catch (thrown) {
          throw this.#context.userError(thrown, value, time)
        }
      },
    ]
    this.partial = (acc, slice, count) => {
      this.spared += count - 1
      // Its slice counts as its time. All records of a partial are late, or none is.
      if (slice !== this.#start) this.#place(slice, acc, slice, count)
      else this.#addPartial(this.#table, acc)
    }
  }

  open(context: OperatorContext): void {
    assert(context.keys !== undefined, () => `window ${this.id} stands behind no keyBy`)
    this.#context = context
    this.#keys = context.keys
    this.#fold = withFrozenMerge(this.#fold, context.freeze)
    const owns = this.#lateness === 0
    this.#queues = new SliceQueues(this.#fold, this.#layout.slide, owns, context.maxParallelism)
    this.#store = new SliceStore(this.#layout, context.maxParallelism, owns && this.#sliding ? this.#queues.lists : undefined)
    const queues = owns ? this.#queues : undefined
    this.#reader = new SliceReader(this.#layout, this.#fold, this.#store, queues)
    this.#emit = windowOutput(this.#fold, context)
    this.#late = lateReceive(context)
    registerSlices(context, { layout: this.#layout, fold: this.#fold, store: this.#store, queues, begun: () => this.#forget() })
  }

  restored(): void {
    this.#floors = new GroupFloors(this.#context)
    this.#watermark = this.#context.progress.watermark
    this.#firedTo = this.#floors.min
    if (this.#queues.lists.first >= 0) this.#arrange(this.#layout.end(this.#queues.oldestRestored))
  }

  // ── records

  /** A record of another slice than the last one's, or of one that needs care. */
  #slow(value: unknown, time: number): void {
    const start = this.#layout.start(time)
    if (!Number.isFinite(start)) {
      throw this.#context.userError(noTimestamp(this.id, time), value, time)
    }
    this.#place(start, value, time, 0)
  }

  /**
   * Adds to a slice.
   * @param count records that `value` is the accumulator of; 0 = it is a record
   */
  #place(start: number, value: unknown, time: number, count: number): void {
    const reached = this.#floors.reached(this.#watermark, this.#keys)
    const last = this.#layout.lastWindowEnd(start) - 1
    if (last + this.#lateness <= reached) this.#giveLate(value, time, count)
    else if (this.#layout.end(start) - 1 > this.#watermark) this.#addOpen(start, value, time, reached, count)
    else if (this.#lateness === 0) this.#addBehind(start, value, time, count)
    else this.#addKept(start, value, time, reached, count)
  }

  /** A record of an open slice; for a key group that is ahead of the watermark the slice may be closed all the same. */
  #addOpen(start: number, value: unknown, time: number, reached: number, count: number): void {
    const table = this.#store.find(start) ?? this.#store.create(start, false)
    this.#add(table, value, time, count)
    if (table.settled && this.#floors.max <= this.#watermark) this.#remember(table)
    if (this.#lateness > 0 && table.end - 1 <= reached) this.#fireAgain(start, reached)
  }

  /** A late record that is allowed, of a closed slice that is kept. */
  #addKept(start: number, value: unknown, time: number, reached: number, count: number): void {
    const table = this.#store.find(start) ?? this.#store.create(start, true)
    const acc = this.#add(table, value, time, count)
    if (this.#sliding && this.#layout.lastWindowEnd(start) - 1 > this.#watermark) {
      this.#queues.put(this.#keys.key, this.#keys.group, start, acc)
      this.#arrange(table.end)
    }
    this.#fireAgain(start, reached)
  }

  #remember(table: SliceTable): void {
    this.#table = table
    this.#start = table.start
    this.#end = table.end
  }

  #forget(): void {
    this.#start = this.#end = Number.NaN
  }

  #add(table: SliceTable, value: unknown, time: number, count: number): unknown {
    if (count > 0) return this.#addPartial(table, value)
    const { accs } = table
    const slot = table.index.insert(this.#keys.key, this.#keys.group)
    const acc = table.at(slot)
    if (!isAbsent(acc)) table.beforeChange(slot)
    try {
      if (isAbsent(acc)) table.push(slot, this.#fold.first(value))
      else accs[slot] = this.#fold.add(acc, value)
    } catch (thrown) {
      throw this.#context.userError(thrown, value, time)
    }
    return accs[slot]
  }

  /** What a merge throws is nobody's fault in particular: there is no record to name. */
  #addPartial(table: SliceTable, other: unknown): unknown {
    const { accs } = table
    const slot = table.index.insert(this.#keys.key, this.#keys.group)
    const acc = slot < accs.length ? accs[slot] : absent
    if (isAbsent(acc)) {
      table.push(slot, other)
      return other
    }
    if (!table.settled) table.beforeChange(slot)
    try {
      const next = this.#fold.merge!(acc, other)
      if (next !== acc) accs[slot] = next
      return next
    } catch (thrown) {
      throw this.#context.userError(thrown, undefined, table.start)
    }
  }

  /** Nobody reads late records where they come folded: they are counted. */
  #giveLate(value: unknown, time: number, count: number): void {
    if (count > 0) this.#context.count(lateOutput, count)
    else this.#late(value, time)
  }

  /** A record behind the watermark, of a closed slice that windows still to fire hold. */
  #addBehind(start: number, value: unknown, time: number, count: number): void {
    try {
      this.#queues.put(this.#keys.key, this.#keys.group, start, count > 0 ? value : this.#fold.first(value))
    } catch (thrown) {
      throw this.#context.userError(thrown, count > 0 ? undefined : value, time)
    }
    this.#arrange(this.#layout.end(start))
  }

  /** The windows of a slice that have fired and may change fire again for the key in hand. */
  #fireAgain(slice: number, reached: number): void {
    const { key } = this.#keys
    const fired = ({ end }: TimeWindow): boolean => end - 1 <= reached && end - 1 + this.#lateness > reached
    for (const { window, acc, owned } of this.#reader.around(key, slice, fired)) this.#emit(acc, key, window, window.end - 1, owned)
  }

  // ── watermarks

  onWatermark(time: number, budget: number): boolean {
    this.#forget()
    let left = budget
    while (this.#working !== 'no' || this.#begin(time)) {
      if (this.#working === 'window') left = this.#fireWindow(left)
      else left = this.#sliding ? this.#drain(left) : this.#fireTable(left)
      if (left < 0) return false
    }
    this.#watermark = Math.max(this.#watermark, time)
    this.#firedTo = Math.max(this.#firedTo, time)
    this.#store.expire(
      windowStart(time + 1 - this.#lateness - this.#layout.size, this.#layout.slide, this.#layout.offset) + this.#layout.slide,
    )
    return true
  }

  /** The end of the slice or window that is due next; Infinity = there is none. */
  get nextEnd(): number {
    return Math.min(this.#store.open[0]?.end ?? watermarkMax, this.#windowEnd)
  }

  /** Takes up what is due next: the end of a slice before that of a window. */
  #begin(time: number): boolean {
    const tableEnd = this.#store.open[0]?.end ?? watermarkMax
    const end = this.nextEnd
    if (end === watermarkMax || end - 1 > time) return false
    this.#working = tableEnd === end ? 'table' : 'window'
    this.#next = this.#working === 'table' ? 0 : this.#queues.lists.first
    this.#window = { start: end - this.#layout.size, end }
    return true
  }

  /** Fires a tumbling window. Each result is a step of `left`. @returns what is left; less than 0 = not done */
  #fireTable(left: number): number {
    const table = this.#store.open[0]!
    const { accs, index } = table
    const keys = this.#keys
    const window = this.#window
    const time = window.end - 1
    const owned = this.#lateness === 0
    for (; this.#next < table.count; this.#next++) {
      const slot = table.slotAt(this.#next)
      keys.group = index.groupAt(slot)
      if (this.#hasFired(keys.group, time)) continue
      if (--left < 0) return left
      keys.key = index.keyAt(slot)
      this.#emit(accs[slot], keys.key, window, time, owned)
    }
    return this.#close(left)
  }

  /** Moves a closed slice of sliding windows into the queues, key by key. */
  #drain(left: number): number {
    const table = this.#store.open[0]!
    const { accs, index, start } = table
    const owns = this.#lateness === 0
    for (; this.#next < table.count; this.#next++) {
      if (--left < 0) return left
      const slot = table.slotAt(this.#next)
      if (owns) table.beforeChange(slot)
      if (owns) {
        this.#queues.putAt(slot, start, accs[slot])
        accs[slot] = absent
        this.#queues.lists.release(slot)
      } else this.#queues.put(index.keyAt(slot), index.groupAt(slot), start, accs[slot])
    }
    this.#arrange(table.end)
    return this.#close(left)
  }

  #close(left: number): number {
    this.#store.close(this.#lateness > 0)
    this.#working = 'no'
    return left
  }

  /** Fires a sliding window for every key that has something in it. */
  #fireWindow(left: number): number {
    const queues = this.#queues
    const { lists } = queues
    const { index } = lists
    const keys = this.#keys
    const window = this.#window
    const time = window.end - 1
    while (this.#next >= 0) {
      const slot = this.#next
      if (--left < 0) return left
      this.#next = lists.after(slot)
      keys.group = index.groupAt(slot)
      if (this.#hasFired(keys.group, time)) continue
      keys.key = index.keyAt(slot)
      const acc = this.#assemble(slot, window)
      left -= queues.flipped
      if (queues.present) this.#emit(acc, keys.key, window, time, queues.owned)
    }
    this.#firedTo = time
    this.#windowEnd = lists.first >= 0 ? window.end + this.#layout.slide : watermarkMax
    this.#working = 'no'
    return Math.max(left, 0)
  }

  #assemble(slot: number, window: TimeWindow): unknown {
    try {
      return this.#queues.fire(slot, window.start)
    } catch (thrown) {
      throw this.#context.userError(thrown, undefined, window.end - 1)
    }
  }

  /** Whether windows up to `time` had fired for a key group before a restore. */
  #hasFired(group: number, time: number): boolean {
    return time <= this.#floors.max && time <= this.#floors.of(group)
  }

  /** A slice that ends at `sliceEnd` came into the queues: its first window that has not fired is due. */
  #arrange(sliceEnd: number): void {
    const from = Math.max(sliceEnd, Math.floor(this.#firedTo) + 2)
    this.#windowEnd = Math.min(this.#windowEnd, this.#layout.windowEndFrom(from))
  }

  // ── queries

  /** The open windows of a key as if each fired now, earliest first; those that wait for late records only among them. */
  query(key: Key): readonly OpenWindow<TimeWindow, unknown>[] {
    const reached = this.#floors.reached(Math.max(this.#watermark, this.#lateness === 0 ? this.#firedTo : watermarkMin), { key, group: -1 })
    const firing = this.#working === 'window' && this.#lateness === 0 ? this.#window.end : watermarkMin
    const isOpen = ({ end }: TimeWindow): boolean => end - 1 + this.#lateness > reached && end > firing
    // Where accumulators stay in their tables while they fire, those in front of `#next` have fired. Only tumbling windows leave them there.
    const moved = (table: SliceTable, slot: number): boolean =>
      this.#lateness === 0 && this.#working === 'table' && !this.#sliding && table === this.#store.open[0] && slot < this.#next
    return this.#reader.windows(key, isOpen, moved).map(({ window, acc }) => ({ window, value: this.#fold.peek(acc, key, window) }))
  }
}
