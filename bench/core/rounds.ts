// A source that gives the same prepared records again and again, each round later in event time, as long as a figure needs it.
//
// A record's time is the start of its round and its place in it, so millions of records a minute need no memory of their own.

import type { EventTime, Source } from 'millrace'
import { firstTime } from '../prepared.ts'

export interface Placed {
  /** ms from the start of its round. */
  readonly at: number
}

export class Rounds<T extends Placed> {
  readonly source: Source<T>
  readonly #records: readonly T[]
  readonly #lengthMs: number
  #round = 0
  /** Records of the round given so far. */
  #next = 0
  /** When rounds ended: ms of `performance.now`. */
  readonly endings: number[] = []
  began = Number.NaN

  /**
   * @param then what the reader does when all rounds are over: it ends, or it waits and gives a last record when `release` is called
   */
  constructor(records: readonly T[], lengthMs: number, rounds: number, last?: { readonly record: T; readonly when: Promise<void> }) {
    this.#records = records
    this.#lengthMs = lengthMs
    let released = false
    last?.when.then(() => {
      released = true
    }, undefined)
    this.source = {
      '~type': undefined as never,
      bounded: last === undefined,
      describe: `${rounds} rounds of ${records.length} records`,
      guarantee: 'cannot be read again',
      replayable: false,
      splits: () => [{ id: 'all' }],
      open: () => ({
        poll: (out, max) => {
          if (Number.isNaN(this.began)) this.began = performance.now()
          if (this.#round === rounds) {
            if (last === undefined) return 'end'
            if (released) out.record(last.record)
            released = false
            return 'wait'
          }
          const end = Math.min(records.length, this.#next + max)
          for (; this.#next < end; this.#next++) out.record(records[this.#next]!)
          if (end === records.length) this.#endRound()
          return 'more'
        },
        ready: () => (this.#round === rounds && last !== undefined && !released ? last.when : new Promise<void>(() => undefined)),
        offset: () => this.#round * this.#records.length + this.#next,
        where: () => `record ${this.#next} of round ${this.#round}`,
      }),
    }
  }

  #endRound(): void {
    this.endings.push(performance.now())
    this.#round++
    this.#next = 0
  }

  /** Start of the round that is being read. */
  get start(): number {
    return firstTime + this.#round * this.#lengthMs
  }

  time(punctuation?: (record: T, time: number) => number | undefined): EventTime<T> {
    const timestamp = (record: T): number => this.start + record.at
    if (punctuation === undefined) return { timestamp, punctuation: () => undefined }
    return { timestamp, punctuation: (record) => punctuation(record, this.start + record.at) }
  }
}
