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
//   5. what was assembled for a key is kept only until one of the entries that it was made of goes or changes
// Where accumulators are owned (nothing late is allowed, so a slice belongs to the queue once it is closed) suffixes take the place of the
// slices' accumulators, and both are state. Otherwise accumulators belong to the slice tables, suffixes lie beside them, and nothing here
// is state. Process functions have no use for suffixes: their windows are lists, put together from all their slices.
//
// Where keys come more rarely than windows slide, most windows of a key hold the same as the one before, or that and one slice more. What
// was assembled is then kept: it is used again, and a new slice is merged into it. A key that has something in every slice would only keep
// garbage alive, so for it nothing is kept.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import type { Cut } from '../state/part.ts'
import type { Fold } from './fold.ts'
import { larger } from './larger.ts'
import { none, type Piece, SliceLists } from './slice-lists.ts'
import { absent, isAbsent } from './slice-table.ts'
import { StampedCut } from './stamped-cut.ts'

export class SliceQueues {
  readonly lists: SliceLists
  /** Least slice that was restored; Infinity = none was. */
  oldestRestored = Number.POSITIVE_INFINITY
  readonly #fold: Fold
  readonly #slide: number
  readonly #owns: boolean
  readonly #suffixed: boolean
  /** By slot: the merge of the back up to the entry `#ran`; -1 = it has to be made. */
  readonly #running: unknown[] = []
  #ran = new Int32Array(0)
  /** By slot: what the last window was made of, if the next one may hold that too; else `absent`. */
  readonly #kept: unknown[] = []
  /** By slot: the last entry of what is kept, if that is nobody else's and so may be merged into; else -1. */
  #keptTo = new Int32Array(0)
  /** By slot: windows that begin up to here are what is kept and nothing else. */
  #sameTo = new Float64Array(0)
  /** By entry of the front, where accumulators are not owned. */
  readonly #suffixes: unknown[] = []
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
    this.lists = new SliceLists(maxParallelism)
    const clock = { stamp: 0 }
    this.#raws = new StampedCut(clock)
    this.#fronts = new StampedCut(clock)
  }

  /** Adds what a key has in a closed slice. One that it has already is merged where accumulators are owned, else replaced. */
  put(key: Key, group: KeyGroup, start: number, acc: unknown): void {
    this.putAt(this.lists.slotOf(key, group), start, acc)
  }

  /** The same for a key whose slot is known: its lookup would be a third of the work. */
  putAt(slot: number, start: number, acc: unknown): void {
    const { lists } = this
    const tail = lists.tail[slot]!
    if (tail === none) this.#begin(slot)
    this.#sameTo[slot] = Number.NEGATIVE_INFINITY
    if (tail === none || start > lists.start[tail]!) lists.append(slot, start, acc, this.#raws.now)
    else {
      this.#kept[slot] = absent
      this.#putBehind(slot, start, acc)
    }
  }

  /** A key is new, or comes again. */
  #begin(slot: number): void {
    if (slot >= this.#ran.length) {
      this.#ran = larger(this.#ran, slot + 1)
      this.#keptTo = larger(this.#keptTo, slot + 1)
      this.#sameTo = larger(this.#sameTo, slot + 1)
    }
    while (slot >= this.#running.length) {
      this.#running.push(undefined)
      this.#kept.push(absent)
    }
    this.#ran[slot] = none
    this.#sameTo[slot] = Number.NEGATIVE_INFINITY
  }

  /**
   * Assembles the window that begins at `windowStart` for a key, and lets go what no later window needs; the key goes with its last entry.
   * @returns the accumulator, if `present`
   */
  fire(slot: number, windowStart: number): unknown {
    this.flipped = 0
    // Five of six windows of nexmark/r1.
    if (windowStart <= this.#sameTo[slot]!) {
      this.present = true
      this.owned = false
      return this.#kept[slot]
    }
    return this.#fireAnew(slot, windowStart)
  }

  #fireAnew(slot: number, windowStart: number): unknown {
    const { lists } = this
    this.#drop(slot, windowStart)
    const head = lists.head[slot]!
    this.present = head !== none
    if (!this.present) return undefined
    const last = lists.start[head]! < windowStart + this.#slide
    if (!this.#suffixed) return this.#fireList(slot, windowStart, last)
    if (!isAbsent(this.#kept[slot]) && this.#keptTo[slot] !== none) return this.#fireLonger(slot)
    if (lists.back[slot] === head) this.#flip(slot)
    const suffix = this.#owns ? lists.accs[head] : this.#suffixes[head]
    if (lists.back[slot] !== none) return this.#fireBoth(slot, windowStart, suffix, last)
    this.owned = this.#owns && last
    if (last) this.#drop(slot, windowStart + this.#slide)
    else this.#keep(slot, suffix, none)
    return suffix
  }

  /** A window that holds what is kept, and slices that came behind it. */
  #fireLonger(slot: number): unknown {
    const { accs, next, tail } = this.lists
    const { merge } = this.#fold
    let kept = this.#kept[slot]
    let to = this.#keptTo[slot]!
    while (to !== tail[slot]) {
      to = next[to]!
      kept = merge!(kept, accs[to])
    }
    this.owned = false
    this.#keep(slot, kept, to)
    return kept
  }

  /** Keeps what was assembled for the next windows. @param to the last entry of it, if it may be merged into; else -1 */
  #keep(slot: number, acc: unknown, to: number): void {
    const { head, start } = this.lists
    if (acc !== this.#kept[slot]) this.#kept[slot] = acc
    this.#keptTo[slot] = to
    this.#sameTo[slot] = start[head[slot]!]! - this.#slide
  }

  /** A window of front and back. */
  #fireBoth(slot: number, windowStart: number, suffix: unknown, last: boolean): unknown {
    const { merge, own, reusable } = this.#fold
    const came = this.#isNew(slot)
    const running = this.#run(slot)
    this.owned = true
    // Copies out what an open cut still needs, so what is dropped may be changed.
    if (last) this.#drop(slot, windowStart + this.#slide)
    const acc = merge!(this.#owns && last ? suffix : own(suffix), running)
    if (last || came || !reusable) return acc
    this.owned = false
    this.#keep(slot, acc, this.lists.tail[slot]!)
    return acc
  }

  /** Whether the key has got a slice since its last window, right behind the one before: then it may well get another. */
  #isNew(slot: number): boolean {
    const { start, tail } = this.lists
    const ran = this.#ran[slot]!
    const newest = tail[slot]!
    return ran === none || (ran !== newest && start[newest]! - start[ran]! <= this.#slide)
  }

  /** The lists of all slices, put together; a single one as it is if nothing else needs it. */
  #fireList(slot: number, windowStart: number, last: boolean): unknown {
    const { lists } = this
    const { merge, own } = this.#fold
    const head = lists.head[slot]!
    const next = lists.next[head]!
    let list = lists.accs[head]
    if (next !== none) list = own(list)
    for (let entry = next; entry !== none; entry = lists.next[entry]!) list = merge!(list, lists.accs[entry])
    this.owned = next !== none || (this.#owns && last)
    this.#drop(slot, windowStart + this.#slide)
    return list
  }

  /** What a key has in the front: the merge from each entry's slice on; empty where accumulators are not owned. */
  fronts(key: Key): Piece[] {
    const { lists } = this
    const slot = lists.index.find(key)
    return slot < 0 || !this.#owns ? [] : lists.pieces(lists.head[slot]!, lists.back[slot]!)
  }

  /** What a key has in the back, slice by slice. */
  raws(key: Key): Piece[] {
    const { lists } = this
    const slot = lists.index.find(key)
    return slot < 0 ? [] : lists.pieces(lists.back[slot]!, none)
  }

  /** Adds to a slice that is not the newest: a record came behind the watermark, but not too late for all its windows. */
  #putBehind(slot: number, start: number, acc: unknown): void {
    const { lists } = this
    if (!this.#owns) this.#unflip(slot)
    const before = lists.lastBefore(slot, start)
    const entry = before === none ? lists.head[slot]! : lists.next[before]!
    const back = lists.back[slot]!
    const inFront = entry !== back && (back === none || lists.start[entry]! < lists.start[back]!)
    if (inFront) {
      for (let older = lists.head[slot]!; older !== entry; older = lists.next[older]!) this.#mergeInto(older, slot, acc, true)
    } else this.#ran[slot] = none
    if (lists.start[entry] !== start) {
      lists.insert(slot, before, entry, start, inFront ? this.#fold.merge!(acc, lists.accs[entry]) : acc, this.#raws.now)
    } else if (this.#owns) this.#mergeInto(entry, slot, acc, inFront)
    else lists.accs[entry] = acc
  }

  #mergeInto(entry: number, slot: number, acc: unknown, inFront: boolean): void {
    const { accs } = this.lists
    this.#save(slot, entry, inFront)
    accs[entry] = this.#fold.merge!(accs[entry], acc)
  }

  /** Removes the entries before `limit`, and the key with the last one. */
  #drop(slot: number, limit: number): void {
    const { lists } = this
    let head = lists.head[slot]!
    if (head === none || lists.start[head]! >= limit) return
    do {
      // In the back the front is empty, so the rest is turned into suffixes before `running` is needed again.
      this.#save(slot, head, head !== lists.back[slot])
      if (!this.#owns && this.#suffixed && head < this.#suffixes.length) this.#suffixes[head] = undefined
      lists.shift(slot)
      head = lists.head[slot]!
    } while (head !== none && lists.start[head]! < limit)
    this.#kept[slot] = absent
    this.#sameTo[slot] = Number.NEGATIVE_INFINITY
    if (head === none) this.#running[slot] = undefined
  }

  /** Turns the back into suffixes, from the newest to the oldest. */
  #flip(slot: number): void {
    const { lists } = this
    const { next } = lists
    const entries = this.#scratch
    let length = 0
    for (let entry = lists.back[slot]!; entry !== none; entry = next[entry]!) entries[length++] = entry
    if (this.#owns) this.#flipOwned(slot, entries, length)
    else this.#flipShared(entries, length)
    lists.back[slot] = none
    this.#ran[slot] = none
    this.#running[slot] = undefined
    this.flipped = length - 1
  }

  #flipOwned(slot: number, entries: readonly number[], length: number): void {
    const { accs } = this.lists
    const { merge } = this.#fold
    for (let i = 0; i < length; i++) this.#save(slot, entries[i]!, false)
    for (let i = length - 2; i >= 0; i--) accs[entries[i]!] = merge!(accs[entries[i]!], accs[entries[i + 1]!])
  }

  #flipShared(entries: readonly number[], length: number): void {
    const { accs } = this.lists
    const suffixes = this.#suffixes
    const { merge, own } = this.#fold
    while (suffixes.length < accs.length) suffixes.push(undefined)
    suffixes[entries[length - 1]!] = accs[entries[length - 1]!]
    for (let i = length - 2; i >= 0; i--) suffixes[entries[i]!] = merge!(own(accs[entries[i]!]), suffixes[entries[i + 1]!])
  }

  /** A slice has changed: suffixes are made again at the next firing. */
  #unflip(slot: number): void {
    this.lists.back[slot] = this.lists.head[slot]!
    this.#ran[slot] = none
  }

  /** Brings `running` up to the newest entry. */
  #run(slot: number): unknown {
    const { accs, next, tail, back } = this.lists
    const { merge, own } = this.#fold
    let ran = this.#ran[slot]!
    let running = this.#running[slot]
    if (ran === none) {
      ran = back[slot]!
      running = accs[ran]
    }
    while (ran !== tail[slot]) {
      // The first of the back serves as it is while it is alone.
      if (ran === back[slot]) running = own(running)
      ran = next[ran]!
      running = merge!(running, accs[ran])
    }
    this.#ran[slot] = ran
    this.#running[slot] = running
    return running
  }

  // ── checkpoints, where accumulators are owned

  /** Copies an entry that an open cut still needs, before it changes. */
  #save(slot: number, entry: number, inFront: boolean): void {
    const { index, start, accs, stamp } = this.lists
    const part = inFront ? this.#fronts : this.#raws
    if (!part.wants(stamp[entry]!)) return
    stamp[entry] = part.now
    part.cut!.append(index.groupAt(slot), index.keyAt(slot), start[entry]!, accs[entry])
  }

  begin(cut: Cut, fronts: boolean): void {
    ;(fronts ? this.#fronts : this.#raws).begin(cut, this.lists.index.high)
  }

  abandon(fronts: boolean): void {
    ;(fronts ? this.#fronts : this.#raws).abandon()
  }

  /** Copies at most about `budget` entries of one kind. @returns what is left of it; 0 = call again */
  copy(budget: number, fronts: boolean): number {
    const part = fronts ? this.#fronts : this.#raws
    if (part.cut === undefined) return budget
    const { index, head, back, next } = this.lists
    while (budget > 0 && part.cursor < part.places) {
      const slot = part.cursor++
      budget--
      if (!index.isLive(slot)) continue
      const to = fronts ? back[slot]! : none
      for (let entry = fronts ? head[slot]! : back[slot]!; entry !== to; entry = next[entry]!, budget--) this.#save(slot, entry, fronts)
    }
    if (part.cursor < part.places) return 0
    part.abandon()
    return Math.max(budget, 1)
  }

  /** Takes back a suffix. In any order, before anything is put. */
  restoreFront(key: Key, group: KeyGroup, start: number, acc: unknown): void {
    const { lists } = this
    const slot = lists.slotOf(key, group)
    this.#begin(slot)
    this.oldestRestored = Math.min(this.oldestRestored, start)
    const before = lists.lastBefore(slot, start)
    lists.insert(slot, before, before === none ? lists.head[slot]! : lists.next[before]!, start, acc, this.#fronts.now)
  }
}
