// A first-in-first-out queue in a ring of slots that doubles when it is full. It sets no bound: its owner does, before it pushes.
//
// `undefined` is an item like any other, so emptiness is told by `length`. Items that were taken are not kept alive.

export class Ring<T> {
  #slots: (T | undefined)[] = new Array<T | undefined>(8).fill(undefined)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#length++) & (this.#slots.length - 1)] = item
  }

  /** The oldest item. There must be one. */
  shift(): T {
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#length--
    return item as T
  }

  /** Takes the item that stands `index` behind the oldest; the others keep their order. There must be one. */
  take(index: number): T {
    const mask = this.#slots.length - 1
    const item = this.#slots[(this.#head + index) & mask]
    for (let i = index; i > 0; i--) this.#slots[(this.#head + i) & mask] = this.#slots[(this.#head + i - 1) & mask]
    this.shift()
    return item as T
  }

  #grow(): void {
    const old = this.#slots
    const free = new Array<T | undefined>(old.length).fill(undefined)
    this.#slots = [...old.slice(this.#head), ...old.slice(0, this.#head), ...free]
    this.#head = 0
  }
}
