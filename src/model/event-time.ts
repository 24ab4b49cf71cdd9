// Event time of a source: where it is in a record, and how the source's watermark follows from it.

export interface EventTimeDefinition {
  /** Event time of a record, ms since the epoch. A record for which it is no finite number fails the job by name. */
  readonly timestamp: (value: never) => number
  /** Records may come this much behind the greatest time seen, ms; 0 = ascending. */
  readonly outOfOrderMs: number
  /** A split without records for this long no longer holds back event time; undefined = never. */
  readonly idleAfterMs: number | undefined
  /** Watermark carried by a record itself, instead of out-of-orderness; undefined = this record carries none. */
  readonly punctuation?: ((value: never) => number | undefined) | undefined
}
