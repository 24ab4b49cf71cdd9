// What a cut holds of one key group while its entries come as rows: keys, namespaces and values in typed arrays, until they are sealed.
//
// Keys are numbers as long as the store has no others; then they go on in a column. Sealed, the bytes are those that the entries would have
// made one by one.

import type { ByteWriter } from '../codec/bytes.ts'
import { ColumnWriter } from '../codec/column-writer.ts'
import { writeNumbers, writeObjects, writeUndefined } from '../codec/number-columns.ts'
import type { ValueCodec } from '../model/codec.ts'
import type { Key } from '../model/key.ts'
import { resized } from '../model/resized.ts'
import type { RowShape } from '../state/row-shape.ts'
import { copyRows, type RowLog } from './row-log.ts'

const roomFirst = 16

export class GroupRows {
  count = 0
  readonly #codec: ValueCodec
  readonly #shape: RowShape | undefined
  readonly #width: number
  #keys: Float64Array
  #otherKeys: ColumnWriter | undefined
  /** The keys in `#otherKeys` once more, for entries that have to go on one by one. */
  #kept: Key[] = []
  #values: Float64Array
  #stamps: Float64Array | undefined

  constructor(codec: ValueCodec, shape: RowShape | undefined, stamped: boolean) {
    const width = shape?.width ?? 1
    this.#codec = codec
    this.#shape = shape
    this.#width = width
    this.#keys = new Float64Array(roomFirst)
    this.#values = new Float64Array(roomFirst * width)
    this.#stamps = stamped ? new Float64Array(roomFirst) : undefined
  }

  /** Whether it is for rows of this make. */
  holds(shape: RowShape | undefined, stamped: boolean): boolean {
    return this.#shape === shape && (this.#stamps !== undefined) === stamped
  }

  /** Empties it and keeps its room. */
  reset(): void {
    this.count = 0
    this.#otherKeys = undefined
    this.#kept = []
  }

  /** Appends rows of a log: those whose places are `order` from `first` to before `end`. */
  append({ keys, otherKeys, values: from, stamps }: RowLog, order: Int32Array, first: number, end: number): void {
    const start = this.count
    const count = end - first
    if (start + count > this.#keys.length) this.#grow(start + count)
    if (otherKeys === undefined && this.#otherKeys === undefined)
      for (let i = 0; i < count; i++) this.#keys[start + i] = keys[order[first + i]!]!
    else this.#appendOthers(otherKeys ?? keys, order, first, end)
    copyRows(this.#values, start, from, order, first, end, this.#width)
    if (this.#stamps !== undefined) for (let i = 0; i < count; i++) this.#stamps[start + i] = stamps[order[first + i]!]!
    this.count = start + count
  }

  #appendOthers(keys: ArrayLike<Key>, order: Int32Array, first: number, end: number): void {
    if (this.#otherKeys === undefined) {
      this.#otherKeys = new ColumnWriter(this.#codec)
      for (let i = 0; i < this.count; i++) this.#keep(this.#keys[i]!)
    }
    for (let i = first; i < end; i++) this.#keep(keys[order[i]!]!)
  }

  #keep(key: Key): void {
    this.#otherKeys!.append(key)
    this.#kept.push(key)
  }

  /** Writes keys, namespaces and values. */
  finish(into: ByteWriter): void {
    const { count } = this
    if (this.#otherKeys === undefined) writeNumbers(into, this.#keys, count)
    else this.#otherKeys.finish(into)
    if (this.#stamps === undefined) writeUndefined(into, count)
    else writeNumbers(into, this.#stamps, count)
    if (this.#shape === undefined) writeNumbers(into, this.#values, count)
    else writeObjects(into, this.#shape.fields, this.#values, count)
  }

  /** Gives its entries one by one. */
  each(take: (key: Key, namespace: unknown, value: unknown) => void): void {
    for (let i = 0; i < this.count; i++) {
      const key = this.#otherKeys === undefined ? this.#keys[i]! : this.#kept[i]!
      take(key, this.#stamps?.[i], this.#shape === undefined ? this.#values[i] : this.#shape.make(this.#values, i * this.#width))
    }
  }

  #grow(entries: number): void {
    const room = Math.max(2 * this.#keys.length, entries)
    this.#keys = resized(this.#keys, room)
    this.#values = resized(this.#values, room * this.#width)
    if (this.#stamps !== undefined) this.#stamps = resized(this.#stamps, room)
  }
}
