// A table of timers: slot, name and time of each in parallel typed arrays, ordered by a binary heap, found by a hash table.
//
// It owns the numbering of timers; freed numbers are given out again. The heap knows where each timer lies in it, so one is taken out of
// the middle in logarithmic time: sessions that push their end forward with every record leave nothing behind. While a cut is open,
// timers below `#frozenHigh` that live and are not settled belong to it.

import { resized } from '../model/resized.ts'

const timersFirst = 16
/** Slot of a timer number that is free. */
const free = -1

/** Finaliser of murmur3-32 (Austin Appleby, public domain) over slot, name and the two halves of the time. */
function tagOf(slot: number, name: number, time: number): number {
  let tag = Math.imul(slot, 0x9e3779b1) ^ Math.imul(time | 0, 0x85ebca77) ^ Math.imul(((time / 4_294_967_296) | 0) + 31 * name, 0xc2b2ae3d)
  tag = Math.imul(tag ^ (tag >>> 16), 0x85ebca6b)
  tag = Math.imul(tag ^ (tag >>> 13), 0xc2b2ae35)
  return tag ^ (tag >>> 16)
}

export class TimerTable {
  size = 0
  /** Timer numbers ever used: all are below. */
  high = 0
  #slots = new Int32Array(timersFirst).fill(free)
  #names = new Uint16Array(timersFirst)
  #times = new Float64Array(timersFirst)
  /** Place of each timer in the heap. */
  #places = new Int32Array(timersFirst)
  #heap = new Int32Array(timersFirst)
  /** Pairs of tag and timer + 1; 0 = empty. Load at most a half. */
  #table = new Int32Array(4 * timersFirst)
  readonly #freed: number[] = []
  #settled = new Uint8Array(0)
  #frozenHigh = 0

  /** Number of the earliest timer. There must be one. */
  get first(): number {
    return this.#heap[0]!
  }

  get earliest(): number {
    return this.#times[this.#heap[0]!]!
  }

  slotOf(timer: number): number {
    return this.#slots[timer]!
  }

  nameOf(timer: number): number {
    return this.#names[timer]!
  }

  timeOf(timer: number): number {
    return this.#times[timer]!
  }

  /** Whether a number is that timer. The number may be out of date. */
  is(timer: number, slot: number, name: number, time: number): boolean {
    return this.#slots[timer] === slot && this.#times[timer] === time && this.#names[timer] === name
  }

  /** Number of that timer, or -1. */
  find(slot: number, name: number, time: number): number {
    const tag = tagOf(slot, name, time)
    const table = this.#table
    const mask = (table.length >> 1) - 1
    for (let at = tag & mask; ; at = (at + 1) & mask) {
      const timer = table[2 * at + 1]! - 1
      if (timer < 0) return -1
      if (table[2 * at] === tag && this.#slots[timer] === slot && this.#times[timer] === time && this.#names[timer] === name) return timer
    }
  }

  /** Adds one that is not there; returns its number. */
  add(slot: number, name: number, time: number): number {
    const timer = this.#freed.pop() ?? this.high++
    if (timer === this.#slots.length) this.#grow()
    this.#slots[timer] = slot
    this.#names[timer] = name
    this.#times[timer] = time
    if (timer < this.#frozenHigh) this.#settled[timer] = 1
    this.#put(tagOf(slot, name, time), timer + 1)
    this.#up(this.size++, timer)
    return timer
  }

  remove(timer: number): void {
    this.#unlist(timer)
    const place = this.#places[timer]!
    const last = this.#heap[--this.size]!
    if (last !== timer) {
      if (place > 0 && this.#before(last, this.#heap[(place - 1) >> 1]!)) this.#up(place, last)
      else this.#down(place, last)
    }
    this.#slots[timer] = free
    this.#freed.push(timer)
  }

  /** All timers now present belong to a cut. */
  freeze(): void {
    this.#frozenHigh = this.high
    if (this.#settled.length < this.high) this.#settled = new Uint8Array(this.#slots.length)
    else this.#settled.fill(0, 0, this.high)
  }

  /** Whether a timer belongs to the cut and has not been copied. */
  isFrozen(timer: number): boolean {
    return timer < this.#frozenHigh && this.#settled[timer] === 0 && this.#slots[timer] !== free
  }

  settle(timer: number): void {
    this.#settled[timer] = 1
  }

  #before(a: number, b: number): boolean {
    const times = this.#times
    return times[a]! < times[b]! || (times[a] === times[b] && this.#names[a]! < this.#names[b]!)
  }

  #up(place: number, timer: number): void {
    const heap = this.#heap
    while (place > 0) {
      const parent = (place - 1) >> 1
      const other = heap[parent]!
      if (!this.#before(timer, other)) break
      heap[place] = other
      this.#places[other] = place
      place = parent
    }
    heap[place] = timer
    this.#places[timer] = place
  }

  #down(place: number, timer: number): void {
    const heap = this.#heap
    for (let child = 2 * place + 1; child < this.size; child = 2 * place + 1) {
      if (child + 1 < this.size && this.#before(heap[child + 1]!, heap[child]!)) child++
      const other = heap[child]!
      if (!this.#before(other, timer)) break
      heap[place] = other
      this.#places[other] = place
      place = child
    }
    heap[place] = timer
    this.#places[timer] = place
  }

  #put(tag: number, entry: number): void {
    const table = this.#table
    const mask = (table.length >> 1) - 1
    let at = tag & mask
    while (table[2 * at + 1] !== 0) at = (at + 1) & mask
    table[2 * at] = tag
    table[2 * at + 1] = entry
  }

  #unlist(timer: number): void {
    const table = this.#table
    const mask = (table.length >> 1) - 1
    let hole = tagOf(this.#slots[timer]!, this.#names[timer]!, this.#times[timer]!) & mask
    while (table[2 * hole + 1] !== timer + 1) hole = (hole + 1) & mask
    // Entries behind the hole move up unless that would take them before their home.
    for (let at = (hole + 1) & mask; table[2 * at + 1] !== 0; at = (at + 1) & mask) {
      if (((at - table[2 * at]!) & mask) < ((at - hole) & mask)) continue
      table[2 * hole] = table[2 * at]!
      table[2 * hole + 1] = table[2 * at + 1]!
      hole = at
    }
    table[2 * hole + 1] = 0
  }

  #grow(): void {
    const length = 2 * this.#slots.length
    const slots = new Int32Array(length).fill(free)
    slots.set(this.#slots)
    this.#slots = slots
    this.#names = resized(this.#names, length)
    this.#times = resized(this.#times, length)
    this.#places = resized(this.#places, length)
    this.#heap = resized(this.#heap, length)
    const old = this.#table
    this.#table = new Int32Array(4 * length)
    for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) this.#put(old[i]!, old[i + 1]!)
  }
}
