// A column of strings that repeat, over all frames of a channel: each is sent once, and from then on its number stands for it.
//
// Writer and reader hold the same list, so the columns of one writer must be read by one reader, each once and in order; each column names
// the number of strings that it builds on, and a reader that has another number refuses it. A string that is known costs a lookup here and
// nothing at the reader, which gives out the same string again, where a string that is sent as bytes costs 50 to 130 ns there.
//
// The list is bounded. When it is full it is begun anew, or, where strings hardly repeat, given up for a number of columns, which doubles
// from one failed try to the next.

import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './bytes.ts'
import { StringTable } from './string-table.ts'
import { StringReader, StringWriter } from './strings.ts'

/** The list is full at so many strings, or units in them; one column may still overrun that. */
const stringsMax = 2_048
const unitsMax = 131_072
/** Greater columns go without: a number has 16 bits. */
const countMax = 32_768
/** Where more than this share of the strings was new, they hardly repeat. */
const newShareMax = 0.5
/** Columns without a dictionary after a failed try. */
const pauseFirst = 64
const pauseMax = 4_096

export class DictionaryWriter {
  readonly #table = new StringTable()
  readonly #added = new StringWriter()
  #numbers = new Uint16Array(0)
  #units = 0
  /** Strings written since the list was begun. */
  #written = 0
  #paused = 0
  #pause = pauseFirst
  /** The reader must empty its list first. */
  #anew = true

  /** Whether to use the dictionary for the next column, which has `count` strings; asked once a column. */
  wanted(count: number): boolean {
    if (count > countMax) return false
    if (this.#paused > 0) {
      this.#paused--
      return false
    }
    if (this.#table.size < stringsMax && this.#units < unitsMax) return true
    const repeats = this.#table.size <= this.#written * newShareMax
    this.forget()
    if (repeats) {
      this.#pause = pauseFirst
      return true
    }
    this.#paused = this.#pause
    this.#pause = Math.min(2 * this.#pause, pauseMax)
    return false
  }

  /** Begins the list anew, here and, with the next column, at the reader. */
  forget(): void {
    this.#table.clear()
    this.#units = 0
    this.#written = 0
    this.#anew = true
  }

  /**
   * Writes a column of `count` of `cells` from `first` on.
   * @returns false when one of them is no string: then nothing was written, and the list was begun anew if it had grown
   */
  write(into: ByteWriter, cells: readonly unknown[], first: number, count: number): boolean {
    const table = this.#table
    const base = table.size
    if (this.#numbers.length < count) this.#numbers = new Uint16Array(count)
    const numbers = this.#numbers
    let size = base
    const same = runOf(cells, first, count)
    for (let i = same - 1; i < count; i++) {
      const text = cells[first + i]
      if (typeof text !== 'string') return this.#abandon(base)
      const number = table.numberOf(text)
      if (number === size) {
        size++
        this.#added.append(text)
        this.#units += text.length
      }
      numbers[i] = number
    }
    if (same > 1) numbers.fill(numbers[same - 1]!, 0, same)
    this.#written += count
    this.#finish(into, base, count, same === count)
    return true
  }

  #abandon(base: number): false {
    this.#added.reset()
    if (this.#table.size > base) this.forget()
    return false
  }

  #finish(into: ByteWriter, base: number, count: number, constant: boolean): void {
    const numbers = this.#numbers
    const strings = this.#table.size
    const added = strings - base
    into.u8(this.#anew ? 1 : 0)
    into.u16(base)
    into.u16(added)
    if (added > 0) this.#added.finish(into)
    this.#added.reset()
    this.#anew = false
    const width = constant ? 0 : strings <= 256 ? 1 : 2
    into.u8(width)
    const at = into.reserve(width === 0 ? 2 : count * width)
    const { bytes, view } = into
    if (width === 0) view.setUint16(at, numbers[0]!, true)
    else if (width === 1) for (let i = 0; i < count; i++) bytes[at + i] = numbers[i]!
    else for (let i = 0; i < count; i++) view.setUint16(at + 2 * i, numbers[i]!, true)
  }
}

/** How many of the cells, from the first on, are the same. */
function runOf(cells: readonly unknown[], first: number, count: number): number {
  const cell = cells[first]
  let run = 1
  while (run < count && cells[first + run] === cell) run++
  return run
}

export class DictionaryReader {
  readonly #strings: string[] = []

  /** Reads a column into `cells`, from index 0. What it adds to the list stays in it also when the column proves damaged. */
  read(reader: ByteReader, count: number, cells: unknown[]): void {
    const strings = this.#strings
    if (reader.u8() === 1) strings.length = 0
    const base = reader.u16()
    const added = reader.u16()
    if (base !== strings.length || added > count)
      throw reader.corrupt(`a dictionary of ${strings.length} strings was to have ${base}, and ${added} more for ${count} cells`)
    if (added > 0) {
      const column = new StringReader(reader, added)
      for (let i = 0; i < added; i++) strings.push(column.next())
    }
    const size = strings.length
    const width = reader.u8()
    if (width > 2) throw reader.corrupt(`dictionary indices of ${width} bytes do not exist`)
    const at = reader.take(width === 0 ? 2 : count * width)
    const { bytes, view } = reader
    let greatest = 0
    for (let i = 0; i < count; i++) {
      const index = width === 1 ? bytes[at + i]! : view.getUint16(at + width * i, true)
      if (index > greatest) greatest = index
      cells[i] = strings[index]
    }
    if (greatest >= size) throw reader.corrupt(`string ${greatest} of a dictionary of ${size}`)
  }
}
