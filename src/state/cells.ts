// One value a slot, as compact as it can be.
//
// While all values are numbers they lie in one array of doubles; while all are flat numeric objects of one shape, each is a row of doubles
// beside the others; otherwise they lie in a plain array. With the first value that does not fit it is a plain array for good: the rows
// stay beside it, and each is given up when its slot is set the next time, so nobody waits until millions are moved. Objects that lie as rows
// are made when they are read. So a key of {count, sum} takes 16 bytes that the garbage collector never looks at, where the object takes 40 to
// 80. Updates of a million keys in random order cost 350 ns instead of 500 a key looked up, setting a new object 50 instead of 550.
// What is changed in place, though, is cheaper left as it is while it is little: with 1,000 keys 5 ns instead of 18. Hence `objectsMax`.
//
// It does not know which slots hold something: whoever uses it does, and reads only those.

import { RowShape } from './row-shape.ts'

const cellsFirst = 16
/** Stands in the plain array where nothing is, or what is still lies in `#left`. */
const hole: unique symbol = Symbol('hole')

export class Cells {
  /** Rows, or one number a slot; undefined when values lie in the plain array. */
  rows: Float64Array | undefined = new Float64Array(0)
  /** Of the objects in `rows`; undefined while they are numbers. */
  shape: RowShape | undefined
  /** Doubles a slot. */
  width = 1
  /** Room in slots that the first value makes. */
  #first = cellsFirst
  #values: unknown[] = []
  /** Cells with the rows from before something came that does not fit; undefined while nothing has. */
  #left: Cells | undefined
  #scratch: object | undefined
  /** Objects in the plain array become rows at this slot; Infinity = they do not. */
  #packAt: number

  /** @param objectsMax slots up to which flat objects stay objects */
  constructor(objectsMax = 0) {
    this.#packAt = objectsMax
  }

  get(slot: number): unknown {
    const { rows } = this
    if (rows === undefined) {
      const value = this.#values[slot]
      return this.#left !== undefined && value === hole ? this.#left.get(slot) : value
    }
    return this.shape === undefined ? rows[slot] : this.shape.make(rows, slot * this.width)
  }

  /** The same to be changed and given back by `set` before anything else is borrowed. */
  borrow(slot: number): unknown {
    const { rows, shape } = this
    if (rows === undefined || shape === undefined) return this.get(slot)
    try {
      return shape.fill(this.#scratch!, rows, slot * this.width)
    } catch {
      this.#scratch = this.get(slot) as object // the job has frozen it
      return this.#scratch
    }
  }

  set(slot: number, value: unknown): void {
    const { rows, shape } = this
    if (rows === undefined) {
      const values = this.#values
      if (slot >= values.length) this.#push(slot, value)
      // To store what is there already costs the collector's barrier.
      else if (values[slot] !== value) values[slot] = value
    } else if (shape !== undefined) {
      const at = slot * this.width
      if (at >= rows.length || typeof value !== 'object' || !shape.take(value as object, rows, at)) this.#setSlowly(slot, value)
    } else if (typeof value === 'number' && slot < rows.length) rows[slot] = value
    else this.#setSlowly(slot, value)
  }

  /**
   * Sets what was made of what `borrow` gave, and returns it as a job's function may see it and give it out: the borrowed object itself only
   * where it was changed in place, since what is changed in place is nobody's to keep; otherwise a copy.
   */
  setShown(slot: number, value: unknown): unknown {
    const { rows, shape } = this
    const same = value === this.#scratch && rows !== undefined && shape?.equals(value as object, rows, slot * this.width) === true
    this.set(slot, value)
    return same && this.shape !== undefined ? this.get(slot) : value
  }

  /** Drops what the slot refers to. */
  clear(slot: number): void {
    if (this.rows === undefined) this.#values[slot] = hole
  }

  /** Makes room for slots below. */
  reserve(slots: number): void {
    this.#first = Math.max(this.#first, slots)
    if (this.rows !== undefined && this.rows.length > 0 && slots * this.width > this.rows.length) this.#grow(slots * this.width)
  }

  /**
   * Takes rows as they are, `count` of them, into slots.
   * @param fields of the objects; undefined = numbers
   * @returns false when these cells hold something else: then nothing was taken
   */
  takeRows(slots: Int32Array, count: number, fields: readonly string[] | undefined, from: Float64Array): boolean {
    if (this.rows?.length === 0) {
      const shape = fields === undefined || this.#first < this.#packAt ? undefined : RowShape.named(fields)
      if (fields === undefined || shape !== undefined) this.#begin(shape)
    }
    if (fields === undefined ? this.shape !== undefined : this.shape?.has(fields) !== true) return false
    const { width } = this
    if (this.rows === undefined) return false
    let first = slots[0]!
    let last = -1
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!
      if (slot > last) last = slot
      if (slot !== first + i) first = Number.NEGATIVE_INFINITY
    }
    if ((last + 1) * width > this.rows.length) this.#grow((last + 1) * width)
    const { rows } = this
    if (first >= 0) rows.set(from.subarray(0, count * width), first * width)
    else for (let i = 0; i < count; i++) for (let f = 0; f < width; f++) rows[slots[i]! * width + f] = from[i * width + f]!
    return true
  }

  /** The first value decides what the cells are. */
  #begin(shape: RowShape | undefined): void {
    this.shape = shape
    this.width = shape?.width ?? 1
    this.rows = new Float64Array(this.#first * this.width)
    this.#scratch = shape?.make(this.rows, 0)
  }

  #setSlowly(slot: number, value: unknown): void {
    if (this.rows!.length === 0 && !this.#starts(slot, value)) return
    const { shape, width } = this
    if (shape === undefined ? typeof value !== 'number' : typeof value !== 'object' || !shape.take(value as object, probe(width), 0)) {
      this.#generalize()
      this.set(slot, value)
      return
    }
    if ((slot + 1) * width > this.rows!.length) this.#grow((slot + 1) * width)
    this.set(slot, value)
  }

  /** Takes the first value; true = it is still to be set. */
  #starts(slot: number, value: unknown): boolean {
    const shape = typeof value === 'number' ? undefined : RowShape.of(value)
    if (typeof value === 'number' || (shape !== undefined && slot >= this.#packAt)) {
      this.#begin(shape)
      return true
    }
    if (shape === undefined) this.#packAt = Number.POSITIVE_INFINITY
    this.rows = undefined
    this.#push(slot, value)
    return false
  }

  #push(slot: number, value: unknown): void {
    const values = this.#values
    while (values.length < slot) values.push(hole)
    values[slot] = value
    if (slot >= this.#packAt) this.#pack()
  }

  /** Makes rows of the plain array, if all of it fits. */
  #pack(): void {
    this.#packAt = Number.POSITIVE_INFINITY
    const values = this.#values
    const shape = RowShape.of(values.find((value) => value !== hole))
    if (shape === undefined) return
    const { width } = shape
    const rows = new Float64Array(2 * values.length * width)
    for (let slot = 0; slot < values.length; slot++) {
      const value = values[slot]
      if (value !== hole && (typeof value !== 'object' || !shape.take(value as object, rows, slot * width))) return
    }
    this.#values = []
    this.rows = rows
    this.shape = shape
    this.width = width
    this.#scratch = shape.make(rows, 0)
  }

  #grow(length: number): void {
    const grown = new Float64Array(Math.max(2 * this.rows!.length, length))
    grown.set(this.rows!)
    this.rows = grown
  }

  #generalize(): void {
    const rows = this.rows!
    const left = new Cells()
    left.rows = rows
    left.shape = this.shape
    left.width = this.width
    this.#left = left
    this.#values = holes(rows.length / this.width)
    this.rows = undefined
    this.shape = undefined
    this.#scratch = undefined
    this.#packAt = Number.POSITIVE_INFINITY
  }
}

/** V8 keeps an array that begins with more elements as a hash table. */
const arrayFirstMax = 32_000_000

function holes(slots: number): unknown[] {
  const array = new Array<unknown>(Math.min(slots, arrayFirstMax)).fill(hole)
  while (array.length < slots) array.push(hole)
  return array
}

/** A row that is only tried. */
const probe = (width: number): Float64Array => new Float64Array(width)

/** Sets an element of an array kept by slot, filling up to it, so that the array never has holes. */
export function put<T>(array: (T | undefined)[], slot: number, value: T): void {
  while (array.length < slot) array.push(undefined)
  array[slot] = value
}
