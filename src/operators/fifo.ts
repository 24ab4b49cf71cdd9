// A first-in-first-out queue on a ring that doubles when it is full. Taken items are not kept alive.

export class Fifo<T> {
  #ring: (T | undefined)[] = new Array(16)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#length++) & (this.#ring.length - 1)] = item
  }

  /** The oldest item; undefined when there is none. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head]
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#length--
    return item
  }

  #grow(): void {
    const old = this.#ring
    this.#ring = [...old.slice(this.#head), ...old.slice(0, this.#head), ...new Array(old.length)]
    this.#head = 0
  }
}
