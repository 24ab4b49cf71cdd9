// What a figure is: work that is done in a process of its own, a number that comes out, and the number to reach.

/** Two sizes: `full` long enough to be quoted, `quick` only to see that results are right. */
export type Size = 'full' | 'quick'

/** What one process reports of its side of a figure. */
export interface Outcome {
  /** In the figure's unit. */
  readonly value: number
  /** Count and checksum of the results; sides that do the same work must agree. */
  readonly check: string
  /** Further numbers, for people. */
  readonly detail?: Readonly<Record<string, number>> | undefined
}

export type Run = (size: Size) => Outcome | Promise<Outcome>

export interface Figure {
  readonly id: string
  readonly unit: string
  /** What the figures to reach apply to. A ratio is engine ÷ base; a difference is engine − base. */
  readonly judged: 'ratio' | 'value' | 'difference'
  /** Whether more is better; else less is. */
  readonly more: boolean
  readonly must: number
  readonly aim: number
  /** Work to compare with. Where it is other work by intent, `sameResults` is false and each side checks its own results. */
  readonly base?: Run | undefined
  readonly sameResults?: boolean | undefined
  readonly engine: Run
  /** Further options of the process, such as --expose-gc. */
  readonly flags?: readonly string[] | undefined
  /** Pairs that a full run does at least; 5 unless set. */
  readonly pairs?: number | undefined
}

/** A figure of throughput: records a second against those of the base. */
export function throughput(figure: Pick<Figure, 'id' | 'must' | 'aim' | 'engine' | 'base' | 'sameResults'>): Figure {
  return { unit: 'records/s', judged: 'ratio', more: true, flags: ['--expose-gc'], ...figure }
}

/** Throws where the results are not the expected ones. */
export function expectSame(found: string, expected: string, what: string): void {
  if (found !== expected) throw new Error(`${what}: results are ${found}, they must be ${expected}`)
}
