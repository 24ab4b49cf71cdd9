// One column of a frame: the cells of one field, or the values or keys themselves, a whole batch at a time.
//
// Numbers go through loops of their own; strings go through a dictionary while they repeat; whatever else there is goes through a
// ColumnWriter, value by value. Every form but the dictionary is a column as a ColumnWriter makes it.

import type { ValueCodec } from '../model/codec.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './bytes.ts'
import { dictionaryTag } from './column.ts'
import { ColumnReader } from './column-reader.ts'
import { ColumnWriter } from './column-writer.ts'
import { DictionaryReader, DictionaryWriter } from './dictionary.ts'
import { ColumnMemory, readNumberCells, writeNumberCells, writeNumberColumn } from './number-cells.ts'

export class CellWriter {
  readonly #codec: ValueCodec
  #dictionary: DictionaryWriter | undefined
  #column: ColumnWriter | undefined

  constructor(codec: ValueCodec) {
    this.#codec = codec
  }

  /** Writes `count` of `cells` from `first` on, at least one. Throws UNENCODABLE; `into` may then hold a part of the column. */
  write(into: ByteWriter, cells: readonly unknown[], first: number, count: number): void {
    const kind = typeof cells[first]
    if (kind === 'number' && writeNumberCells(into, cells, first, count)) return
    if (kind === 'string' && this.#writeStrings(into, cells, first, count)) return
    this.#column ??= new ColumnWriter(this.#codec)
    const column = this.#column
    column.reset()
    for (let i = 0; i < count; i++) column.append(cells[first + i])
    column.finish(into)
    column.reset()
  }

  /** The same for cells that are known to be numbers. */
  writeNumbers(into: ByteWriter, numbers: Float64Array, first: number, count: number): void {
    writeNumberColumn(into, numbers, first, count)
  }

  /** What was written last will not be read. */
  forget(): void {
    this.#dictionary?.forget()
    this.#column?.reset()
  }

  #writeStrings(into: ByteWriter, cells: readonly unknown[], first: number, count: number): boolean {
    this.#dictionary ??= new DictionaryWriter()
    if (!this.#dictionary.wanted(count)) return false
    const start = into.length
    into.u8(dictionaryTag)
    if (this.#dictionary.write(into, cells, first, count)) return true
    into.truncate(start)
    return false
  }
}

/** For columns that are copied as soon as they are read. */
const memoryOfOne = new ColumnMemory()

export class CellReader {
  readonly #codec: ValueCodec
  #dictionary: DictionaryReader | undefined

  constructor(codec: ValueCodec) {
    this.#codec = codec
  }

  /**
   * Reads a column of `count` cells into `memory`.
   * @returns at least so many, valid until the next use of that memory
   */
  read(reader: ByteReader, count: number, memory: ColumnMemory): ArrayLike<unknown> {
    const numbers = readNumberCells(reader, count, memory)
    if (numbers !== undefined) return numbers
    const { cells } = memory
    if (reader.remaining > 0 && reader.bytes[reader.at] === dictionaryTag) {
      reader.u8()
      this.#dictionary ??= new DictionaryReader()
      this.#dictionary.read(reader, count, cells)
    } else new ColumnReader(reader, count, this.#codec).decodeInto(cells)
    return cells
  }

  /** Reads a column of `count` cells into `cells`, from index 0. */
  readInto(reader: ByteReader, count: number, cells: unknown[]): void {
    const from = this.read(reader, count, memoryOfOne)
    for (let i = 0; i < count; i++) cells[i] = from[i]
  }
}
