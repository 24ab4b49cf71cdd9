// The error for a record without a usable timestamp where windows go by event time.

import { MillraceError } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'

export const noTimestamp = (operator: OperatorId, time: number): MillraceError =>
  new MillraceError(
    'USER_CODE',
    `window ${operator} goes by event time, and a record came with the timestamp ${time}: give the source a timestamp, or the window { time: 'processing' }`,
    { operator },
  )
