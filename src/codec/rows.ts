// The values of a batch as columns of their fields, for batches in which all values are plain objects of a few shapes.
//
//   number of shapes u8 | for several: the shape of each value u8 | for each shape: its fields' names, their columns (cells.ts)
//
// A writer first collects the fields of all values side by side, in V8's own order of keys (5 ns a field, by name 10), and then writes them
// column by column. It remembers shapes, and with them the dictionaries of their fields, from batch to batch; so does the reader, in the
// same order, because both see the same batches: a shape has the number under which it was first sent.

import type { ValueCodec } from '../model/codec.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './bytes.ts'
import { CellReader, CellWriter } from './cells.ts'
import { fieldsMax } from './column.ts'
import { ColumnMemory } from './number-cells.ts'
import { type BuildRows, rowBuilder } from './row-builder.ts'
import { readKeys } from './shapes.ts'
import { writeText } from './text.ts'

/** Shapes that a channel remembers; a batch with a further one is written value by value. */
const rowShapesMax = 16
const pauseMax = 1_024
const objectPrototype = Object.prototype
/** Names that an object does not keep as it is told: digits would move to the front, `__proto__` would become the prototype. */
const unusable = /^(?:\d+|__proto__)$/

/**
 * Fields of the rows in hand, by number of shape, one column behind the other. A column that began with a number lies in `numbers` until a
 * cell of it is none. Shared by all channels of a thread; the next batch overwrites it.
 */
interface Gathered {
  readonly cells: unknown[]
  numbers: Float64Array<ArrayBuffer>
}
const gathered: Gathered[] = []

class ShapeRows {
  readonly keys: readonly string[]
  readonly columns: readonly CellWriter[]
  count = 0
  isKnown = false
  /** For each field: 1 = in `numbers`. */
  readonly #numeric: Uint8Array
  #cells: unknown[] = []
  #numbers: Float64Array = new Float64Array(0)
  /** Cells of a column. */
  #room = 0

  constructor(keys: readonly string[], codec: ValueCodec) {
    this.keys = keys
    this.columns = keys.map(() => new CellWriter(codec))
    this.#numeric = new Uint8Array(keys.length)
  }

  /** Makes ready to take up to `room` rows, as shape `number`. */
  begin(number: number, room: number): void {
    const memory = (gathered[number] ??= { cells: [], numbers: new Float64Array(0) })
    const needed = room * this.keys.length
    while (memory.cells.length < needed) memory.cells.push(undefined)
    if (memory.numbers.length < needed) memory.numbers = new Float64Array(needed)
    this.#cells = memory.cells
    this.#numbers = memory.numbers
    this.#room = room
    this.count = 0
  }

  /**
   * Takes the fields of the objects of this shape that lie in `values` from `start` on, up to the first other value.
   * @returns the place of that value, or `end`
   */
  take(values: readonly unknown[], start: number, end: number): number {
    const { keys } = this
    const fields = keys.length
    const cells = this.#cells
    const numbers = this.#numbers
    const numeric = this.#numeric
    const room = this.#room
    const ahead = this.count - start
    let i = start
    for (; i < end; i++) {
      const value = values[i]
      if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== objectPrototype) break
      let field = 0
      let at = ahead + i
      if (at === 0) this.#expect(value)
      for (const key in value) {
        if (key !== keys[field]) {
          field = -1
          break
        }
        const cell = (value as Record<string, unknown>)[key]
        if (numeric[field] === 0) cells[at] = cell
        else if (typeof cell === 'number') numbers[at] = cell
        else this.#demote(field, ahead + i, cell)
        at += room
        field++
      }
      if (field !== fields) break
    }
    this.count = ahead + i
    return i
  }

  write(into: ByteWriter): void {
    for (let field = 0; field < this.columns.length; field++) {
      const column = this.columns[field]!
      if (this.#numeric[field] === 1) column.writeNumbers(into, this.#numbers, field * this.#room, this.count)
      else column.write(into, this.#cells, field * this.#room, this.count)
    }
  }

  /** Where fields are likely to lie in this batch. */
  #expect(value: object): void {
    for (let field = 0; field < this.keys.length; field++)
      this.#numeric[field] = typeof (value as Record<string, unknown>)[this.keys[field]!] === 'number' ? 1 : 0
  }

  /** Takes a cell that is no number into a column of numbers, which thereby becomes one of any cells. */
  #demote(field: number, row: number, cell: unknown): void {
    const first = field * this.#room
    for (let at = first; at < first + row; at++) this.#cells[at] = this.#numbers[at]
    this.#cells[first + row] = cell
    this.#numeric[field] = 0
  }
}

export class RowWriter {
  readonly #codec: ValueCodec
  readonly #shapes: ShapeRows[] = []
  #tags = new Uint8Array(0)
  #last = 0
  /** Batches that are not looked at, after one that did not consist of rows. */
  #paused = 0
  #pause = 1

  constructor(codec: ValueCodec) {
    this.#codec = codec
  }

  /** Writes the first `count` of `values`, or nothing and says false when they are not rows. */
  write(into: ByteWriter, values: readonly unknown[], count: number): boolean {
    if (this.#paused > 0) {
      this.#paused--
      return false
    }
    if (this.#collect(values, count)) {
      this.#pause = 1
      this.#writeCollected(into, count)
      return true
    }
    this.#paused = this.#pause
    this.#pause = Math.min(2 * this.#pause, pauseMax)
    if (this.#shapes.length === rowShapesMax) this.forget()
    return false
  }

  /** What was written last will not be read: shapes and dictionaries are begun anew. */
  forget(): void {
    this.#shapes.length = 0
    this.#last = 0
  }

  #collect(values: readonly unknown[], count: number): boolean {
    if (this.#tags.length < count) this.#tags = new Uint8Array(count)
    for (const [number, shape] of this.#shapes.entries()) shape.begin(number, count)
    let number = this.#last
    for (let i = 0; i < count; ) {
      let end = this.#shapes[number]?.take(values, i, count) ?? i
      if (end === i) {
        number = this.#otherShape(values, i, count)
        if (number < 0) return false
        end = i + 1
      }
      this.#tags.fill(number, i, end)
      i = end
    }
    this.#last = number
    return true
  }

  /** The number of the shape that took the value at `i`, or -1. */
  #otherShape(values: readonly unknown[], i: number, count: number): number {
    const shapes = this.#shapes
    for (let number = 0; number < shapes.length; number++) if (shapes[number]!.take(values, i, i + 1) > i) return number
    const value = values[i]
    if (typeof value !== 'object' || value === null || shapes.length === rowShapesMax) return -1
    const keys = Object.keys(value)
    if (keys.length > fieldsMax || keys.length === 0 || keys.some((key) => unusable.test(key))) return -1
    const shape = new ShapeRows(keys, this.#codec)
    shape.begin(shapes.length, count)
    if (shape.take(values, i, i + 1) === i) return -1
    return shapes.push(shape) - 1
  }

  #writeCollected(into: ByteWriter, count: number): void {
    const at = into.length
    let present = 0
    into.u8(0)
    for (let number = 0; number < this.#shapes.length; number++) {
      const shape = this.#shapes[number]!
      if (shape.count === 0) continue
      present++
      into.u8(number)
      into.u8(shape.isKnown ? 0 : shape.keys.length)
      if (!shape.isKnown) for (const key of shape.keys) writeText(into, key)
      shape.isKnown = true
    }
    into.bytes[at] = present
    if (present > 1) into.copy(this.#tags.subarray(0, count))
    for (const shape of this.#shapes) if (shape.count > 0) shape.write(into)
  }
}

/** What a reader knows of one shape. */
interface RowShape {
  readonly build: BuildRows
  readonly columns: readonly CellReader[]
}

/** Rows in the making, and their columns, shared by all channels of a thread; the next batch overwrites them. */
const rows: unknown[] = []
const memories: ColumnMemory[] = []
const inHand: ArrayLike<unknown>[] = []

export class RowReader {
  readonly #codec: ValueCodec
  readonly #shapes: (RowShape | undefined)[] = []

  constructor(codec: ValueCodec) {
    this.#codec = codec
  }

  /** Reads `count` rows into `values`, from index 0. */
  read(reader: ByteReader, count: number, values: unknown[]): void {
    const present = reader.u8()
    if (present === 0 || present > rowShapesMax) throw reader.corrupt(`${present} shapes in a batch; at most ${rowShapesMax}`)
    const numbers: number[] = []
    for (let i = 0; i < present; i++) numbers.push(this.#readShape(reader))
    if (present === 1) {
      this.#build(reader, numbers[0]!, count, values)
      return
    }
    const tags = reader.span(count)
    const counts = new Uint32Array(256)
    for (const tag of tags) counts[tag]!++
    let tagged = 0
    for (const number of numbers) {
      const rowsOfShape = counts[number]!
      if (rowsOfShape === 0) throw reader.corrupt(`shape ${number} has no rows`)
      tagged += rowsOfShape
      counts[number] = 0
      this.#build(reader, number, rowsOfShape, rows)
      for (let i = 0, at = 0; i < count; i++) if (tags[i] === number) values[i] = rows[at++]
    }
    if (tagged !== count) throw reader.corrupt(`${count - tagged} rows have a shape that the batch does not name`)
  }

  #build(reader: ByteReader, number: number, count: number, into: unknown[]): void {
    const { build, columns } = this.#shapes[number]!
    while (memories.length < columns.length) memories.push(new ColumnMemory())
    for (let i = 0; i < columns.length; i++) inHand[i] = columns[i]!.read(reader, count, memories[i]!)
    build(into, inHand, count)
  }

  /** The number of a shape, known or described here. */
  #readShape(reader: ByteReader): number {
    const number = reader.u8()
    const fields = reader.u8()
    if (number >= rowShapesMax || fields > fieldsMax) throw reader.corrupt(`shape ${number} with ${fields} fields`)
    if (fields > 0) {
      const keys = readKeys(reader, fields)
      const odd = keys.find((key) => unusable.test(key))
      if (odd !== undefined) throw reader.corrupt(`a shape with the field ${odd}`)
      this.#shapes[number] = { build: rowBuilder(keys), columns: keys.map(() => new CellReader(this.#codec)) }
    } else if (this.#shapes[number] === undefined) throw reader.corrupt(`shape ${number} was never described`)
    return number
  }
}
