// A source that is read no faster than at a rate: `--rate` around any source, without the source knowing.
//
// One allowance for all readers of the source in this process. It fills with time up to a tenth of a second's worth, so that a pause is not
// made up for by a burst, and each record takes one from it.

import type { Json } from '../model/manifest.ts'
import type { RecordSink } from '../model/reader.ts'
import type { Reader, Source, SourceContext } from '../ports/source.ts'

const burstSeconds = 0.1

export function limitedSource<T>(source: Source<T, never>, perSecond: number): Source<T, never> {
  const allowance = new Allowance(perSecond)
  return {
    '~type': source['~type'],
    bounded: source.bounded,
    describe: `${source.describe}, at most ${perSecond} a second`,
    guarantee: source.guarantee,
    replayable: source.replayable,
    inProcess: source.inProcess,
    schema: source.schema,
    splits: (known) => source.splits(known),
    open: async (split, offset, context) => new LimitedReader(await source.open(split, offset, context), allowance, context),
  }
}

class Allowance {
  readonly #perMs: number
  readonly #most: number
  #left: number
  #filledAt: number | undefined

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1_000
    this.#most = Math.max(1, perSecond * burstSeconds)
    this.#left = 1
  }

  /** Whole records that may be read at `now`. */
  at(now: number): number {
    const passed = this.#filledAt === undefined ? 0 : Math.max(0, now - this.#filledAt)
    this.#filledAt = now
    this.#left = Math.min(this.#most, this.#left + passed * this.#perMs)
    return Math.floor(this.#left)
  }

  take(records: number): void {
    this.#left -= records
  }

  /** ms until one may be read. */
  get waitMs(): number {
    return Math.max(1, Math.ceil((1 - this.#left) / this.#perMs))
  }
}

class LimitedReader<T> implements Reader<T> {
  readonly #reader: Reader<T>
  readonly #allowance: Allowance
  readonly #context: SourceContext
  /** The last poll gave nothing because of the rate, not because of the source. */
  #held = false
  #cancel: (() => void) | undefined

  constructor(reader: Reader<T>, allowance: Allowance, context: SourceContext) {
    this.#reader = reader
    this.#allowance = allowance
    this.#context = context
  }

  poll(out: RecordSink<T>, max: number): 'more' | 'wait' | 'end' {
    const allowed = Math.min(max, this.#allowance.at(this.#context.now()))
    this.#held = allowed < 1
    if (this.#held) return 'wait'
    let given = 0
    const counting: RecordSink<T> = {
      record: (value) => {
        given++
        out.record(value)
      },
      malformed: (raw, issue) => {
        given++
        out.malformed(raw, issue)
      },
    }
    const then = this.#reader.poll(counting, allowed)
    this.#allowance.take(given)
    return then
  }

  ready(): PromiseLike<void> {
    if (!this.#held) return this.#reader.ready()
    return new Promise((resolve) => {
      this.#cancel?.()
      this.#cancel = this.#context.after(this.#allowance.waitMs, resolve)
    })
  }

  offset(): Json {
    return this.#reader.offset()
  }

  where(): string {
    return this.#reader.where()
  }

  committed(offset: Json): void {
    this.#reader.committed?.(offset)
  }

  close(): void {
    this.#cancel?.()
    this.#reader.close?.()
  }
}
