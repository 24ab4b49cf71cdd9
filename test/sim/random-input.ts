// Input of a simulated job: splits of records that can be read again from any offset, in chunks and with pauses that are choices of the world.

import type { Json } from '../../src/model/manifest.ts'
import type { RecordSink } from '../../src/model/reader.ts'
import type { Reader, Source } from '../../src/ports/source.ts'
import type { Choices } from '../../src/sim/choices.ts'
import { SplitRandom } from '../../src/sim/random.ts'

export interface Rec {
  /** Unique in the run. */
  readonly id: number
  readonly split: string
  /** Position in its split. */
  readonly n: number
  readonly key: string | number
  /** Event time, ms. */
  readonly t: number
  readonly v: number
  /** Watermark that it carries, where the input has punctuation: no later record of its split is at or before it. */
  readonly w?: number
}

export interface InputShape {
  readonly seed: number
  readonly splits: number
  /** Records of each split. */
  readonly records: number
  readonly keys: number
  /** Event time from one record of a split to the next, ms. */
  readonly stepMs: number
  readonly outOfOrderMs: number
  /** Some records are later than that. */
  readonly late: boolean
  /** Some records carry the watermark. */
  readonly punctuated: boolean
  readonly idleAfterMs: number | undefined
}

/** @param late some records may be late: also those of splits that were taken for idle */
export function drawInput(choices: Choices, recordsMax: number, late: boolean): InputShape {
  const stream = choices.stream('input')
  return {
    seed: stream.below(2 ** 31),
    splits: stream.between(1, 4),
    records: stream.below(recordsMax + 1),
    keys: stream.of([1, 3, 8, 40]),
    stepMs: stream.of([1, 5, 20]),
    outOfOrderMs: stream.of([0, 10, 50]),
    late,
    punctuated: !late && stream.chance(0.2),
    idleAfterMs: late ? stream.of([undefined, 4, 15]) : undefined,
  }
}

/** How many records of each split were read, by the split's id; all of those that are not named. */
export type Taken = ReadonlyMap<string, number>

/** All splits, each in the order in which it is read. */
export function recordsOf(shape: InputShape, source: string, idBase: number, taken: Taken): Rec[][] {
  const splits: Rec[][] = []
  for (let s = 0; s < shape.splits; s++) {
    const random = new SplitRandom(shape.seed, `${source}${s}`)
    const split: Rec[] = []
    for (let n = 0; n < shape.records; n++) {
      const key = Math.floor(random.next() * shape.keys)
      const behind =
        shape.late && random.next() < 0.1 ? shape.outOfOrderMs + 1 + random.next() * 40 * shape.stepMs : random.next() * shape.outOfOrderMs
      split.push({
        id: idBase + s * 100_000 + n,
        split: `${source}${s}`,
        n,
        key: key % 3 === 2 ? String(key) : key,
        t: Math.max(0, 1_000 + n * shape.stepMs - Math.floor(behind)),
        v: Math.floor(random.next() * 100),
      })
    }
    const whole = shape.punctuated ? withWatermarks(split) : split
    splits.push(whole.slice(0, taken.get(splitId(source, s)) ?? whole.length))
  }
  return splits
}

const splitId = (source: string, split: number): string => `${source}-${split}`

/**
 * Every fourth record says how far the split is: one ms less than it could, for whether two sessions that only touch are one depends on whether
 * the watermark came between them.
 */
function withWatermarks(split: readonly Rec[]): Rec[] {
  let least = Number.POSITIVE_INFINITY
  const marked = split.toReversed().map((record) => {
    const w = least - 2
    least = Math.min(least, record.t)
    return record.n % 4 === 3 && Number.isFinite(w) ? { ...record, w } : record
  })
  return marked.reverse()
}

/** How fast a source gives its records. */
export interface Pace {
  /** How many records come at once. */
  chunk(): number
  /** Until more come, ms. */
  pauseMs(): number
  after(delayMs: number, fire: () => void): void
}

export function inputSource(name: string, splits: readonly (readonly Rec[])[], pace: Pace): Source<Rec> {
  return {
    '~type': undefined as never,
    bounded: true,
    describe: name,
    guarantee: 'reads its records again',
    replayable: true,
    splits: () => splits.map((_, i) => ({ id: splitId(name, i) })),
    open: (split, offset) => new ChunkReader(splits[Number(split.id.slice(name.length + 1))]!, (offset as number | undefined) ?? 0, pace),
  }
}

class ChunkReader implements Reader<Rec> {
  readonly #records: readonly Rec[]
  readonly #pace: Pace
  #at: number

  constructor(records: readonly Rec[], at: number, pace: Pace) {
    this.#records = records
    this.#at = at
    this.#pace = pace
  }

  poll(out: RecordSink<Rec>, max: number): 'more' | 'wait' | 'end' {
    const end = Math.min(this.#records.length, this.#at + Math.min(max, this.#pace.chunk()))
    while (this.#at < end) {
      const record = this.#records[this.#at]!
      this.#at++
      out.record(record)
    }
    return this.#at === this.#records.length ? 'end' : 'wait'
  }

  ready(): Promise<void> {
    return new Promise((resolve) => this.#pace.after(this.#pace.pauseMs(), resolve))
  }

  offset(): Json {
    return this.#at
  }

  where(): string {
    return `record ${this.#at}`
  }
}
