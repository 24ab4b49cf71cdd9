// Reads a source as the engine does: polls until the reader says to wait, waits, polls again.

import type { Json } from '../../src/model/manifest.ts'
import type { RecordSink } from '../../src/model/reader.ts'
import type { Reader, Source, SourceContext } from '../../src/ports/source.ts'

/** A clock that stands still until it is moved. */
export class StandingClock implements SourceContext {
  readonly operator = 'source'
  readonly #timers: { readonly at: number; readonly fire: () => void }[] = []
  time = 0

  now(): number {
    return this.time
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { at: this.time + delayMs, fire }
    this.#timers.push(timer)
    return () => this.#timers.splice(this.#timers.indexOf(timer), 1)
  }

  /** Moves to the next timer and fires it. */
  next(): void {
    this.#timers.sort((a, b) => a.at - b.at)
    const timer = this.#timers.shift()!
    this.time = timer.at
    timer.fire()
  }
}

export async function open<T>(
  source: Source<T>,
  offset?: Json,
  context: SourceContext = new StandingClock(),
  split = 0,
): Promise<Reader<T>> {
  const splits = await source.splits([])
  return source.open(splits[split]!, offset, context)
}

/** Where records go; there is nothing malformed in code. */
export const into = <T>(records: T[]): RecordSink<T> => ({
  record: (value) => void records.push(value),
  malformed: (_, issue) => {
    throw new Error(issue)
  },
})

/** Takes at least `n` records, or all until the end. */
export async function take<T>(reader: Reader<T>, n = Number.POSITIVE_INFINITY, max = 1_024): Promise<T[]> {
  const records: T[] = []
  while (records.length < n) {
    const result = reader.poll(into(records), Math.min(max, n - records.length))
    if (result === 'end') break
    if (result === 'wait') await reader.ready()
  }
  return records
}
