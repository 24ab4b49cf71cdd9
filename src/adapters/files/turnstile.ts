// Lets a bounded number of readers hold buffers and open files at a time; the others wait, first come first served.
//
// A reader enters before it opens its file and leaves when it ends or is closed. One turnstile serves the readers of one source subtask, so
// a subtask never waits for another one.

export interface Pass {
  /** Whether the reader is in. */
  readonly admitted: boolean
  /** Settles when it is. */
  entered(): Promise<void>
  /** Gives up the place, or the wait for it. Twice is no error. */
  leave(): void
}

export class Turnstile {
  readonly #most: number
  readonly #waiting: Entry[] = []
  #inside = 0

  constructor(most: number) {
    this.#most = most
  }

  /** A pass that is in at once when there is room. */
  enter(): Pass {
    const entry = new Entry(() => this.#left(entry))
    if (this.#inside < this.#most) this.#admit(entry)
    else this.#waiting.push(entry)
    return entry
  }

  #admit(entry: Entry): void {
    this.#inside++
    entry.admit()
  }

  #left(entry: Entry): void {
    if (entry.admitted) this.#inside--
    else this.#waiting.splice(this.#waiting.indexOf(entry), 1)
    const next = this.#inside < this.#most ? this.#waiting.shift() : undefined
    if (next !== undefined) this.#admit(next)
  }
}

class Entry implements Pass {
  readonly #leaving: () => void
  readonly #opened: Promise<void>
  #open: () => void = () => undefined
  #left = false
  admitted = false

  constructor(leaving: () => void) {
    this.#leaving = leaving
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  admit(): void {
    this.admitted = true
    this.#open()
  }

  entered(): Promise<void> {
    return this.#opened
  }

  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#leaving()
  }
}

/** One turnstile for all that carry the same key, for as long as the key lives. */
export function turnstilesOf(most: number): (key: object) => Turnstile {
  const known = new WeakMap<object, Turnstile>()
  return (key) => {
    const there = known.get(key)
    if (there !== undefined) return there
    const made = new Turnstile(most)
    known.set(key, made)
    return made
  }
}
