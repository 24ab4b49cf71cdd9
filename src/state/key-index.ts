// Key → slot: gives each key of a table a small dense number, so that everything kept per key lies in plain arrays.
//
// It owns the keys, their groups and the numbering; it keeps no values. Slots are 0, 1, 2, …; a freed one is given to the next new key.
// Numbers are found by open addressing over one typed array of [tag, slot + 1] pairs (linear probing, backward-shift deletion, load at
// most a half): the tag of a 32-bit integer is the integer itself, so the whole lookup touches one cache line; the tag of any other number
// is its hash, and the number itself is then compared. Strings, bigints and booleans go through `Map`s, because V8 keeps a string's hash
// with the string. -0 is 0; NaN is no key.

import { MillraceError } from '../model/errors.ts'
import type { KeyGroup } from '../model/ids.ts'
import { hashKey, type Key, keyGroupOf } from '../model/key.ts'
import { LeftTable, putEntries, putEntry, spread, tagOf } from './number-table.ts'

/**
 * A Map takes at most 2^24 entries, and grows in one go, 150 ms for a million strings. So keys beyond these go, by their hash, to one of
 * several Maps.
 */
const mapEntriesMax = 1_048_576
const mapsMax = 64
/** Group of a slot that no key has. Groups are below 32,768. */
const free = 0xffff
const slotsFirst = 16
/** A table of at least so many places is left for a larger one bit by bit. */
const leftFrom = 65_536
/** Places that are emptied at a time: the larger table gets as full as this one was long after the last. */
const placesPerMove = 32

export class KeyIndex {
  readonly maxParallelism: number
  /** Slots ever used: all live ones are below. */
  high = 0
  /** Live keys. */
  size = 0
  /** Pairs of tag and slot + 1; 0 = empty. Allocated with the first number. */
  #table = new Int32Array(0)
  #mask = -1
  /** The table from before it grew, until all of it is in `#table`. */
  #left: LeftTable | undefined
  readonly #leftFrom: number
  #numbersLive = 0
  /** Numbers by slot: 32-bit integers until another number comes. */
  #numbers: Int32Array | Float64Array = new Int32Array(0)
  #wide = false
  /** Other keys by slot, and where they are. */
  #others: (string | bigint | boolean | undefined)[] | undefined
  readonly #map = new Map<string | bigint | boolean, number>()
  /** Where those are that found `#map` full; undefined while there are none. */
  #maps: (Map<string | bigint | boolean, number> | undefined)[] | undefined
  readonly #mapEntriesMax: number
  #groups = new Uint16Array(slotsFirst).fill(free)
  readonly #freed: number[] = []
  /** Slots from here on are not in the table yet, and then the mask is -1, so that whoever looks comes by. */
  #unlistedFrom = Number.POSITIVE_INFINITY
  /** Groups whose keys came by `append`, and how many keys did; -1 = not all of them are still there. */
  readonly #appendedGroups = new Set<KeyGroup>()
  #appended = 0

  constructor(maxParallelism: number, entriesPerMap: number = mapEntriesMax, leftFromPlaces: number = leftFrom) {
    this.maxParallelism = maxParallelism
    this.#mapEntriesMax = entriesPerMap
    this.#leftFrom = leftFromPlaces
  }

  /** Whether all keys that it ever had are numbers. */
  get isNumeric(): boolean {
    return this.#others === undefined
  }

  /** Slot of a key, or -1. */
  find(key: Key): number {
    if (typeof key !== 'number') return this.#findOther(key)
    const tag = tagOf(key)
    const table = this.#table
    const mask = this.#mask
    if (mask < 0) return this.#unlistedFrom < this.high ? this.#findListed(key) : -1
    // Its hash may be the tag of an integer, and tags are all that is looked at while there are only those.
    if (!this.#wide && (key | 0) !== key) return -1
    for (let at = spread(tag) & mask; ; at = (at + 1) & mask) {
      const entry = table[2 * at + 1]!
      if (entry === 0) return this.#left === undefined ? -1 : this.#findLeft(tag, key)
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
    return slot >= 0 ? slot : this.add(key, group)
  }

  /** The same for a key that is known to have no slot. */
  add(key: Key, group: KeyGroup): number {
    if (group < 0) group = keyGroupOf(key, this.maxParallelism)
    const slot = this.#freed.pop() ?? this.high
    if (slot === this.#groups.length) this.#makeRoom(slot + 1)
    if (typeof key === 'number') this.#addNumber(key, slot)
    else this.#addOther(key, slot)
    this.#groups[slot] = group
    if (slot === this.high) this.high++
    this.size++
    return slot
  }

  /** Makes room for so many keys in all, of which those that are numbers then find their place without another move. */
  reserve(keys: number): void {
    this.#list()
    let capacity = Math.max(2 * slotsFirst, this.#mask + 1)
    while (capacity < 2 * keys) capacity *= 2
    this.#rehash(capacity)
  }

  /**
   * Gives slots to numbers of one group, one behind the other, if it is known without looking that none of them has one.
   * @param keys of which the first `count` are taken; each once
   * @returns the first slot; -1 = they have to be inserted one by one
   */
  append(keys: Float64Array, count: number, group: KeyGroup): number {
    if (this.#appended !== this.size || this.#others !== undefined || this.#appendedGroups.has(group)) return -1
    this.#appendedGroups.add(group)
    const first = this.high
    this.#makeRoom(first + count)
    for (let i = 0; i < count; i++) {
      const key = keys[i]!
      const isInt = (key | 0) === key
      if (!isInt) this.#widen(key)
      this.#numbers[first + i] = isInt ? key | 0 : key
    }
    this.#groups.fill(group, first, first + count)
    this.#numbersLive += count
    this.#appended += count
    this.high += count
    this.size += count
    this.#unlistedFrom = Math.min(this.#unlistedFrom, first)
    this.#mask = -1
    return first
  }

  /** Looks into the table that is left, and takes some more out of it. */
  #findLeft(tag: number, key: number): number {
    const left = this.#left!
    const entry = left.find(tag, (other) => this.#numbers[other - 1] === key)
    if (left.move(placesPerMove, this.#table, this.#mask)) this.#left = undefined
    return entry - 1
  }

  #findListed(key: number): number {
    this.#list()
    return this.find(key)
  }

  /** Puts into the table what has been appended. */
  #list(): void {
    const first = this.#unlistedFrom
    if (first === Number.POSITIVE_INFINITY) return
    this.#unlistedFrom = Number.POSITIVE_INFINITY
    this.#mask = this.#table.length / 2 - 1
    let capacity = Math.max(2 * slotsFirst, this.#mask + 1)
    while (capacity < 2 * this.#numbersLive) capacity *= 2
    this.#rehash(capacity)
    const tags = new Int32Array(this.high - first)
    for (let i = 0; i < tags.length; i++) tags[i] = tagOf(this.#numbers[first + i]!)
    const others = this.#others
    const groups = this.#groups
    // Keys that are no numbers may have come and gone meanwhile.
    const skips = (entry: number): boolean => others !== undefined && (others[entry - 1] !== undefined || groups[entry - 1] === free)
    putEntries(this.#table, this.#mask, tags, first + 1, skips)
  }

  keyAt(slot: number): Key {
    return this.#others?.[slot] ?? this.#numbers[slot]!
  }

  /** Key of a slot where all keys are numbers. */
  numberAt(slot: number): number {
    return this.#numbers[slot]!
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
      if (!this.#map.delete(other)) this.#maps![hashKey(other) % mapsMax]!.delete(other)
      this.#others![slot] = undefined
    }
    this.#groups[slot] = free
    this.#freed.push(slot)
    this.size--
    this.#appended = -1
  }

  /** Forgets all keys and keeps the room that they took, for as many others. */
  clear(): void {
    this.#table.fill(0)
    this.#left = undefined
    this.#mask = this.#table.length / 2 - 1
    this.#groups.fill(free, 0, this.high)
    this.#map.clear()
    this.#maps = undefined
    if (this.#others !== undefined) this.#others.length = 0
    this.#freed.length = 0
    this.#unlistedFrom = Number.POSITIVE_INFINITY
    this.#appendedGroups.clear()
    this.#appended = this.#numbersLive = this.high = this.size = 0
  }

  #findOther(key: string | bigint | boolean): number {
    if (this.#maps === undefined) return this.#map.get(key) ?? -1
    return this.#maps[hashKey(key) % mapsMax]?.get(key) ?? this.#map.get(key) ?? -1
  }

  #addOther(key: string | bigint | boolean, slot: number): void {
    if (key === undefined || typeof key === 'object') throw new MillraceError('USER_CODE', `${String(key)} is no key`)
    if (this.#map.size < this.#mapEntriesMax) this.#map.set(key, slot)
    else {
      this.#maps ??= new Array(mapsMax).fill(undefined)
      const place = hashKey(key) % mapsMax
      const map = this.#maps[place] ?? new Map<string | bigint | boolean, number>()
      this.#maps[place] = map.set(key, slot)
    }
    this.#others ??= []
    // Filled up to the slot, so that the array never has holes.
    while (this.#others.length < slot) this.#others.push(undefined)
    this.#others[slot] = key
  }

  #addNumber(key: number, slot: number): void {
    const isInt = (key | 0) === key
    if (!isInt) this.#widen(key)
    if (slot >= this.#numbers.length) this.#numbers = this.#enlarged(this.#groups.length)
    if (2 * (this.#numbersLive + 1) > this.#mask + 1) this.#grow()
    this.#numbersLive++
    this.#numbers[slot] = isInt ? key | 0 : key
    putEntry(this.#table, this.#mask, tagOf(key), slot + 1)
  }

  /** Room for slots below, of numbers too. */
  #makeRoom(slots: number): void {
    if (slots > this.#groups.length) {
      const { length } = this.#groups
      const groups = new Uint16Array(Math.max(2 * length, slots)).fill(free, length)
      groups.set(this.#groups)
      this.#groups = groups
    }
    if (this.#others === undefined && slots > this.#numbers.length) this.#numbers = this.#enlarged(this.#groups.length)
  }

  /** A number comes that is no 32-bit integer. */
  #widen(key: number): void {
    if (Number.isNaN(key)) throw new MillraceError('USER_CODE', 'NaN is no key')
    if (this.#wide) return
    this.#wide = true
    this.#numbers = Float64Array.from(this.#numbers)
  }

  #enlarged(length: number): Int32Array | Float64Array {
    const numbers = this.#wide ? new Float64Array(length) : new Int32Array(length)
    numbers.set(this.#numbers)
    return numbers
  }

  #grow(): void {
    if (this.#mask + 1 < this.#leftFrom) this.#rehash(Math.max(2 * slotsFirst, 2 * (this.#mask + 1)))
    else {
      this.#rehash(this.#mask + 1)
      this.#left = this.#enlarge(2 * (this.#mask + 1))
    }
  }

  /** Puts all that is listed into a table of so many places. */
  #rehash(capacity: number): void {
    this.#left?.move(Number.POSITIVE_INFINITY, this.#table, this.#mask)
    this.#left = undefined
    if (capacity > this.#mask + 1) this.#enlarge(capacity).move(Number.POSITIVE_INFINITY, this.#table, this.#mask)
  }

  #enlarge(capacity: number): LeftTable {
    const left = new LeftTable(this.#table)
    this.#table = new Int32Array(2 * capacity)
    this.#mask = capacity - 1
    return left
  }

  #removeNumber(key: number): void {
    this.#list()
    const tag = tagOf(key)
    this.#numbersLive--
    if (this.#left?.remove(tag, (entry) => this.#numbers[entry - 1] === key) === true) return
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
  }
}
