// A partial: what a sender has folded of one key in one slice, on its way to the window.
//
// It travels where a record would, as a plain object, so that every codec of values carries it. Its event time is the mark: a record has a
// finite time or none (NaN), a partial has -Infinity, and the windows look at it only where they would refuse a record. Whoever receives a
// partial owns its accumulator; whoever sent it never touches it again.

export interface SlicePartial {
  /** Start of the slice. */
  readonly slice: number
  readonly acc: unknown
  /** How many records are in it. */
  readonly count: number
}

export const partialTime = Number.NEGATIVE_INFINITY
