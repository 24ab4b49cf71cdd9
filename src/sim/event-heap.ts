// What is to happen in virtual time: a binary heap of events, earliest first, and in the order of their making where they are due together.

export interface SimEvent {
  readonly at: number
  readonly order: number
  /** Undefined once it was cancelled. */
  fire: (() => void) | undefined
  /** Whose event it is, as a number for the trace; 0 = the world's. */
  readonly owner: number
}

export class EventHeap {
  readonly #events: SimEvent[] = []

  get next(): SimEvent | undefined {
    return this.#events[0]
  }

  get size(): number {
    return this.#events.length
  }

  push(event: SimEvent): void {
    const events = this.#events
    let at = events.length
    events.push(event)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!before(event, events[above]!)) break
      events[at] = events[above]!
      at = above
    }
    events[at] = event
  }

  /** Takes the next event out. */
  pop(): SimEvent | undefined {
    const events = this.#events
    const first = events[0]
    const last = events.pop()
    if (first === undefined || last === undefined || events.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= events.length) break
      if (below + 1 < events.length && before(events[below + 1]!, events[below]!)) below++
      if (!before(events[below]!, last)) break
      events[at] = events[below]!
      at = below
    }
    events[at] = last
    return first
  }
}

const before = (a: SimEvent, b: SimEvent): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
