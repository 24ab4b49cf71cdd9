// Reads back what a ColumnWriter wrote. Nothing is believed: tags, counts and lengths are checked when the column is opened or as its
// values are read, and what does not fit is CORRUPT.
//
// Values own what they are made of: strings are flat and byte arrays are copies, so a value kept does not keep the column's bytes.

import type { ValueCodec } from '../model/codec.ts'
import { assert } from '../model/errors.ts'
import { ArrayReader, readLengths } from './arrays.ts'
import type { ByteReader } from './byte-reader.ts'
import {
  arrayTag,
  bigintTag,
  type ColumnForm,
  type ColumnSource,
  columnsMax,
  dateTag,
  falseTag,
  freeValues,
  inside,
  mixedTag,
  type Nesting,
  nestingMax,
  nullTag,
  numberTag,
  outermost,
  shapesMax,
  shapeTag,
  stringTag,
  trueTag,
  undefinedTag,
  valueTag,
} from './column.ts'
import { BigintReader, NumberReader } from './numbers.ts'
import { readKeys, ShapeReader } from './shapes.ts'
import { StringReader } from './strings.ts'
import { ValueReader } from './values.ts'

export class ColumnReader implements ColumnSource {
  readonly #codec: ValueCodec
  readonly #count: number
  readonly #nesting: Nesting
  #at = 0
  /** The tag of all values, or `mixedTag`. */
  readonly #tag: number
  readonly #tags: Uint8Array
  #numbers!: NumberReader
  #strings!: StringReader
  #bigints!: BigintReader
  #dates!: NumberReader
  #arrays!: ArrayReader
  #values!: ValueReader
  readonly #shapes: ShapeReader[] = []

  /**
   * Opens a column of `count` values and moves `reader` behind it.
   * @param nesting for the columns inside of a column
   */
  constructor(reader: ByteReader, count: number, codec: ValueCodec, nesting: Nesting = outermost()) {
    this.#codec = codec
    this.#count = count
    this.#nesting = nesting
    if (--nesting.budget.left < 0) throw reader.corrupt(`more than ${columnsMax} columns in one`)
    if (nesting.depth > nestingMax) throw reader.corrupt(`columns inside of each other, more than ${nestingMax} deep`)
    if (nesting.counted && count > freeValues && count > reader.remaining)
      throw reader.corrupt(`${count} values in ${reader.remaining} bytes`)
    this.#tag = reader.u8()
    this.#tags = new Uint8Array(0)
    if (this.#tag !== mixedTag) {
      this.#open(reader, this.#tag, count)
      return
    }
    this.#tags = reader.span(count)
    const counts = new Uint32Array(mixedTag + 1)
    for (const tag of this.#tags) counts[tag]!++
    for (let parts = reader.u8(); parts > 0; parts--) {
      const tag = reader.u8()
      if (counts[tag] === 0) throw reader.corrupt(`a column has a part ${tag} without values, or twice`)
      this.#open(reader, tag, counts[tag]!)
      counts[tag] = 0
    }
    if (counts.some((left) => left > 0)) throw reader.corrupt('a column lacks a part that its values are in')
  }

  get form(): ColumnForm {
    if (this.#tag !== numberTag) return 'anything'
    return this.#numbers.whole ? 'integers' : 'numbers'
  }

  /** The next value. Asking for more values than there are is a defect of the caller. */
  next(): unknown {
    const at = this.#at
    if (at >= this.#count) assert(false, () => `a column of ${this.#count} values was asked for one more`)
    this.#at = at + 1
    const tag = this.#tag === mixedTag ? this.#tags[at]! : this.#tag
    switch (tag) {
      case numberTag:
        return this.#numbers.next()
      case stringTag:
        return this.#strings.next()
      case undefinedTag:
        return undefined
      case nullTag:
        return null
      case falseTag:
        return false
      case trueTag:
        return true
      case bigintTag:
        return this.#bigints.next()
      case dateTag:
        return new Date(this.#dates.next())
      case arrayTag:
        return this.#arrays.next()
      case valueTag:
        return this.#values.next()
      default:
        return this.#shapes[tag - shapeTag]!.next()
    }
  }

  /** Reads all values that are left into `values`, from index 0. */
  decodeInto(values: unknown[]): void {
    const left = this.#count - this.#at
    for (let i = 0; i < left; i++) values[i] = this.next()
  }

  #open(reader: ByteReader, tag: number, count: number): void {
    if (tag === numberTag) this.#numbers = new NumberReader(reader, count)
    else if (tag === stringTag) this.#strings = new StringReader(reader, count)
    else if (tag === bigintTag) this.#bigints = new BigintReader(reader, count)
    else if (tag === dateTag) this.#dates = new NumberReader(reader, count)
    else if (tag === arrayTag) this.#arrays = this.#openArrays(reader, count)
    else if (tag === valueTag) this.#values = new ValueReader(reader, count, this.#codec)
    else if (tag >= shapeTag && tag < shapeTag + shapesMax) this.#shapes[tag - shapeTag] = this.#openShape(reader, count)
    else if (tag > trueTag) throw reader.corrupt(`no values have the tag ${tag}`)
  }

  #openShape(reader: ByteReader, count: number): ShapeReader {
    const keys = readKeys(reader)
    return new ShapeReader(
      keys,
      keys.map(() => this.#nested(reader, count, false)),
    )
  }

  #openArrays(reader: ByteReader, count: number): ArrayReader {
    const { lengths, sum } = readLengths(reader, count)
    return new ArrayReader(lengths, this.#nested(reader, sum, true))
  }

  #nested(reader: ByteReader, count: number, counted: boolean): ColumnReader {
    return new ColumnReader(reader, count, this.#codec, inside(this.#nesting, counted))
  }
}
