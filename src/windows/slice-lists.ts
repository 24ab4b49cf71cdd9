// The storage of the slice queues: for each key a list of entries, one a slice, sorted by slice, with a mark where its back begins.
//
// It owns keys, their order of coming, entries and their links, all in typed arrays, so that millions of entries are no burden to the
// garbage collector. It does not know how windows are assembled; it merges nothing. A key is in the index as long as it has entries or
// a slice table holds it; it is linked into the order only while it has entries.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { KeyIndex } from '../state/key-index.ts'
import { larger } from './larger.ts'

export const none = -1

/** What a key has in one slice, or from one slice on. */
export interface Piece {
  readonly start: number
  readonly acc: unknown
}

export class SliceLists {
  readonly index: KeyIndex
  /** First key in the order of coming; -1 = there are none. */
  first = none
  #last = none

  // By slot of a key.
  head = new Int32Array(0)
  /** First entry of the back; -1 = the back is empty. */
  back = new Int32Array(0)
  tail = new Int32Array(0)
  #before = new Int32Array(0)
  #after = new Int32Array(0)
  /** How many slice tables hold the key. */
  #holds = new Int32Array(0)

  // By entry.
  start = new Float64Array(0)
  next = new Int32Array(0)
  /** For cuts: see stamped-cut.ts. */
  stamp = new Int32Array(0)
  readonly accs: unknown[] = []
  #free = none

  constructor(maxParallelism: number) {
    this.index = new KeyIndex(maxParallelism)
  }

  /** The key behind `slot` in the order of coming, or -1. */
  after(slot: number): number {
    return this.#after[slot]!
  }

  /** Slot of a key, given to it now if it has none. */
  slotOf(key: Key, group: KeyGroup): number {
    const slot = this.index.insert(key, group)
    this.#room(slot)
    return slot
  }

  /** A slice table holds the key of a slot. */
  hold(slot: number): void {
    this.#room(slot)
    this.#holds[slot]!++
  }

  /** A slice table has given what it held to the key's list. */
  release(slot: number): void {
    this.#holds[slot]!--
  }

  #room(slot: number): void {
    const had = this.head.length
    if (slot < had) return
    this.head = larger(this.head, slot + 1).fill(none, had)
    this.back = larger(this.back, slot + 1).fill(none, had)
    this.tail = larger(this.tail, slot + 1).fill(none, had)
    this.#before = larger(this.#before, slot + 1)
    this.#after = larger(this.#after, slot + 1)
    this.#holds = larger(this.#holds, slot + 1)
  }

  /** Puts a key that gets its first entry behind all others. */
  #link(slot: number): void {
    this.#before[slot] = this.#last
    this.#after[slot] = none
    if (this.#last === none) this.first = slot
    else this.#after[this.#last] = slot
    this.#last = slot
  }

  #unlink(slot: number): void {
    const before = this.#before[slot]!
    const after = this.#after[slot]!
    if (before === none) this.first = after
    else this.#after[before] = after
    if (after === none) this.#last = before
    else this.#before[after] = before
    if (this.#holds[slot] === 0) this.index.remove(slot)
  }

  /** Puts an entry behind all others, into the back. */
  append(slot: number, start: number, acc: unknown, stamp: number): void {
    const entry = this.#entry(start, acc, stamp)
    const tail = this.tail[slot]!
    if (tail === none) {
      this.head[slot] = entry
      this.#link(slot)
    } else this.next[tail] = entry
    if (this.back[slot] === none) this.back[slot] = entry
    this.tail[slot] = entry
  }

  /** Puts an entry between two others; -1 = there is none on that side. Where `behind` begins the back, the new one does now. */
  insert(slot: number, before: number, behind: number, start: number, acc: unknown, stamp: number): void {
    const entry = this.#entry(start, acc, stamp)
    if (this.head[slot] === none) this.#link(slot)
    this.next[entry] = behind
    if (before === none) this.head[slot] = entry
    else this.next[before] = entry
    if (behind === none) this.tail[slot] = entry
    else if (behind === this.back[slot]) this.back[slot] = entry
  }

  /** Removes the first entry, and its key with the last one. */
  shift(slot: number): void {
    const entry = this.head[slot]!
    const next = this.next[entry]!
    if (entry === this.back[slot]) this.back[slot] = next
    this.head[slot] = next
    // Numbers stay, so that an array of numbers stays one.
    if (typeof this.accs[entry] !== 'number') this.accs[entry] = undefined
    this.next[entry] = this.#free
    this.#free = entry
    if (next !== none) return
    this.tail[slot] = none
    this.#unlink(slot)
  }

  /** The last entry before `start`, or -1. */
  lastBefore(slot: number, start: number): number {
    let before = none
    for (let entry = this.head[slot]!; entry !== none && this.start[entry]! < start; entry = this.next[entry]!) before = entry
    return before
  }

  /** Entries from `from` up to `to`, not included. */
  pieces(from: number, to: number): Piece[] {
    const pieces: Piece[] = []
    for (let entry = from; entry !== to && entry !== none; entry = this.next[entry]!) {
      pieces.push({ start: this.start[entry]!, acc: this.accs[entry] })
    }
    return pieces
  }

  #entry(start: number, acc: unknown, stamp: number): number {
    let entry = this.#free
    if (entry === none) {
      entry = this.accs.length
      if (entry === this.next.length) this.#growEntries(entry + 1)
      this.accs.push(acc)
    } else {
      this.#free = this.next[entry]!
      this.accs[entry] = acc
    }
    this.start[entry] = start
    this.next[entry] = none
    this.stamp[entry] = stamp
    return entry
  }

  #growEntries(needed: number): void {
    this.start = larger(this.start, needed)
    this.next = larger(this.next, needed)
    this.stamp = larger(this.stamp, needed)
  }
}
