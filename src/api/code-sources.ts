// Sources that are made in code: an array, a function that gives a fresh iterable each time, an iterable that can be read only once.
//
// All have one split, and their offset is the number of elements taken.

import { MillraceError } from '../model/errors.ts'
import { frameRecordsMax, liveRecordsMax } from '../model/limits.ts'
import type { Json } from '../model/manifest.ts'
import type { RecordSink } from '../model/reader.ts'
import { isThenable } from '../model/thenable.ts'
import type { Reader, Source, Split } from '../ports/source.ts'
import { ElementFeed } from './element-feed.ts'

const onlySplit: readonly Split[] = [{ id: 'all' }]
const positionOf = (offset: Json | undefined): number => (typeof offset === 'number' ? offset : 0)

/** The elements of an array, in order, then the end. */
export function arraySource<T>(items: readonly T[]): Source<T> {
  return {
    '~type': undefined as never,
    bounded: true,
    describe: `array of ${items.length}`,
    guarantee: 'replays from any element',
    replayable: true,
    splits: () => onlySplit,
    open: (_, offset) => new ArrayReader(items, positionOf(offset)),
  }
}

class ArrayReader<T> implements Reader<T> {
  readonly #items: readonly T[]
  #position: number
  #current: number

  constructor(items: readonly T[], position: number) {
    this.#items = items
    this.#position = position
    this.#current = position
  }

  poll(out: RecordSink<T>, max: number): 'more' | 'end' {
    const items = this.#items
    const end = Math.min(items.length, this.#position + max)
    for (let i = this.#position; i < end; i++) {
      this.#current = i
      out.record(items[i]!)
    }
    this.#position = end
    return end === items.length ? 'end' : 'more'
  }

  ready(): PromiseLike<void> {
    return Promise.resolve()
  }

  offset(): Json {
    return this.#position
  }

  where(): string {
    return `element ${this.#current}`
  }
}

export interface IterableOptions {
  /** The iterable ends by itself. Default false. */
  readonly bounded?: boolean | undefined
}

/**
 * Elements of an iterable that can be made anew: `open` is called when the job starts, and again after each restart to replay.
 *
 * It must give the same elements in the same order each time. A function with a parameter is asked to leave out the first `skip`
 * elements; of one without, they are taken and dropped.
 */
export function iterable<T>(
  open: (from: { readonly skip: number }) => Iterable<T> | AsyncIterable<T>,
  options: IterableOptions = {},
): Source<T> {
  if (typeof open !== 'function') {
    throw new MillraceError(
      'JOB_INVALID',
      'iterable(open) takes a function that gives a fresh iterable each time; for one that can be read only once there is live(it)',
    )
  }
  return {
    '~type': undefined as never,
    bounded: options.bounded ?? false,
    describe: open.name === '' ? 'iterable' : `iterable ${open.name}`,
    guarantee: 'replays by calling its function again, which must give the same elements',
    replayable: true,
    splits: () => onlySplit,
    open: (_, offset) => {
      const position = positionOf(offset)
      const skips = open.length > 0
      const elements = iterableOf(open({ skip: skips ? position : 0 }))
      return new FeedReader(
        new ElementFeed(elements, { base: position, drop: skips ? 0 : position, keepMax: frameRecordsMax }),
        position,
        false,
      )
    },
  }
}

/**
 * Elements of an iterable that can be read only once, such as the messages of a socket.
 *
 * It keeps what it gave since the last complete checkpoint, at most 100,000 elements, and takes no more until the next one. A restart
 * inside of the process loses nothing; the death of the process does, so a job that reads it is refused together with a state directory.
 */
export function live<T>(once: Iterable<T> | AsyncIterable<T>): Source<T> {
  let feed: ElementFeed<T> | undefined
  const elements = iterableOf(once)
  return {
    '~type': undefined as never,
    bounded: false,
    describe: 'live',
    guarantee: 'restarts inside of the process only: what came since the last checkpoint is lost with it',
    replayable: false,
    inProcess: true,
    splits: () => onlySplit,
    open: (_, offset) => {
      feed ??= new ElementFeed(elements, { base: 0, drop: 0, keepMax: liveRecordsMax })
      const position = positionOf(offset)
      if (position < feed.base) {
        throw new MillraceError(
          'INPUT_CHANGED',
          `live(…) was read before up to element ${feed.base} and cannot go back to ${position}: make a new one for each run of the job`,
        )
      }
      return new FeedReader(feed, position, true)
    },
  }
}

function iterableOf<T>(value: Iterable<T> | AsyncIterable<T>): Iterable<T> | AsyncIterable<T> {
  const given = value as unknown
  if (typeof given === 'object' && given !== null && (Symbol.asyncIterator in given || Symbol.iterator in given)) return value
  const isPromise = isThenable(given)
  const what = isPromise ? 'a promise' : given === null ? 'null' : `a value of type ${typeof given}`
  throw new MillraceError(
    'USER_CODE',
    `the function gave ${what}: it must give an iterable or an async iterable${isPromise ? ', such as an async generator (async function*)' : ''}`,
  )
}

class FeedReader<T> implements Reader<T> {
  readonly #feed: ElementFeed<T>
  /** The feed outlives the reader, and elements stay until a checkpoint no longer needs them. */
  readonly #shared: boolean
  #position: number
  #current: number

  constructor(feed: ElementFeed<T>, position: number, shared: boolean) {
    this.#feed = feed
    this.#shared = shared
    this.#position = position
    this.#current = position
  }

  poll(out: RecordSink<T>, max: number): 'more' | 'wait' | 'end' {
    const feed = this.#feed
    const begin = this.#position
    const there = feed.fill(begin, max)
    for (let i = begin; i < begin + there; i++) {
      this.#current = i
      out.record(feed.at(i))
    }
    this.#position = begin + there
    if (!this.#shared) feed.release(this.#position)
    if (there > 0 || feed.hasMore) return 'more'
    return feed.done ? 'end' : 'wait'
  }

  ready(): PromiseLike<void> {
    return this.#feed.ready(this.#position)
  }

  offset(): Json {
    return this.#position
  }

  where(): string {
    return `element ${this.#current}`
  }

  committed(offset: Json): void {
    if (this.#shared) this.#feed.release(positionOf(offset))
  }

  close(): void {
    if (!this.#shared) this.#feed.close()
  }
}
