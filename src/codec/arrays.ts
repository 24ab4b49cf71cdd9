// A column of arrays: their lengths, then one column of all their elements. Only dense arrays without further properties.

import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './bytes.ts'
import type { Column, ColumnSource } from './column.ts'
import { NumberReader, NumberWriter } from './numbers.ts'

/** Whether an array is its elements and nothing else: no holes, no named properties such as those of a RegExp's match. */
export function isDense(array: readonly unknown[]): boolean {
  if (Object.keys(array).length !== array.length) return false
  for (let i = 0; i < array.length; i++) if (array[i] === undefined && !(i in array)) return false
  return true
}

export class ArrayWriter {
  readonly #lengths = new NumberWriter()
  readonly #elements: Column

  constructor(elements: Column) {
    this.#elements = elements
  }

  append(array: readonly unknown[]): void {
    this.#lengths.append(array.length)
    for (let i = 0; i < array.length; i++) this.#elements.append(array[i])
  }

  finish(into: ByteWriter): void {
    this.#lengths.finish(into)
    this.#elements.finish(into)
  }

  reset(): void {
    this.#lengths.reset()
    this.#elements.reset()
  }

  get size(): number {
    return this.#elements.size
  }
}

export class ArrayReader {
  readonly #lengths: Uint32Array
  readonly #elements: ColumnSource
  #at = 0

  constructor(lengths: Uint32Array, elements: ColumnSource) {
    this.#lengths = lengths
    this.#elements = elements
  }

  next(): unknown[] {
    const length = this.#lengths[this.#at++]!
    const array: unknown[] = []
    for (let i = 0; i < length; i++) array.push(this.#elements.next())
    return array
  }
}

/** The lengths of `count` arrays and their sum, which is the count of their elements' column. */
export function readLengths(reader: ByteReader, count: number): { lengths: Uint32Array; sum: number } {
  const stored = new NumberReader(reader, count)
  const lengths = new Uint32Array(count)
  let sum = 0
  for (let i = 0; i < count; i++) {
    const length = stored.next()
    lengths[i] = length
    if (lengths[i] !== length) throw reader.corrupt(`an array of ${length} elements`)
    sum += length
  }
  return { lengths, sum }
}
