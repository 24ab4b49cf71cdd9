// The sending side of a keyed edge to tumbling or sliding windows: folds records by key and slice, so that one partial goes where many
// records would have gone.
//
// It owns what it has folded and not yet sent; that is no state: nothing is held at a barrier, when the edge goes idle, or at its end.
//
// 1. Before a watermark goes out, so does all that it closes: the receiver's watermark waits for it, so nothing comes late for being held.
//    A record of a slice that the sender's own watermark has closed goes as it is. So do all records from IDLE to the next watermark: for
//    that time the receiver waits for nobody here.
// 2. Order within a key and a slice is kept: a record goes as it is only while nothing of its slice is held.
// 3. What is held is bounded by entries, by slices and in time. Nothing is allocated for a record but what the fold allocates.
// 4. An aggregate begins its accumulator with the first record of a key, so that no record is kept for its sake. Of a reduce the record is
//    the accumulator while it is alone, and goes out as that record: the window then names it if it fails.
// 5. Where keys hardly repeat it costs more than it saves: it then rests for a time, and tries again.
//
// Errors: what throws in an aggregate is the fault of the record in hand, as in the window. A reduce gets two records, and either may be to
// blame; it has changed neither, so both go out, one behind the other, and the window is left to find out.

import { type Control, watermarkMin } from '../model/elements.ts'
import { assert } from '../model/errors.ts'
import { combinerEntriesMax, combinerHoldMs, combinerSlicesMax } from '../model/limits.ts'
import type { Combinable } from '../operators/definition.ts'
import type { KeyContext, Receive, ReceivePartial } from '../operators/operator.ts'
import { KeyIndex } from '../state/key-index.ts'
import type { Fold } from '../windows/fold.ts'
import type { SliceLayout } from '../windows/slices.ts'
import { CombiningSlice } from './combining-slice.ts'
import { CombiningWorth } from './combining-worth.ts'
import type { EdgeWriter } from './edge-writer.ts'

export interface CombinerOptions extends Combinable {
  /** The key of the record in hand. */
  readonly keys: KeyContext
  readonly maxParallelism: number
  /** Makes an error of what user code threw for a record. */
  fails(thrown: unknown, value: unknown, time: number): Error
  readonly entriesMax?: number | undefined
}

export class Combiner implements EdgeWriter {
  readonly writer: EdgeWriter
  readonly receive: Receive
  /** Records that partials have spared: taken, less what was sent for them. */
  spared = 0
  readonly #layout: SliceLayout
  readonly #fold: Fold
  readonly #partial: ReceivePartial
  readonly #keys: KeyContext
  readonly #fails: CombinerOptions['fails']
  readonly #entriesMax: number
  readonly #worth: CombiningWorth
  readonly #index: KeyIndex
  readonly #open: CombiningSlice[] = []
  readonly #free: CombiningSlice[] = []
  /** Keys in slices that are held. */
  #entries = 0
  #watermark = watermarkMin
  /** Records go as they are: while the edge is idle, and in a rest, where keys hardly repeat. */
  #passes = false
  /** From IDLE to the next watermark. */
  #idle = false
  #heldSince = Number.POSITIVE_INFINITY

  // The slice of the last record; [NaN, NaN) where the next one needs a look.
  #start = Number.NaN
  #end = Number.NaN
  #slice!: CombiningSlice

  constructor(writer: EdgeWriter, options: CombinerOptions) {
    this.writer = writer
    this.#layout = options.layout
    this.#fold = options.fold
    this.#keys = options.keys
    this.#fails = options.fails
    this.#entriesMax = options.entriesMax ?? combinerEntriesMax
    this.#worth = new CombiningWorth(this.#entriesMax)
    this.#index = new KeyIndex(options.maxParallelism)
    const { receive: pass, partial } = writer
    assert(partial !== undefined, () => 'a combiner stands before records without keys')
    this.#partial = partial
    // Short, so that all of it is inlined where records come from: a rest costs next to nothing.
    this.receive = (value, time) => {
      if (this.#passes) pass(value, time)
      else this.#take(value, time)
    }
  }

  #take(value: unknown, time: number): void {
    if (!(time >= this.#start && time < this.#end)) {
      this.#look(value, time)
      return
    }
    const { counts, held } = this.#slice
    const slot = this.#index.find(this.#keys.key)
    const count = slot >= 0 && slot < counts.length ? counts[slot]! : 0
    if (count === 0) {
      this.#begin(slot, value, time)
      return
    }
    try {
      const acc = held[slot]
      const next = this.#fold.add(acc, value)
      // To store what is there already costs the collector's barrier.
      if (next !== acc) held[slot] = next
    } catch (thrown) {
      this.#failed(thrown, value, time)
      return
    }
    counts[slot] = count + 1
  }

  /** The processing time of a turn: sends what has been held for long enough, ends a rest. A clock may go back. */
  tick(now: number): void {
    if (this.#worth.resting) {
      if (this.#worth.tick(now)) this.#passes = this.#idle
    } else {
      this.#heldSince = this.#entries === 0 ? Number.POSITIVE_INFINITY : Math.min(this.#heldSince, now)
      if (now - this.#heldSince >= combinerHoldMs) this.flush()
    }
  }

  /** Processing time at which something is due; Infinity = never. */
  get nextTime(): number {
    return this.#entries === 0 ? Number.POSITIVE_INFINITY : this.#heldSince + combinerHoldMs
  }

  control(control: Control): void {
    switch (control.kind) {
      case 'WATERMARK':
        this.#watermark = control.time
        this.#idle = false
        this.#close(control.time)
        this.#passes = this.#worth.resting
        break
      case 'IDLE':
        this.#empty()
        this.#idle = this.#passes = true
        break
      case 'BARRIER':
      case 'END':
        this.#empty()
    }
    this.writer.control(control)
  }

  /** Sends all that is held. */
  flush(): void {
    this.#heldSince = Number.POSITIVE_INFINITY
    this.#close(Number.POSITIVE_INFINITY)
  }

  /** A record of another slice than the last one's, or one that goes as it is. */
  #look(value: unknown, time: number): void {
    const start = this.#layout.start(time)
    const end = this.#layout.end(start)
    if (!this.#passes && Number.isFinite(start) && end - 1 > this.#watermark) {
      this.#slice = this.#find(start) ?? this.#create(start, end)
      this.#start = start
      this.#end = end
      this.#take(value, time)
    } else this.writer.receive(value, time)
  }

  #find(start: number): CombiningSlice | undefined {
    const open = this.#open
    for (let i = 0; i < open.length; i++) if (open[i]!.start === start) return open[i]
    return undefined
  }

  #create(start: number, end: number): CombiningSlice {
    const open = this.#open
    if (open.length === combinerSlicesMax) {
      let oldest = 0
      for (let i = 1; i < open.length; i++) if (open[i]!.start < open[oldest]!.start) oldest = i
      this.#send(oldest)
    }
    const slice = this.#free.pop() ?? new CombiningSlice()
    slice.begin(start, end)
    open.push(slice)
    return slice
  }

  /** The first record of its key in its slice. */
  #begin(slot: number, value: unknown, time: number): void {
    const isNew = slot < 0
    if ((this.#entries >= this.#worth.limit && !this.#goesOn()) || (isNew && this.#index.size >= this.#entriesMax)) {
      if (this.#index.size >= this.#entriesMax) this.#empty()
      else this.flush()
      this.receive(value, time)
      return
    }
    let acc: unknown
    try {
      acc = this.#fold.first(value)
    } catch (thrown) {
      throw this.#fails(thrown, value, time)
    }
    const keys = this.#keys
    this.#slice.put(isNew ? this.#index.add(keys.key, keys.group) : slot, acc, time)
    this.#entries++
  }

  #goesOn(): boolean {
    let records = 0
    for (const slice of this.#open) records += slice.records
    return this.#worth.goesOn(records, this.#entries)
  }

  #failed(thrown: unknown, value: unknown, time: number): void {
    if (this.#fold.kind !== 'reduce') throw this.#fails(thrown, value, time)
    this.#send(this.#open.indexOf(this.#slice))
    this.writer.receive(value, time)
  }

  /** Sends the slices that are over at `time`, and looks whether that was worth while. */
  #close(time: number): void {
    const open = this.#open
    for (let i = open.length - 1; i >= 0; i--) if (open[i]!.end - 1 <= time) this.#send(i)
    if (!this.#worth.judge()) return
    while (open.length > 0) this.#send(0)
    this.#passes = true
  }

  /** Sends an open slice. The key in hand stays what it is: others may go on with it. */
  #send(at: number): void {
    const open = this.#open
    const slice = open[at]!
    const { size, counts, held, times, start } = slice
    const keys = this.#keys
    const { key, group } = keys
    const index = this.#index
    const { receive } = this.writer
    const partial = this.#partial
    const isReduce = this.#fold.kind === 'reduce'
    let taken = 0
    for (let entry = 0; entry < size; entry++) {
      const slot = slice.slotAt(entry)
      const count = counts[slot]!
      taken += count
      keys.key = index.keyAt(slot)
      keys.group = index.groupAt(slot)
      if (isReduce && count === 1) receive(held[slot], times[slot]!)
      else partial(held[slot], start, count)
    }
    keys.key = key
    keys.group = group
    slice.clear()
    open[at] = open.at(-1)!
    open.pop()
    this.#free.push(slice)
    this.#entries -= size
    this.#worth.went(taken, size)
    this.spared += taken - size
    this.#start = this.#end = Number.NaN
  }

  /** Sends all that is held, and lets go keys that may not come again. */
  #empty(): void {
    this.flush()
    this.#index.clear()
  }
}
