// Plays recorded events against the clock, faster than they happened.

import { setTimeout } from 'node:timers/promises'
import { iterable, type Source } from 'millrace'
import type { Arrival } from './shoppers.ts'

/** Maps the time at which an event arrives to the machine's clock. Starts with its first use. */
export class Pace {
  readonly #firstMs: number
  readonly #speed: number
  #startedAt: number | undefined

  /** @param speed event time per time: 60 plays an hour in a minute */
  constructor(firstMs: number, speed: number) {
    this.#firstMs = firstMs
    this.#speed = speed
  }

  /** ms until an event is due. */
  until(arrives: number): number {
    const now = performance.now()
    this.#startedAt ??= now
    return this.#startedAt + (arrives - this.#firstMs) / this.#speed - now
  }
}

/** Events in order of arrival, each when it is due; without a pace as fast as they are taken. Replays from any event. */
export function played<E>(arrivals: readonly Arrival<E>[], pace?: Pace): Source<E> {
  return iterable(({ skip }) => play(arrivals, skip, pace), { bounded: true })
}

async function* play<E>(arrivals: readonly Arrival<E>[], skip: number, pace: Pace | undefined): AsyncGenerator<E> {
  for (let i = skip; i < arrivals.length; i++) {
    const { arrives, event } = arrivals[i]!
    const wait = pace?.until(arrives) ?? 0
    if (wait > 1) await setTimeout(wait)
    yield event
  }
}
