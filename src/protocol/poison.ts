// Finds the record that fails every attempt. Records carry no provenance, so one is known by its operator and a fingerprint.
//
// A record counts once an attempt. When it has failed `failuresMax` attempts the verdict is 'divert' (it goes to the dead-letter output
// before user code sees it) or 'fail' (the job fails, naming it), by policy; and 'fail' when so many have been diverted that it is not the
// records. The memory is bounded; the oldest suspect is forgotten first.

import type { Attempt, OperatorId } from '../model/ids.ts'
import { poisonRecordsNamedMax } from '../model/limits.ts'

export interface PoisonRecord {
  readonly operator: OperatorId
  readonly fingerprint: number
  /** What was thrown, for its dead letter. */
  readonly error: string
}

export interface PoisonPolicy {
  readonly onPoison: 'fail' | 'dead-letter'
  readonly failuresMax: number
}

export type PoisonVerdict = 'retry' | 'divert' | 'fail'

export class PoisonCounter {
  readonly #policy: PoisonPolicy
  readonly #suspects = new Map<string, { failures: number; attempt: Attempt }>()
  readonly #diverted: PoisonRecord[] = []

  constructor(policy: PoisonPolicy) {
    this.#policy = policy
  }

  /** Records to divert, for the next deployment. */
  get diverted(): readonly PoisonRecord[] {
    return this.#diverted
  }

  failed(attempt: Attempt, record: PoisonRecord): PoisonVerdict {
    const name = `${record.operator}/${record.fingerprint}`
    const suspect = this.#suspects.get(name)
    if (suspect?.attempt === attempt) return 'retry'
    const failures = (suspect?.failures ?? 0) + 1
    this.#suspects.delete(name)
    if (failures < this.#policy.failuresMax) {
      this.#suspects.set(name, { failures, attempt })
      if (this.#suspects.size > poisonRecordsNamedMax) this.#suspects.delete(this.#suspects.keys().next().value!)
      return 'retry'
    }
    if (this.#policy.onPoison === 'fail' || this.#diverted.length === poisonRecordsNamedMax) return 'fail'
    this.#diverted.push(record)
    return 'divert'
  }
}
