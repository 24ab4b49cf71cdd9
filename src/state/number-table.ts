// The hash table of a key index: pairs of [tag, entry] in one typed array, open addressing with linear probing; entry 0 = empty.
//
// Here is how entries get into it, one by one and by the million, and how they go over into a larger one. It knows neither keys nor slots.

/** Keys below are put in as they come: the table, or most of it, is in the cache. */
const sortedFrom = 65_536
/** Keys that are sorted at a time, to bound the memory for it. */
const sortedMax = 4_194_304
const sectionBits = 9

/** Finaliser of murmur3-32 (Austin Appleby, public domain): neighbouring integers land far apart. */
export function spread(tag: number): number {
  tag = Math.imul(tag ^ (tag >>> 16), 0x85ebca6b)
  tag = Math.imul(tag ^ (tag >>> 13), 0xc2b2ae35)
  return tag ^ (tag >>> 16)
}

const float = new Float64Array(1)
const halves = new Int32Array(float.buffer)

/**
 * What stands for a number in a table: a 32-bit integer itself, of any other number a hash of 32 bits, to be spread as integers are. Two odd
 * multiples take 10 ns less than the hash that key groups need (nexmark/q17, 176 ns an event).
 */
export function tagOf(key: number): number {
  if ((key | 0) === key) return key | 0
  float[0] = key
  return Math.imul(halves[0]!, 0x9e3779b1) ^ Math.imul(halves[1]!, 0x85ebca77)
}

export function putEntry(table: Int32Array, mask: number, tag: number, entry: number): void {
  let at = spread(tag) & mask
  while (table[2 * at + 1] !== 0) at = (at + 1) & mask
  table[2 * at] = tag
  table[2 * at + 1] = entry
}

/**
 * Puts in many entries, none of them there yet. Each would be a wait for memory, 100 to 200 ns; so they are first sorted by the section of
 * the table where they belong, and then a section at a time is in the cache: 20 ns.
 * @param tags of entries `first`, `first` + 1, …
 * @param skips entries that are not to be put in
 */
export function putEntries(table: Int32Array, mask: number, tags: Int32Array, first: number, skips: (entry: number) => boolean): void {
  if (tags.length < sortedFrom) {
    for (let i = 0; i < tags.length; i++) if (!skips(first + i)) putEntry(table, mask, tags[i]!, first + i)
    return
  }
  const shift = Math.max(0, 32 - Math.clz32(mask) - sectionBits)
  for (let from = 0; from < tags.length; from += sortedMax) {
    const sorted = sort(tags.subarray(from, from + sortedMax), first + from, mask, shift)
    for (let i = 0; i < sorted.length; i += 2) if (!skips(sorted[i + 1]!)) putEntry(table, mask, sorted[i]!, sorted[i + 1]!)
  }
}

/** Pairs of tag and entry, sorted by section (counting sort). */
function sort(tags: Int32Array, first: number, mask: number, shift: number): Int32Array {
  const places = new Int32Array((mask >>> shift) + 2)
  for (let i = 0; i < tags.length; i++) places[((spread(tags[i]!) & mask) >>> shift) + 1]!++
  for (let section = 1; section < places.length; section++) places[section]! += places[section - 1]!
  const sorted = new Int32Array(2 * tags.length)
  for (let i = 0; i < tags.length; i++) {
    const at = 2 * places[(spread(tags[i]!) & mask) >>> shift]!++
    sorted[at] = tags[i]!
    sorted[at + 1] = first + i
  }
  return sorted
}

/** What stands in a table that is left where an entry was. */
const gone = -1

/** A table whose entries go over into a larger one a few at a time: all at once, 8 million of them take half a second. */
export class LeftTable {
  readonly #table: Int32Array
  readonly #mask: number
  /** Places before it are empty. */
  #place = 0

  constructor(table: Int32Array) {
    this.#table = table
    this.#mask = table.length / 2 - 1
  }

  /** The first entry with that tag that `is` the one, if it has not gone over; else 0. */
  find(tag: number, is: (entry: number) => boolean): number {
    const at = this.#placeOf(tag, is)
    return at < 0 ? 0 : this.#table[2 * at + 1]!
  }

  /** Takes that entry out. False when it is not here. */
  remove(tag: number, is: (entry: number) => boolean): boolean {
    const at = this.#placeOf(tag, is)
    if (at >= 0) this.#table[2 * at + 1] = gone
    return at >= 0
  }

  /** Moves what lies in the next places. True when nothing is left. */
  move(places: number, table: Int32Array, mask: number): boolean {
    const left = this.#table
    const end = Math.min(this.#place + places, this.#mask + 1)
    for (; this.#place < end; this.#place++) {
      const entry = left[2 * this.#place + 1]!
      if (entry <= 0) continue
      putEntry(table, mask, left[2 * this.#place]!, entry)
      left[2 * this.#place + 1] = gone
    }
    return this.#place > this.#mask
  }

  #placeOf(tag: number, is: (entry: number) => boolean): number {
    const table = this.#table
    const mask = this.#mask
    for (let at = spread(tag) & mask; ; at = (at + 1) & mask) {
      const entry = table[2 * at + 1]!
      if (entry === 0) return -1
      if (entry !== gone && table[2 * at] === tag && is(entry)) return at
    }
  }
}
