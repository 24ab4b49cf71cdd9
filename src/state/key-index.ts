// Key → slot: gives each key of a table a small dense number, so that everything kept per key lies in plain arrays.
//
// It owns the keys, their groups and the numbering; it keeps no values. Slots are 0, 1, 2, …; a freed one is given to the next new key.
// Numbers are found by open addressing over one typed array of [tag, slot + 1] pairs (linear probing, backward-shift deletion, load at
// most a half): the tag of a 32-bit integer is the integer itself, so the whole lookup touches one cache line; the tag of any other number
// is its hash, and the number itself is then compared. Strings, bigints and booleans go through `Map`s, because V8 keeps a string's hash
// with the string. -0 is 0; NaN is no key.

import { MillraceError } from '../model/errors.ts'
import type { KeyGroup } from '../model/ids.ts'
import { hashNumber, type Key, keyGroupOf } from '../model/key.ts'

/** V8 refuses more than 2^24 entries in one Map; tables beyond that are spread over several. */
const mapEntriesMax = 16_000_000
/** Group of a slot that no key has. Groups are below 32,768. */
const free = 0xffff
const slotsFirst = 16

/** Finaliser of murmur3-32 (Austin Appleby, public domain): neighbouring integers land far apart. */
function spread(tag: number): number {
  tag = Math.imul(tag ^ (tag >>> 16), 0x85ebca6b)
  tag = Math.imul(tag ^ (tag >>> 13), 0xc2b2ae35)
  return tag ^ (tag >>> 16)
}

export class KeyIndex {
  readonly maxParallelism: number
  /** Slots ever used: all live ones are below. */
  high = 0
  /** Live keys. */
  size = 0
  /** Pairs of tag and slot + 1; 0 = empty. Allocated with the first number. */
  #table = new Int32Array(0)
  #mask = -1
  #numbersLive = 0
  /** Numbers by slot: 32-bit integers until another number comes. */
  #numbers: Int32Array | Float64Array = new Int32Array(0)
  #wide = false
  /** Other keys by slot, and where they are. */
  #others: (string | bigint | boolean | undefined)[] | undefined
  readonly #maps: Map<string | bigint | boolean, number>[] = []
  readonly #mapEntriesMax: number
  #groups = new Uint16Array(slotsFirst).fill(free)
  readonly #freed: number[] = []

  constructor(maxParallelism: number, entriesPerMap: number = mapEntriesMax) {
    this.maxParallelism = maxParallelism
    this.#mapEntriesMax = entriesPerMap
  }

  /** Slot of a key, or -1. */
  find(key: Key): number {
    if (typeof key !== 'number') return this.#findOther(key)
    const tag = (key | 0) === key ? key | 0 : hashNumber(key) | 0
    const table = this.#table
    const mask = this.#mask
    if (mask < 0) return -1
    for (let at = spread(tag) & mask; ; at = (at + 1) & mask) {
      const entry = table[2 * at + 1]!
      if (entry === 0) return -1
      if (table[2 * at] === tag && (!this.#wide || this.#numbers[entry - 1] === key)) return entry - 1
    }
  }

  /**
   * Slot of a key, given to it now if it has none.
   * @param group its key group, or -1 to compute it when the key is new
   * @throws USER_CODE for what is no key
   */
  insert(key: Key, group: KeyGroup): number {
    const slot = this.find(key)
    return slot >= 0 ? slot : this.#add(key, group)
  }

  keyAt(slot: number): Key {
    return this.#others?.[slot] ?? this.#numbers[slot]!
  }

  groupAt(slot: number): KeyGroup {
    return this.#groups[slot]!
  }

  isLive(slot: number): boolean {
    return this.#groups[slot] !== free && slot < this.high
  }

  /** Live slots in ascending order. Keys may be removed meanwhile; one added is seen or not. */
  *slots(): Generator<number, void, undefined> {
    for (let slot = 0; slot < this.high; slot++) if (this.#groups[slot] !== free) yield slot
  }

  /** Frees a live slot. */
  remove(slot: number): void {
    const other = this.#others?.[slot]
    if (other === undefined) this.#removeNumber(this.#numbers[slot]!)
    else {
      for (const map of this.#maps) if (map.delete(other)) break
      this.#others![slot] = undefined
    }
    this.#groups[slot] = free
    this.#freed.push(slot)
    this.size--
  }

  #findOther(key: string | bigint | boolean): number {
    const maps = this.#maps
    for (let i = 0; i < maps.length; i++) {
      const slot = maps[i]!.get(key)
      if (slot !== undefined) return slot
    }
    return -1
  }

  #add(key: Key, group: KeyGroup): number {
    if (group < 0) group = keyGroupOf(key, this.maxParallelism)
    const slot = this.#freed.pop() ?? this.high
    if (slot === this.#groups.length) {
      const groups = new Uint16Array(2 * slot).fill(free, slot)
      groups.set(this.#groups)
      this.#groups = groups
    }
    if (typeof key === 'number') this.#addNumber(key, slot)
    else this.#addOther(key, slot)
    this.#groups[slot] = group
    if (slot === this.high) this.high++
    this.size++
    return slot
  }

  #addOther(key: string | bigint | boolean, slot: number): void {
    if (key === undefined || typeof key === 'object') throw new MillraceError('USER_CODE', `${String(key)} is no key`)
    let map = this.#maps.find(({ size }) => size < this.#mapEntriesMax)
    if (map === undefined) this.#maps.push((map = new Map()))
    map.set(key, slot)
    this.#others ??= []
    // Filled up to the slot, so that the array never has holes.
    while (this.#others.length < slot) this.#others.push(undefined)
    this.#others[slot] = key
  }

  #addNumber(key: number, slot: number): void {
    if (Number.isNaN(key)) throw new MillraceError('USER_CODE', 'NaN is no key')
    const isInt = (key | 0) === key
    if (!isInt && !this.#wide) {
      this.#wide = true
      this.#numbers = Float64Array.from(this.#numbers)
    }
    if (slot >= this.#numbers.length) {
      const length = Math.max(slotsFirst, this.#groups.length)
      const numbers = this.#wide ? new Float64Array(length) : new Int32Array(length)
      numbers.set(this.#numbers)
      this.#numbers = numbers
    }
    if (2 * (this.#numbersLive + 1) > this.#mask + 1) this.#grow()
    this.#numbersLive++
    this.#numbers[slot] = isInt ? key | 0 : key
    this.#put(isInt ? key | 0 : hashNumber(key) | 0, slot + 1)
  }

  #put(tag: number, entry: number): void {
    const table = this.#table
    const mask = this.#mask
    let at = spread(tag) & mask
    while (table[2 * at + 1] !== 0) at = (at + 1) & mask
    table[2 * at] = tag
    table[2 * at + 1] = entry
  }

  #grow(): void {
    const old = this.#table
    const capacity = Math.max(2 * slotsFirst, old.length)
    this.#table = new Int32Array(2 * capacity)
    this.#mask = capacity - 1
    for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) this.#put(old[i]!, old[i + 1]!)
  }

  #removeNumber(key: number): void {
    const tag = (key | 0) === key ? key | 0 : hashNumber(key) | 0
    const table = this.#table
    const mask = this.#mask
    let hole = spread(tag) & mask
    while (table[2 * hole] !== tag || this.#numbers[table[2 * hole + 1]! - 1] !== key) hole = (hole + 1) & mask
    // Entries behind the hole move up unless that would take them before their home.
    for (let at = (hole + 1) & mask; table[2 * at + 1] !== 0; at = (at + 1) & mask) {
      const home = spread(table[2 * at]!) & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      table[2 * hole] = table[2 * at]!
      table[2 * hole + 1] = table[2 * at + 1]!
      hole = at
    }
    table[2 * hole + 1] = 0
    this.#numbersLive--
  }
}
