// How the coordinator reaches the worker that hosts subtasks.

import type { Attempt, SubtaskId } from '../src/model/ids.ts'
import type { SubtaskMessage } from '../src/model/messages.ts'
import type { DeployOrder } from '../src/protocol/coordinator-types.ts'

export interface Deployer {
  /** Makes the subtasks of a region. Each reports `restored` when it is ready to start, or `failed`. */
  deploy(order: DeployOrder): void
  /** For a subtask of an attempt; dropped when that attempt is not here any more. */
  send(attempt: Attempt, subtask: SubtaskId, message: SubtaskMessage): void
  /** Takes a region's attempt away. Each of its subtasks reports `stopped`, the failed ones, too. */
  cancel(region: number, attempt: Attempt): void
}
