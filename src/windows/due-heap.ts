// Ids in the order of their due times: a binary heap that knows where each id stands, so that a due time can be moved.
//
// It owns due times and the order of ids, nothing else. Equal times come in the order that the ids were given. An id is in it once.

import { larger } from './larger.ts'

export class DueHeap {
  size = 0
  #ids = new Int32Array(0)
  // By id.
  #due = new Float64Array(0)
  #order = new Float64Array(0)
  /** Place in the heap + 1; 0 = not in it. */
  #place = new Int32Array(0)

  /** The id that is due first; -1 = there is none. */
  get top(): number {
    return this.size > 0 ? this.#ids[0]! : -1
  }

  /** When it is due; Infinity = there is none. */
  get topDue(): number {
    return this.size > 0 ? this.#due[this.#ids[0]!]! : Number.POSITIVE_INFINITY
  }

  has(id: number): boolean {
    return id < this.#place.length && this.#place[id] !== 0
  }

  /** Due time of an id that is in the heap. */
  dueOf(id: number): number {
    return this.#due[id]!
  }

  /** Puts an id in, or moves it. `order` decides between equal times. */
  schedule(id: number, due: number, order: number): void {
    if (id >= this.#place.length) this.#grow(id + 1)
    let place = this.#place[id]! - 1
    if (place < 0) {
      place = this.size++
      this.#put(id, place)
    }
    this.#due[id] = due
    this.#order[id] = order
    this.#settle(id, place)
  }

  remove(id: number): void {
    if (!this.has(id)) return
    const place = this.#place[id]! - 1
    this.#place[id] = 0
    const last = this.#ids[--this.size]!
    if (last === id) return
    this.#put(last, place)
    this.#settle(last, place)
  }

  #settle(id: number, place: number): void {
    place = this.#up(id, place)
    this.#down(id, place)
  }

  #up(id: number, place: number): number {
    while (place > 0) {
      const parent = (place - 1) >>> 1
      const other = this.#ids[parent]!
      if (!this.#isBefore(id, other)) break
      this.#put(other, place)
      place = parent
    }
    this.#put(id, place)
    return place
  }

  #down(id: number, place: number): void {
    for (;;) {
      let child = 2 * place + 1
      if (child >= this.size) break
      if (child + 1 < this.size && this.#isBefore(this.#ids[child + 1]!, this.#ids[child]!)) child++
      const other = this.#ids[child]!
      if (!this.#isBefore(other, id)) break
      this.#put(other, place)
      place = child
    }
    this.#put(id, place)
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#due[a]! - this.#due[b]!
    // Two infinite times have no difference.
    return difference < 0 || (!(difference > 0) && this.#order[a]! < this.#order[b]!)
  }

  #put(id: number, place: number): void {
    this.#ids[place] = id
    this.#place[id] = place + 1
  }

  #grow(needed: number): void {
    this.#ids = larger(this.#ids, needed)
    this.#due = larger(this.#due, needed)
    this.#order = larger(this.#order, needed)
    this.#place = larger(this.#place, needed)
  }
}
