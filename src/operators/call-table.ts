// Numbers for calls in flight. Finding the call of an id needs no hash: the low bits are a slot in an array, the others count on, so that
// an id comes again only after many. An outcome whose id is not in its slot any more belongs to a call that is over.

/** Ids stay below this, so that they are small integers for V8. */
const idsMax = 2 ** 30

export class CallTable<T extends { id: number }> {
  readonly #slots: (T | undefined)[] = []
  /** Slots given back: the first `#freed` of the list. */
  readonly #free: number[] = []
  #freed = 0
  /** A power of two. */
  readonly #size: number
  #turn = 0

  /** @param max calls that may be in the table at once */
  constructor(max: number) {
    this.#size = 2 ** Math.ceil(Math.log2(Math.max(1, max)))
  }

  add(call: T): number {
    const slot = this.#freed === 0 ? this.#slots.length : this.#free[--this.#freed]!
    this.#slots[slot] = call
    this.#turn = (this.#turn + this.#size) & (idsMax - 1)
    return (call.id = this.#turn | slot)
  }

  /** Takes the call out; undefined when `id` is over. */
  take(id: number): T | undefined {
    const slot = id & (this.#size - 1)
    const call = this.#slots[slot]
    if (call === undefined || call.id !== id) return undefined
    this.#slots[slot] = undefined
    this.#free[this.#freed++] = slot
    return call
  }
}
