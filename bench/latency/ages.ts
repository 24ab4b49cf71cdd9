// How old things are when they come out: a histogram of ages, small enough to be passed between threads, and the sink that fills it.

import type { Json, Sink } from 'millrace'

/** ms since the epoch, comparable between threads. */
export const absoluteNow = (): number => performance.timeOrigin + performance.now()

/** Buckets an octave: ages are exact to a hundredth. */
const bucketsPerOctave = 64
const leastMs = 0.001
const bucketCount = 28 * bucketsPerOctave

export class Ages {
  readonly #buckets = new Float64Array(bucketCount)
  count = 0
  max = 0

  /** @param n things of this age */
  add(age: number, n = 1): void {
    const at = age <= leastMs ? 0 : Math.min(bucketCount - 1, Math.ceil(Math.log2(age / leastMs) * bucketsPerOctave))
    this.#buckets[at]! += n
    this.count += n
    if (age > this.max) this.max = age
  }

  /** The least age that so great a share of all does not exceed, ms; NaN where there are none. */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.count))
    let seen = 0
    for (let at = 0; at < bucketCount; at++) {
      seen += this.#buckets[at]!
      if (seen >= wanted) return Math.min(this.max, leastMs * 2 ** (at / bucketsPerOctave))
    }
    return Number.NaN
  }

  toJson(): Json {
    const filled = [...this.#buckets.entries()].filter(([, n]) => n > 0)
    return { max: this.max, at: filled.map(([at]) => at), n: filled.map(([, n]) => n) }
  }

  /** Adds what `toJson` of another gave. */
  merge(json: Json): void {
    const { max, at, n } = json as unknown as { readonly max: number; readonly at: readonly number[]; readonly n: readonly number[] }
    for (const [i, bucket] of at.entries()) {
      this.#buckets[bucket]! += n[i]!
      this.count += n[i]!
    }
    this.max = Math.max(this.max, max)
  }
}

/** What a sink saw: records, the ages of those that it was asked for, and when. */
export class Seen {
  readonly ages = new Ages()
  records = 0
  /** ms since the epoch: of the first record that was made, or else of the first one seen, and of the last one seen. */
  beganAt = Number.POSITIVE_INFINITY
  endedAt = Number.NEGATIVE_INFINITY

  /** Earlier than what is known. */
  begin(at: number): void {
    if (at < this.beganAt) this.beganAt = at
  }

  toJson(): Json {
    return { records: this.records, beganAt: this.beganAt, endedAt: this.endedAt, ages: this.ages.toJson() }
  }

  /** Adds what `toJson` of another gave. */
  merge(json: Json): void {
    const told = json as unknown as Pick<Seen, 'records' | 'beganAt' | 'endedAt'> & { readonly ages: Json }
    this.records += told.records
    this.begin(told.beganAt)
    this.endedAt = Math.max(this.endedAt, told.endedAt)
    this.ages.merge(told.ages)
  }
}

/**
 * A sink that tells `total` what it saw, in whichever thread that was.
 * @param since when a thing began, ms since the epoch; undefined: its age is not looked at
 */
export function aging<T>(total: Seen, since: (value: T) => number | undefined): Sink<T> {
  return {
    '~type': undefined as never,
    describe: 'ages',
    guarantee: 'exactly-once',
    writer: () => {
      let seen = new Seen()
      return {
        write(values, length) {
          const now = absoluteNow()
          seen.records += length
          seen.begin(now)
          seen.endedAt = now
          for (let i = 0; i < length; i++) {
            const at = since(values[i]!)
            if (at !== undefined) seen.ages.add(now - at)
          }
        },
        prepare: () => {
          if (seen.records === 0) return []
          const told = seen.toJson()
          seen = new Seen()
          return [told]
        },
      }
    },
    committer: () => ({
      recover: () => undefined,
      commit: (_, committables) => {
        for (const told of committables) total.merge(told)
      },
    }),
  }
}
