// A column of arrays: their lengths, then one column of all their elements. Only dense arrays without further properties.

import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './bytes.ts'
import type { Column, ColumnForm, ColumnSource } from './column.ts'
import { NumberReader, NumberWriter } from './numbers.ts'

// No element of a job's array is read by its index here. Where arrays of several kinds come by (of integers, of doubles, of anything), V8
// compiles such a read into one that turns each array into the most general kind first, boxing every number; arrays that come later from the
// same place are born like that. Writing checkpoints so slowed down the job's own code (nexmark/r1: 1.4 times the CPU time).

/** Whether an array is its elements and nothing else: no holes, no named properties such as those of a RegExp's match. */
export function isDense(array: readonly unknown[]): boolean {
  const keys = Object.keys(array)
  const { length } = array
  // Indices come before names, in ascending order: if so many keys end with the last index, there are no names, and no index is left out.
  return keys.length === length && (length === 0 || keys[length - 1] === String(length - 1))
}

export class ArrayWriter {
  readonly #lengths = new NumberWriter()
  readonly #elements: Column
  readonly #append: (element: unknown) => void

  constructor(elements: Column) {
    this.#elements = elements
    this.#append = (element) => elements.append(element)
  }

  append(array: readonly unknown[]): void {
    this.#lengths.append(array.length)
    array.forEach(this.#append)
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
  readonly #form: ColumnForm
  #at = 0

  constructor(lengths: Uint32Array, elements: ColumnSource) {
    this.#lengths = lengths
    this.#elements = elements
    this.#form = elements.form
  }

  next(): unknown[] {
    const length = this.#lengths[this.#at++]!
    const array = emptyOf(this.#form)
    for (let i = 0; i < length; i++) array.push(this.#elements.next())
    return array
  }
}

/**
 * Three places, because V8 remembers for each in what form its arrays ended: from a single one all would come in the most general form, and
 * the job's code that makes such arrays itself would have two kinds to work on (nexmark/r1 behind a restore: 1.3 to 1.4 times the CPU time).
 */
function emptyOf(form: ColumnForm): unknown[] {
  switch (form) {
    case 'integers':
      return []
    case 'numbers':
      return []
    case 'anything':
      return []
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
