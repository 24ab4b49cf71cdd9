// Open sessions: for each key a short list of spans that do not touch, each with its accumulator.
//
// It owns spans, accumulators and their share of an open cut; it does not know time. Sessions have ids, small numbers that are used
// again. Whoever changes a session calls `beforeChange` first. Most keys have one session at a time, and lists are walked.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { KeyIndex } from '../state/key-index.ts'
import type { Cut } from '../state/part.ts'
import { larger } from './larger.ts'
import { StampedCut } from './stamped-cut.ts'

const none = -1

export class SessionTable {
  readonly index: KeyIndex
  /** By id. */
  readonly accs: unknown[] = []
  start = new Float64Array(0)
  end = new Float64Array(0)
  /** Rises with the making of sessions: decides which of two that end together comes first. */
  order = new Float64Array(0)
  /** 1 = has fired and waits for late records. */
  fired = new Uint8Array(0)
  /** By id: the session behind it in its key's list; -1 = it is the last. */
  next = new Int32Array(0)
  /** By slot of a key: its first session. */
  head = new Int32Array(0)
  readonly cut = new StampedCut()
  #slot = new Int32Array(0)
  #stamp = new Int32Array(0)
  #free = none
  #made = 0

  constructor(maxParallelism: number) {
    this.index = new KeyIndex(maxParallelism)
  }

  /** First session of a key, or -1. */
  first(key: Key): number {
    const slot = this.index.find(key)
    return slot < 0 ? none : this.head[slot]!
  }

  slotOf(id: number): number {
    return this.#slot[id]!
  }

  keyOf(id: number): Key {
    return this.index.keyAt(this.#slot[id]!)
  }

  groupOf(id: number): KeyGroup {
    return this.index.groupAt(this.#slot[id]!)
  }

  /** Ids below this have been given. */
  get high(): number {
    return this.accs.length
  }

  isLive(id: number): boolean {
    return this.#slot[id] !== none
  }

  /** Makes a session; it must not touch another one of its key. */
  create(key: Key, group: KeyGroup, start: number, end: number, acc: unknown): number {
    const { index } = this
    const known = index.size
    const slot = index.insert(key, group)
    if (slot >= this.head.length) this.head = larger(this.head, slot + 1)
    if (index.size !== known) this.head[slot] = none
    const id = this.#take(acc)
    this.start[id] = start
    this.end[id] = end
    this.order[id] = this.#made++
    this.fired[id] = 0
    this.#slot[id] = slot
    this.#stamp[id] = this.cut.now
    this.#link(slot, id, start)
    return id
  }

  #link(slot: number, id: number, start: number): void {
    let before = none
    let behind = this.head[slot]!
    while (behind !== none && this.start[behind]! < start) {
      before = behind
      behind = this.next[behind]!
    }
    this.next[id] = behind
    if (before === none) this.head[slot] = id
    else this.next[before] = id
  }

  /** Removes a session, and its key with the last one. */
  remove(id: number): void {
    this.beforeChange(id)
    const slot = this.#slot[id]!
    const next = this.next[id]!
    if (this.head[slot] === id) {
      this.head[slot] = next
      if (next === none) this.index.remove(slot)
    } else {
      let before = this.head[slot]!
      while (this.next[before] !== id) before = this.next[before]!
      this.next[before] = next
    }
    // Numbers stay, so that an array of numbers stays one.
    if (typeof this.accs[id] !== 'number') this.accs[id] = undefined
    this.#slot[id] = none
    this.next[id] = this.#free
    this.#free = id
  }

  #take(acc: unknown): number {
    const id = this.#free
    if (id !== none) {
      this.#free = this.next[id]!
      this.accs[id] = acc
      return id
    }
    this.accs.push(acc)
    if (this.accs.length > this.next.length) this.#grow(this.accs.length)
    return this.accs.length - 1
  }

  #grow(needed: number): void {
    this.start = larger(this.start, needed)
    this.end = larger(this.end, needed)
    this.order = larger(this.order, needed)
    this.fired = larger(this.fired, needed)
    this.next = larger(this.next, needed)
    this.#slot = larger(this.#slot, needed)
    this.#stamp = larger(this.#stamp, needed)
  }

  // ── checkpoints

  /** Copies a session that an open cut still needs. */
  beforeChange(id: number): void {
    if (!this.cut.wants(this.#stamp[id]!)) return
    this.#stamp[id] = this.cut.now
    this.cut.cut!.append(this.groupOf(id), this.keyOf(id), [this.start[id]!, this.end[id]!], this.accs[id])
  }

  begin(cut: Cut): void {
    this.cut.begin(cut, this.high)
  }

  /** Copies at most `budget` sessions; true = all. */
  copy(budget: number): boolean {
    const { cut } = this
    for (; budget > 0 && cut.cursor < cut.places; budget--, cut.cursor++) if (this.isLive(cut.cursor)) this.beforeChange(cut.cursor)
    const done = cut.cursor >= cut.places
    if (done) cut.abandon()
    return done
  }
}
