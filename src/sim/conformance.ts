// What a conformance kit consists of: named checks that any test runner can run.

import { MillraceError } from '../model/errors.ts'

export interface ConformanceCheck {
  readonly name: string
  /** Rejects with what is wrong. */
  run(): Promise<void>
}

/** Fails a check. The code is that of a wrong option: what was given to the kit does not keep its contract. */
export function must(condition: boolean, problem: () => string): asserts condition {
  if (!condition) throw new MillraceError('USAGE', problem())
}
