// Where late records go: to the side output 'late' if somebody reads it, else they are counted by that name. Never dropped unseen.

import type { OperatorContext, Receive } from './operator.ts'

/** Name of the side output and of the counter. */
export const lateOutput = 'late'

export function lateReceive(context: OperatorContext): Receive {
  return context.hasSide(lateOutput) ? context.side(lateOutput) : () => context.count(lateOutput, 1)
}
