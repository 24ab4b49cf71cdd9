// A dead letter: a record that made user code fail in every attempt, and was set aside so that the job can go on.

import type { Key } from './key.ts'

export interface DeadLetter {
  /** Id of the operator whose function failed. */
  readonly operator: string
  /** Key of the record; undefined where the operator's input is not keyed. */
  readonly key: Key | undefined
  /** Event time of the record, ms since the epoch; undefined = none. */
  readonly timestamp: number | undefined
  readonly record: unknown
  /** Message of what was thrown. */
  readonly error: string
}
