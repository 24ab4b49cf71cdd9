// What is to be looked at when a time is reached: items by time, earliest first, in the order of adding where times are equal.
//
// It owns the order only. Items are not taken back: whoever is called too late for its purpose finds nothing to do.

export class Schedule<T> {
  /** A binary heap of the times that have items, each once. */
  readonly #times: number[] = []
  readonly #items = new Map<number, T[]>()

  /** Infinity = nothing is scheduled. */
  get next(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY
  }

  /** Whether something is scheduled up to `time`. */
  isDue(time: number): boolean {
    return this.#times.length > 0 && this.#times[0]! <= time
  }

  add(time: number, item: T): void {
    const items = this.#items.get(time)
    if (items !== undefined) {
      items.push(item)
      return
    }
    this.#items.set(time, [item])
    this.#times.push(time)
    this.#siftUp(this.#times.length - 1)
  }

  /** Takes all items of the earliest time. */
  take(): T[] {
    const times = this.#times
    const time = times[0]!
    const last = times.pop()!
    if (times.length > 0) {
      times[0] = last
      this.#siftDown()
    }
    const items = this.#items.get(time)!
    this.#items.delete(time)
    return items
  }

  #siftUp(at: number): void {
    const times = this.#times
    const time = times[at]!
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (times[parent]! <= time) break
      times[at] = times[parent]!
      at = parent
    }
    times[at] = time
  }

  #siftDown(): void {
    const times = this.#times
    const time = times[0]!
    let at = 0
    for (let child = 1; child < times.length; child = 2 * at + 1) {
      if (child + 1 < times.length && times[child + 1]! < times[child]!) child++
      if (times[child]! >= time) break
      times[at] = times[child]!
      at = child
    }
    times[at] = time
  }
}
