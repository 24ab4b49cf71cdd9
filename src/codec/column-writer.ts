// Writes one column of values of any shape, one value at a time. Every value comes back exactly, in its place.
//
// A column keeps one part for each kind of value that it meets: numbers, strings, bigints, dates, one for each shape of plain objects
// (with a column for each field), arrays, and the rest through the value codec. Null, undefined, true and false need no part. While all
// values are of one kind, nothing else is stored; from the second kind on a tag a value says in which part it is. So a column that
// changes its shape, once or at every value, costs a byte a value and never a rewrite.
//
// A kept writer remembers its shapes and buffers over `reset`; shapes that were not met since the last one are dropped.

import type { ValueCodec } from '../model/codec.ts'
import { ArrayWriter, isDense } from './arrays.ts'
import type { ByteWriter } from './bytes.ts'
import {
  arrayTag,
  bigintTag,
  type Column,
  dateTag,
  falseTag,
  fieldsMax,
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
import { BigintWriter, fitsBigint64, NumberWriter } from './numbers.ts'
import { ShapeWriter } from './shapes.ts'
import { StringWriter } from './strings.ts'
import { ValueWriter } from './values.ts'

/** Before the first value. */
const noTag = -1
const objectPrototype = Object.prototype
const arrayPrototype = Array.prototype
const datePrototype = Date.prototype
/** From this many shapes on, a new one is made only if the known ones have so many values each. */
const shapesUnconditional = 4
const valuesPerShapeMin = 16

export class ColumnWriter implements Column {
  readonly #codec: ValueCodec
  readonly #nesting: Nesting
  #count = 0
  /** The tag of all values so far, `noTag`, or `mixedTag`. */
  #tag = noTag
  /** The tag of each value, once there are several. */
  #tags = new Uint8Array(0)
  #numbers: NumberWriter | undefined
  #strings: StringWriter | undefined
  #bigints: BigintWriter | undefined
  #dates: NumberWriter | undefined
  #arrays: ArrayWriter | undefined
  #values: ValueWriter | undefined
  #shapes: ShapeWriter[] = []
  #lastShape = 0

  /**
   * @param codec takes the values that columns do not cover
   * @param nesting for the columns inside of a column
   */
  constructor(codec: ValueCodec, nesting: Nesting = outermost()) {
    this.#codec = codec
    this.#nesting = nesting
    nesting.budget.left--
  }

  get count(): number {
    return this.#count
  }

  get size(): number {
    return this.#shapes.reduce((sum, shape) => sum + shape.size, 1 + (this.#arrays?.size ?? 0))
  }

  /**
   * Appends a value; it is encoded when this returns, so it may change afterwards.
   * @throws UNENCODABLE, naming the path inside the value, for what cannot come back exactly; the writer must then be reset
   */
  append(value: unknown): void {
    let tag: number
    switch (typeof value) {
      case 'number':
        if (this.#numbers === undefined) this.#numbers = new NumberWriter()
        this.#numbers.append(value)
        tag = numberTag
        break
      case 'string':
        if (this.#strings === undefined) this.#strings = new StringWriter()
        this.#strings.append(value)
        tag = stringTag
        break
      case 'object':
        tag = value === null ? nullTag : this.#object(value)
        break
      case 'undefined':
        tag = undefinedTag
        break
      case 'boolean':
        tag = value ? trueTag : falseTag
        break
      case 'bigint':
        tag = this.#bigint(value)
        break
      default:
        tag = this.#value(value)
    }
    if (tag !== this.#tag) this.#note(tag)
    this.#count++
  }

  finish(into: ByteWriter): void {
    const start = into.length
    const single = this.#tag !== mixedTag && this.#count > 0
    if (single) {
      into.u8(this.#tag)
      this.#writePart(into, this.#tag)
      if (!this.#nesting.counted || this.#count <= freeValues || into.length - start >= this.#count) return
      into.truncate(start)
    }
    into.u8(mixedTag)
    const tags = into.reserve(this.#count)
    if (single) into.bytes.fill(this.#tag, tags, into.length)
    else into.bytes.set(this.#tags.subarray(0, this.#count), tags)
    const used = single ? [this.#tag] : [...new Set(this.#tags.subarray(0, this.#count))]
    into.u8(used.length)
    for (const tag of used) {
      into.u8(tag)
      this.#writePart(into, tag)
    }
  }

  reset(): void {
    this.#count = 0
    this.#tag = noTag
    this.#numbers?.reset()
    this.#strings?.reset()
    this.#bigints?.reset()
    this.#dates?.reset()
    this.#arrays?.reset()
    this.#values?.reset()
    this.#lastShape = 0
    for (const shape of this.#shapes) if (shape.count === 0) this.#nesting.budget.left += shape.size
    this.#shapes = this.#shapes.filter((shape) => shape.count > 0)
    for (const shape of this.#shapes) shape.reset()
  }

  /** Called for the first value, and for each one from the second kind on. */
  #note(tag: number): void {
    const count = this.#count
    if (count === 0) {
      this.#tag = tag
      return
    }
    if (this.#tags.length <= count) {
      const tags = new Uint8Array(Math.max(16, 2 * count))
      tags.set(this.#tags)
      this.#tags = tags
    }
    if (this.#tag !== mixedTag) {
      this.#tags.fill(this.#tag, 0, count)
      this.#tag = mixedTag
    }
    this.#tags[count] = tag
  }

  #bigint(value: bigint): number {
    if (!fitsBigint64(value)) return this.#value(value)
    this.#bigints ??= new BigintWriter()
    this.#bigints.append(value)
    return bigintTag
  }

  #value(value: unknown): number {
    this.#values ??= new ValueWriter(this.#codec)
    this.#values.append(value)
    return valueTag
  }

  #object(value: object): number {
    const prototype = Object.getPrototypeOf(value)
    try {
      if (prototype === objectPrototype) {
        const last = this.#shapes[this.#lastShape]
        return last?.take(value) === true ? shapeTag + this.#lastShape : this.#otherShape(value)
      }
      if (prototype === arrayPrototype && Array.isArray(value)) return this.#array(value)
    } catch (thrown) {
      throw this.#fromTheTop(value, thrown)
    }
    return prototype === datePrototype ? this.#date(value) : this.#value(value)
  }

  #otherShape(value: object): number {
    for (let i = 0; i < this.#shapes.length; i++) {
      if (this.#shapes[i]!.take(value)) {
        this.#lastShape = i
        return shapeTag + i
      }
    }
    const keys = Object.keys(value)
    if (!this.#hasRoomFor(keys.length)) return this.#value(value)
    const shape = new ShapeWriter(
      keys,
      keys.map(() => this.#nested(false)),
    )
    if (!shape.take(value)) return this.#value(value)
    this.#lastShape = this.#shapes.push(shape) - 1
    return shapeTag + this.#lastShape
  }

  #hasRoomFor(fields: number): boolean {
    const shapes = this.#shapes.length
    return (
      this.#nesting.depth < nestingMax &&
      fields <= fieldsMax &&
      fields <= this.#nesting.budget.left &&
      shapes < shapesMax &&
      (shapes < shapesUnconditional || this.#count >= shapes * valuesPerShapeMin)
    )
  }

  #array(value: readonly unknown[]): number {
    if (this.#arrays === undefined && (this.#nesting.depth >= nestingMax || this.#nesting.budget.left === 0)) return this.#value(value)
    if (!isDense(value)) return this.#value(value)
    this.#arrays ??= new ArrayWriter(this.#nested(true))
    this.#arrays.append(value)
    return arrayTag
  }

  #date(value: object): number {
    let time: number
    try {
      time = datePrototype.getTime.call(value as Date)
    } catch {
      // It only inherits from Date: the codec says so.
      return this.#value(value)
    }
    this.#dates ??= new NumberWriter()
    this.#dates.append(time)
    return dateTag
  }

  #nested(counted: boolean): ColumnWriter {
    return new ColumnWriter(this.#codec, inside(this.#nesting, counted))
  }

  /** What an inner column threw names a path from there; the codec, given the whole value, names it from the top. */
  #fromTheTop(value: object, thrown: unknown): unknown {
    try {
      this.#codec.encode(value)
      return thrown
    } catch (fuller) {
      return fuller
    }
  }

  #writePart(into: ByteWriter, tag: number): void {
    if (tag >= shapeTag) this.#shapes[tag - shapeTag]!.finish(into)
    else if (tag === numberTag) this.#numbers!.finish(into)
    else if (tag === stringTag) this.#strings!.finish(into)
    else if (tag === bigintTag) this.#bigints!.finish(into)
    else if (tag === dateTag) this.#dates!.finish(into)
    else if (tag === arrayTag) this.#arrays!.finish(into)
    else if (tag === valueTag) this.#values!.finish(into)
  }
}
