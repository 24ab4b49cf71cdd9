// Saved values of another version: given to the job's own `migrate`, or refused by name.

import { MillraceError, messageOf } from '../model/errors.ts'
import { isThenable } from '../model/thenable.ts'

export interface Versioned {
  readonly version: number
  readonly migrate: ((old: unknown, from: number) => unknown) | undefined
}

/**
 * The saved value as this version of the job knows it.
 * @param saved how messages call it, with its verb: 'its state total was'
 * @param declared what declares its version: 'the state'
 * @throws STATE_MISMATCH, naming operator, value and versions
 */
export function migrated(
  operator: string,
  saved: string,
  declared: string,
  { version, migrate }: Versioned,
  value: unknown,
  from: number,
): unknown {
  if (from === version) return value
  const where = `operator ${operator}: ${saved} saved in version ${from}, and this job has version ${version}`
  if (from > version || migrate === undefined) {
    const remedy = from > version ? 'run the newer job' : `give ${declared} a migrate(old, from)`
    throw new MillraceError('STATE_MISMATCH', `${where}: ${remedy}, or drop the state with --drop ${operator}`, { operator })
  }
  let now: unknown
  try {
    now = migrate(value, from)
  } catch (thrown) {
    throw new MillraceError('STATE_MISMATCH', `${where}, and its migrate threw: ${messageOf(thrown)}`, { operator, cause: thrown })
  }
  if (!isThenable(now)) return now
  throw new MillraceError('STATE_MISMATCH', `${where}, and its migrate gave a promise: it must be synchronous`, { operator })
}
