// The error for saved state of an operator of the engine whose shape this version does not know.

import { MillraceError } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'

export function stateMismatch(operator: OperatorId, state: string, found: number, known: number): MillraceError {
  return new MillraceError(
    'STATE_MISMATCH',
    `operator ${operator}: its state ${state} was saved in version ${found}, and this program knows version ${known}: run it with the version that saved it, or drop the state with --drop ${operator}`,
    { operator },
  )
}
