// Elements of an iterator of the user's, sync or async, addressed by their position, pulled as far as somebody wants them.
//
// It owns the iterator. Elements are kept from when they were pulled until they are released, at most `keepMax`; when that is reached it
// pulls no more until something is released. At most one `next()` of an async iterator is pending.

import { MillraceError, messageOf } from '../model/errors.ts'
import { frameRecordsMax } from '../model/limits.ts'

export interface FeedOptions {
  /** Position of the iterator's first element. */
  readonly base: number
  /** Elements to pull and forget before that: for an iterator that begins at 0 and must go on further behind. */
  readonly drop: number
  readonly keepMax: number
}

export class ElementFeed<T> {
  readonly #next: () => IteratorResult<T, unknown> | PromiseLike<IteratorResult<T, unknown>>
  readonly #return: () => unknown
  readonly #async: boolean
  readonly #keepMax: number
  readonly #kept: T[] = []
  readonly #waiting: (() => void)[] = []
  #base: number
  #drop: number
  #wanted: number
  #pulling = false
  #state: 'open' | 'done' | 'failed' | 'closed' = 'open'
  #failure: unknown

  constructor(iterable: Iterable<T> | AsyncIterable<T>, options: FeedOptions) {
    this.#async = Symbol.asyncIterator in iterable
    const iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
    this.#next = () => iterator.next()
    this.#return = () => iterator.return?.()
    this.#base = options.base
    this.#wanted = options.base
    this.#drop = options.drop
    this.#keepMax = options.keepMax
  }

  /** Position of the oldest element that is still kept. */
  get base(): number {
    return this.#base
  }

  /** Makes up to `max` elements from `position` on available, as far as that is possible now, and says how many there are. */
  fill(position: number, max: number): number {
    this.#wanted = Math.max(this.#wanted, position + max)
    if (!this.#async) this.#pullNow(max)
    const there = Math.min(max, this.#base + this.#kept.length - position)
    if (there === 0 && this.#state === 'failed') throw this.#failure
    return there
  }

  at(position: number): T {
    return this.#kept[position - this.#base]!
  }

  /** Nothing comes behind what is kept. */
  get done(): boolean {
    return this.#state === 'done'
  }

  /** Calling `fill` again at once may bring more. */
  get hasMore(): boolean {
    return !this.#async && this.#state === 'open' && this.#hasRoom()
  }

  /** Settles when `fill` may bring more. */
  ready(position: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, position + frameRecordsMax)
    if (this.#base + this.#kept.length > position || this.#state !== 'open' || this.hasMore) return Promise.resolve()
    const woken = new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.#async) void this.#pull()
    return woken
  }

  /** Forgets the elements before `position`. */
  release(position: number): void {
    const released = Math.min(position - this.#base, this.#kept.length)
    if (released <= 0) return
    this.#kept.splice(0, released)
    this.#base += released
    this.#wake()
  }

  /** Ends the iterator, whether it had come to its end or not. */
  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#wake()
    // What an iterator of the user's says when it is told to stop early no longer matters to anybody.
    void Promise.resolve()
      .then(() => this.#return())
      .then(undefined, () => undefined)
  }

  #hasRoom(): boolean {
    return this.#kept.length < this.#keepMax && this.#base + this.#kept.length < this.#wanted
  }

  #pullNow(max: number): void {
    try {
      for (let pulls = 0; pulls < max && this.#state === 'open' && this.#hasRoom(); pulls++)
        this.#take(this.#next() as IteratorResult<T, unknown>)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  async #pull(): Promise<void> {
    if (this.#pulling) return
    this.#pulling = true
    try {
      while (this.#state === 'open' && this.#hasRoom()) {
        this.#take(await this.#next())
        if (this.#drop === 0) this.#wake()
      }
    } catch (thrown) {
      this.#fail(thrown)
    }
    this.#pulling = false
  }

  #take(item: IteratorResult<T, unknown>): void {
    if (this.#state !== 'open') return
    if (typeof item !== 'object' || item === null) {
      throw new MillraceError(
        'USER_CODE',
        `next() of its iterator gave ${String(item)}: it must give an object with \`value\` and \`done\``,
      )
    }
    if (item.done !== true) {
      if (this.#drop > 0) this.#drop--
      else this.#kept.push(item.value)
    } else if (this.#drop > 0) {
      throw new MillraceError(
        'INPUT_CHANGED',
        `it ended ${this.#drop} elements before the place where the last checkpoint stands: a function given as a source must give the same elements each time it is called`,
      )
    } else {
      this.#state = 'done'
    }
  }

  #fail(thrown: unknown): void {
    this.#state = 'failed'
    this.#failure =
      thrown instanceof MillraceError
        ? thrown
        : new MillraceError('USER_CODE', `its iterator threw: ${messageOf(thrown)}`, { cause: thrown })
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
