// Rows as they come out of a keyed store, of all key groups mixed, until there are enough of them to be dealt to their groups.
//
// Slots lie in the order in which keys were first seen, so nearly every row is of another group than the one before. Written to its group at
// once a row would touch memory that is far away; here it is written behind the last one, and a few thousand rows go to their groups in
// order, those of each group one behind the other.

import type { Key } from '../model/key.ts'
import { snapshotSliceEntries } from '../model/limits.ts'
import type { KeyIndex } from '../state/key-index.ts'
import type { RowCells } from '../state/part.ts'

const room = snapshotSliceEntries

/** Copies rows of `width` numbers from the places `places[first]` to before `places[end]` to `into`, one behind the other from place `to` on. */
export function copyRows(
  into: Float64Array,
  to: number,
  rows: Float64Array,
  places: Int32Array,
  first: number,
  end: number,
  width: number,
): void {
  let next = to * width
  if (width === 2) {
    for (let i = first; i < end; i++, next += 2) {
      const at = 2 * places[i]!
      into[next] = rows[at]!
      into[next + 1] = rows[at + 1]!
    }
  } else
    for (let i = first; i < end; i++) for (let at = places[i]! * width, stop = at + width; at < stop; at++, next++) into[next] = rows[at]!
}

export class RowLog {
  count = 0
  keys = new Float64Array(0)
  /** The keys, where not all of them are numbers. */
  otherKeys: Key[] | undefined
  values = new Float64Array(0)
  stamps = new Float64Array(0)
  #groups = new Uint16Array(0)
  /** By group, while rows are dealt: how many there are, then where the next one goes. */
  #places = new Int32Array(0)
  readonly #order = new Int32Array(room)

  /** Appends the first `count` of `slots`; never more than there is room for. */
  append(index: KeyIndex, slots: Int32Array, count: number, cells: RowCells, stamps: Float64Array | undefined): void {
    const { width } = cells
    const rows = cells.rows!
    if (this.values.length !== room * width) this.#begin(width)
    if (stamps !== undefined && this.stamps.length === 0) this.stamps = new Float64Array(room)
    const from = this.count
    const { values, keys } = this
    const groups = this.#groups
    for (let i = 0; i < count; i++) groups[from + i] = index.groupAt(slots[i]!)
    if (index.isNumeric) for (let i = 0; i < count; i++) keys[from + i] = index.numberAt(slots[i]!)
    else this.#appendKeys(index, slots, count)
    copyRows(values, from, rows, slots, 0, count, width)
    if (stamps !== undefined) for (let i = 0; i < count; i++) this.stamps[from + i] = stamps[slots[i]!]!
    this.count = from + count
  }

  hasRoomFor(count: number): boolean {
    return this.count + count <= room
  }

  /**
   * Empties the log: calls back once for each group that has rows in it.
   * @param take is given the group, and which part of `order` holds the places of its rows in the log
   */
  deal(take: (group: number, order: Int32Array, first: number, end: number) => void): void {
    const { count } = this
    const groups = this.#groups
    let high = 0
    for (let i = 0; i < count; i++) if (groups[i]! >= high) high = groups[i]! + 1
    if (this.#places.length < high) this.#places = new Int32Array(2 * high)
    const places = this.#places.fill(0, 0, high)
    for (let i = 0; i < count; i++) places[groups[i]!]!++
    let sum = 0
    for (let group = 0; group < high; group++) {
      sum += places[group]!
      places[group] = sum - places[group]!
    }
    const order = this.#order
    for (let i = 0; i < count; i++) order[places[groups[i]!]!++] = i
    let first = 0
    for (let group = 0; group < high; group++) {
      const end = places[group]!
      if (end > first) take(group, order, first, end)
      first = end
    }
    this.clear()
  }

  clear(): void {
    this.count = 0
    this.otherKeys = undefined
  }

  #begin(width: number): void {
    this.keys = new Float64Array(room)
    this.values = new Float64Array(room * width)
    this.#groups = new Uint16Array(room)
  }

  #appendKeys(index: KeyIndex, slots: Int32Array, count: number): void {
    this.otherKeys ??= Array.from(this.keys.subarray(0, this.count))
    for (let i = 0; i < count; i++) this.otherKeys.push(index.keyAt(slots[i]!))
  }
}
