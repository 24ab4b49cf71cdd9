// Sliding windows from slices at a constant cost: for each key a queue of its closed slices, from which every window is assembled with a
// few merges, however many slices it has.
//
// A queue is two stacks back to back (Tangwongsan, Hirzel, Schneider, "Low-Latency Sliding-Window Aggregation in Worst-Case Constant
// Time", 2017, which credits the two-stack queue to folklore). The front holds suffixes: the entry at slice i is the merge of all front
// slices from i on. The back holds slices as they came, and `running`, their merge. A window that begins at slice i is suffix i merged
// with `running`. When the front is used up the back is turned into suffixes, once a window's length: two merges a slice, amortised.
//
// Invariants:
//   1. entries of a key are sorted by slice; none is older than the next window; keys without entries are not here
//   2. `running` is a function of the back alone, so it is not part of checkpoints
//   3. merges keep the order of slices: older first
//   4. keys are linked in the order of their coming
// Where accumulators are owned (nothing late is allowed, so a slice belongs to the queue once it is closed) suffixes take the place of the
// slices' accumulators, and both are state. Otherwise accumulators belong to the slice tables, suffixes lie beside them, and nothing here
// is state. Process functions have no use for suffixes: their windows are lists, put together from all their slices.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { KeyIndex } from '../state/key-index.ts'
import type { Cut } from '../state/part.ts'
import type { Fold } from './fold.ts'
import { larger } from './larger.ts'
import { StampedCut } from './stamped-cut.ts'

const none = -1

/** What a key has in one slice, or from one slice on. */
export interface Piece {
  readonly start: number
  readonly acc: unknown
}

export class SliceQueues {
  readonly index: KeyIndex
  /** First key in the order of coming; -1 = there are none. */
  first = none
  /** Least slice that was restored; Infinity = none was. */
  oldestRestored = Number.POSITIVE_INFINITY
  #last = none
  readonly #fold: Fold
  readonly #slide: number
  readonly #owns: boolean
  readonly #suffixed: boolean

  // By slot of a key.
  #before = new Int32Array(0)
  #after = new Int32Array(0)
  #head = new Int32Array(0)
  #back = new Int32Array(0)
  #tail = new Int32Array(0)
  /** Last entry that `running` has; -1 = it has to be made. */
  #ran = new Int32Array(0)
  readonly #running: unknown[] = []

  // By entry.
  #start = new Float64Array(0)
  #next = new Int32Array(0)
  #stamp = new Int32Array(0)
  readonly #accs: unknown[] = []
  readonly #suffixes: unknown[] = []
  #free = none

  readonly #raws: StampedCut
  readonly #fronts: StampedCut
  readonly #scratch: number[] = []

  /** Whether the last `fire` found anything. */
  present = false
  /** Whether what it returned is the caller's. */
  owned = false
  /** Merges that it had to make to have suffixes again. */
  flipped = 0

  /** @param owns whether accumulators that are put become the queue's */
  constructor(fold: Fold, slide: number, owns: boolean, maxParallelism: number) {
    this.#fold = fold
    this.#slide = slide
    this.#owns = owns
    this.#suffixed = fold.kind !== 'process'
    this.index = new KeyIndex(maxParallelism)
    const clock = { stamp: 0 }
    this.#raws = new StampedCut(clock)
    this.#fronts = new StampedCut(clock)
  }

  /** The key behind `slot` in the order of coming, or -1. */
  after(slot: number): number {
    return this.#after[slot]!
  }

  /** Adds what a key has in a closed slice. One that it has already is merged where accumulators are owned, else replaced. */
  put(key: Key, group: KeyGroup, start: number, acc: unknown): void {
    const slot = this.#slotOf(key, group)
    const tail = this.#tail[slot]!
    if (tail !== none && start <= this.#start[tail]!) this.#putBehind(slot, start, acc)
    else this.#append(slot, start, acc)
  }

  /**
   * Assembles the window that begins at `windowStart` for a key, and lets go what no later window needs; the key goes with its last entry.
   * @returns the accumulator, if `present`
   */
  fire(slot: number, windowStart: number): unknown {
    this.#drop(slot, windowStart)
    const head = this.#head[slot]!
    this.present = head !== none
    this.flipped = 0
    if (!this.present) return undefined
    if (!this.#suffixed) {
      const list = this.#walk(slot, windowStart)
      this.#drop(slot, windowStart + this.#slide)
      return list
    }
    if (this.#back[slot] === head) this.#flip(slot)
    const last = this.#start[head]! < windowStart + this.#slide
    const suffix = this.#owns ? this.#accs[head] : this.#suffixes[head]
    const { merge, own } = this.#fold
    const hasBack = this.#back[slot] !== none
    const running = hasBack ? this.#run(slot) : undefined
    // Copies out what an open cut still needs, so what is dropped may be changed.
    this.#drop(slot, windowStart + this.#slide)
    const given = this.#owns && last
    this.owned = given || hasBack
    if (!hasBack) return suffix
    return merge!(given ? suffix : own(suffix), running)
  }

  /** What a key has in the front: the merge from each entry's slice on; empty where accumulators are not owned. */
  fronts(key: Key): Piece[] {
    const slot = this.index.find(key)
    return slot < 0 || !this.#owns ? [] : this.#list(this.#head[slot]!, this.#back[slot]!)
  }

  /** What a key has in the back, slice by slice. */
  raws(key: Key): Piece[] {
    const slot = this.index.find(key)
    return slot < 0 ? [] : this.#list(this.#back[slot]!, none)
  }

  #list(from: number, to: number): Piece[] {
    const entries: Piece[] = []
    for (let entry = from; entry !== to && entry !== none; entry = this.#next[entry]!) {
      entries.push({ start: this.#start[entry]!, acc: this.#accs[entry] })
    }
    return entries
  }

  // ── keys

  #slotOf(key: Key, group: KeyGroup): number {
    const { index } = this
    const known = index.size
    const slot = index.insert(key, group)
    if (index.size === known) return slot
    if (slot >= this.#head.length) this.#growKeys(slot + 1)
    this.#head[slot] = this.#back[slot] = this.#tail[slot] = this.#ran[slot] = none
    if (slot === this.#running.length) this.#running.push(undefined)
    this.#before[slot] = this.#last
    this.#after[slot] = none
    if (this.#last === none) this.first = slot
    else this.#after[this.#last] = slot
    this.#last = slot
    return slot
  }

  #removeKey(slot: number): void {
    const before = this.#before[slot]!
    const after = this.#after[slot]!
    if (before === none) this.first = after
    else this.#after[before] = after
    if (after === none) this.#last = before
    else this.#before[after] = before
    this.#running[slot] = undefined
    this.index.remove(slot)
  }

  #growKeys(needed: number): void {
    this.#before = larger(this.#before, needed)
    this.#after = larger(this.#after, needed)
    this.#head = larger(this.#head, needed)
    this.#back = larger(this.#back, needed)
    this.#tail = larger(this.#tail, needed)
    this.#ran = larger(this.#ran, needed)
  }

  // ── entries

  #entry(start: number, acc: unknown): number {
    let entry = this.#free
    if (entry === none) {
      entry = this.#accs.length
      if (entry === this.#next.length) this.#growEntries(entry + 1)
      this.#accs.push(acc)
      if (!this.#owns) this.#suffixes.push(undefined)
    } else {
      this.#free = this.#next[entry]!
      this.#accs[entry] = acc
    }
    this.#start[entry] = start
    this.#next[entry] = none
    this.#stamp[entry] = this.#raws.now
    return entry
  }

  #release(entry: number): void {
    // Numbers stay, so that an array of numbers stays one.
    if (typeof this.#accs[entry] !== 'number') this.#accs[entry] = undefined
    if (!this.#owns) this.#suffixes[entry] = undefined
    this.#next[entry] = this.#free
    this.#free = entry
  }

  #growEntries(needed: number): void {
    this.#start = larger(this.#start, needed)
    this.#next = larger(this.#next, needed)
    this.#stamp = larger(this.#stamp, needed)
  }

  #append(slot: number, start: number, acc: unknown): void {
    const entry = this.#entry(start, acc)
    const tail = this.#tail[slot]!
    if (tail === none) this.#head[slot] = entry
    else this.#next[tail] = entry
    if (this.#back[slot] === none) this.#back[slot] = entry
    this.#tail[slot] = entry
  }

  /** Adds to a slice that is not the newest: a record came behind the watermark, but not too late for all its windows. */
  #putBehind(slot: number, start: number, acc: unknown): void {
    const { merge } = this.#fold
    if (!this.#owns) this.#unflip(slot)
    const back = this.#back[slot]!
    let before = none
    let entry = this.#head[slot]!
    let inFront = entry !== back
    while (this.#start[entry]! < start) {
      before = entry
      entry = this.#next[entry]!
      if (entry === back) inFront = false
    }
    const exact = this.#start[entry] === start
    if (inFront) {
      for (let older = this.#head[slot]!; older !== entry; older = this.#next[older]!) this.#mergeInto(older, slot, acc, true)
    } else this.#ran[slot] = none
    if (exact) {
      if (this.#owns) this.#mergeInto(entry, slot, acc, inFront)
      else this.#accs[entry] = acc
      return
    }
    const added = this.#entry(start, inFront ? merge!(acc, this.#accs[entry]) : acc)
    this.#next[added] = entry
    if (before === none) this.#head[slot] = added
    else this.#next[before] = added
    if (entry === back) this.#back[slot] = added
  }

  #mergeInto(entry: number, slot: number, acc: unknown, inFront: boolean): void {
    this.#keep(slot, entry, inFront)
    this.#accs[entry] = this.#fold.merge!(this.#accs[entry], acc)
  }

  /** Removes the entries before `limit`, and the key with the last one. */
  #drop(slot: number, limit: number): void {
    let head = this.#head[slot]!
    if (head === none || this.#start[head]! >= limit) return
    do {
      const next = this.#next[head]!
      const inBack = head === this.#back[slot]
      this.#keep(slot, head, !inBack)
      if (inBack) {
        this.#back[slot] = next
        this.#ran[slot] = none
      }
      this.#release(head)
      head = next
    } while (head !== none && this.#start[head]! < limit)
    this.#head[slot] = head
    if (head !== none) return
    this.#tail[slot] = none
    this.#removeKey(slot)
  }

  // ── assembling

  /** Turns the back into suffixes, from the newest to the oldest. */
  #flip(slot: number): void {
    const { merge, own } = this.#fold
    const entries = this.#scratch
    let length = 0
    for (let entry = this.#back[slot]!; entry !== none; entry = this.#next[entry]!) entries[length++] = entry
    this.flipped = length - 1
    const accs = this.#accs
    if (this.#owns) {
      for (let i = 0; i < length; i++) this.#keep(slot, entries[i]!, false)
      for (let i = length - 2; i >= 0; i--) accs[entries[i]!] = merge!(accs[entries[i]!], accs[entries[i + 1]!])
    } else {
      const suffixes = this.#suffixes
      suffixes[entries[length - 1]!] = accs[entries[length - 1]!]
      for (let i = length - 2; i >= 0; i--) suffixes[entries[i]!] = merge!(own(accs[entries[i]!]), suffixes[entries[i + 1]!])
    }
    this.#back[slot] = none
    this.#ran[slot] = none
    this.#running[slot] = undefined
  }

  /** A slice has changed: suffixes are made again at the next firing. */
  #unflip(slot: number): void {
    this.#back[slot] = this.#head[slot]!
    this.#ran[slot] = none
  }

  /** Brings `running` up to the newest entry. */
  #run(slot: number): unknown {
    const { merge, own } = this.#fold
    const tail = this.#tail[slot]!
    let ran = this.#ran[slot]!
    let running = this.#running[slot]
    if (ran === none) {
      ran = this.#back[slot]!
      running = own(this.#accs[ran])
    }
    while (ran !== tail) {
      ran = this.#next[ran]!
      running = merge!(running, this.#accs[ran])
    }
    this.#ran[slot] = ran
    this.#running[slot] = running
    return running
  }

  /** The lists of all slices, put together; a single one as it is if nothing else needs it. */
  #walk(slot: number, windowStart: number): unknown {
    const { merge, own } = this.#fold
    const head = this.#head[slot]!
    const next = this.#next[head]!
    this.owned = next !== none || (this.#owns && this.#start[head]! < windowStart + this.#slide)
    if (next === none) return this.#accs[head]
    let list = own(this.#accs[head])
    for (let entry = next; entry !== none; entry = this.#next[entry]!) list = merge!(list, this.#accs[entry])
    return list
  }

  // ── checkpoints, where accumulators are owned

  /** Copies an entry that an open cut still needs, before it changes. */
  #keep(slot: number, entry: number, inFront: boolean): void {
    const part = inFront ? this.#fronts : this.#raws
    if (!part.wants(this.#stamp[entry]!)) return
    this.#stamp[entry] = part.now
    part.cut!.append(this.index.groupAt(slot), this.index.keyAt(slot), this.#start[entry]!, this.#accs[entry])
  }

  begin(cut: Cut, fronts: boolean): void {
    ;(fronts ? this.#fronts : this.#raws).begin(cut, this.index.high)
  }

  abandon(fronts: boolean): void {
    ;(fronts ? this.#fronts : this.#raws).abandon()
  }

  /** Copies at most about `budget` entries of one kind. @returns what is left of it; 0 = call again */
  copy(budget: number, fronts: boolean): number {
    const part = fronts ? this.#fronts : this.#raws
    if (part.cut === undefined) return budget
    while (budget > 0 && part.cursor < part.places) {
      const slot = part.cursor++
      budget--
      if (!this.index.isLive(slot)) continue
      const to = fronts ? this.#back[slot]! : none
      for (let entry = fronts ? this.#head[slot]! : this.#back[slot]!; entry !== to; entry = this.#next[entry]!) {
        this.#keep(slot, entry, fronts)
        budget--
      }
    }
    if (part.cursor < part.places) return 0
    part.abandon()
    return Math.max(budget, 1)
  }

  /** Takes back a suffix. In any order, before anything is put. */
  restoreFront(key: Key, group: KeyGroup, start: number, acc: unknown): void {
    const slot = this.#slotOf(key, group)
    let before = none
    let entry = this.#head[slot]!
    while (entry !== none && this.#start[entry]! < start) {
      before = entry
      entry = this.#next[entry]!
    }
    this.oldestRestored = Math.min(this.oldestRestored, start)
    const added = this.#entry(start, acc)
    this.#next[added] = entry
    if (before === none) this.#head[slot] = added
    else this.#next[before] = added
    if (entry === none) this.#tail[slot] = added
  }
}
