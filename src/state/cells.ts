// One value a slot, as compact as it can be: packed doubles while all values are numbers, a plain array from the first other value on.
//
// It does not know which slots hold something: whoever uses it does, and reads only those.

const cellsFirst = 16

export class Cells {
  #numbers: Float64Array | undefined = new Float64Array(cellsFirst)
  #values: unknown[] = []

  get(slot: number): unknown {
    return this.#numbers === undefined ? this.#values[slot] : this.#numbers[slot]
  }

  set(slot: number, value: unknown): void {
    const numbers = this.#numbers
    if (numbers === undefined && slot < this.#values.length) this.#values[slot] = value
    else if (numbers !== undefined && typeof value === 'number' && slot < numbers.length) numbers[slot] = value
    else this.#setSlowly(slot, value)
  }

  /** Drops what the slot refers to. */
  clear(slot: number): void {
    if (this.#numbers === undefined) this.#values[slot] = undefined
  }

  #setSlowly(slot: number, value: unknown): void {
    if (this.#numbers !== undefined && typeof value === 'number') {
      const grown = new Float64Array(Math.max(2 * this.#numbers.length, slot + 1))
      grown.set(this.#numbers)
      this.#numbers = grown
      grown[slot] = value
      return
    }
    if (this.#numbers !== undefined) {
      this.#values = Array.from<unknown>(this.#numbers)
      this.#numbers = undefined
    }
    put(this.#values, slot, value)
  }
}

/** Sets an element of an array kept by slot, filling up to it, so that the array never has holes. */
export function put<T>(array: (T | undefined)[], slot: number, value: T): void {
  while (array.length < slot) array.push(undefined)
  array[slot] = value
}
