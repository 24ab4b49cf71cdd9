// What a failure leads to: another attempt after a pause, or the end of the job. Puts together fates, the restart budget and poison records.

import { MillraceError } from '../model/errors.ts'
import type { Attempt, OperatorId } from '../model/ids.ts'
import { PoisonCounter, type PoisonPolicy, type PoisonRecord, type PoisonVerdict } from './poison.ts'
import { RestartBudget, type RestartDecision, type RestartPolicy } from './restart.ts'

export type Reaction = { readonly kind: 'restart'; readonly afterMs: number } | { readonly kind: 'give-up'; readonly error: MillraceError }

export class FailurePolicy {
  readonly #restart: RestartPolicy
  readonly #budget: RestartBudget
  readonly #poison: PoisonCounter
  readonly #failuresMax: number
  #failedAt = Number.NaN
  /** Failures of one instant count once. */
  restarts = 0
  lastError: MillraceError | undefined

  constructor(restart: RestartPolicy, poison: PoisonPolicy) {
    this.#restart = restart
    this.#budget = new RestartBudget(restart)
    this.#poison = new PoisonCounter(poison)
    this.#failuresMax = poison.failuresMax
  }

  get diverted(): readonly PoisonRecord[] {
    return [...this.#poison.diverted]
  }

  running(now: number): void {
    this.#budget.running(now)
  }

  failed(attempt: Attempt, error: MillraceError, now: number, dice: number): Reaction {
    this.lastError = error
    if (error.fate !== 'fault') return { kind: 'give-up', error }
    if (this.#restart.restarts === 0) return { kind: 'give-up', error }
    const verdict = this.#countPoison(attempt, error)
    if (verdict === 'fail') return { kind: 'give-up', error: poisonedBy(error, this.#poison.diverted.length) }
    const decision = verdict === 'divert' ? this.#setAside() : this.#budget.failed(now, dice)
    if (decision.kind === 'restart') {
      if (now !== this.#failedAt) this.restarts++
      this.#failedAt = now
      return decision
    }
    const { restarts, withinMs } = this.#restart
    const what = `more than ${restarts} restarts within ${withinMs / 1000} s; the last failure: ${error.message}. The state is kept: fix the cause and start the job again`
    return { kind: 'give-up', error: new MillraceError('RESTARTS_EXHAUSTED', what, { cause: error, operator: error.operator }) }
  }

  /** A record that has failed so many attempts will not fail the next one. */
  #setAside(): RestartDecision {
    this.#budget.forgive(this.#failuresMax - 1)
    return { kind: 'restart', afterMs: 0 }
  }

  #countPoison(attempt: Attempt, { operator, fingerprint, message }: MillraceError): PoisonVerdict {
    if (operator === undefined || fingerprint === undefined) return 'retry'
    return this.#poison.failed(attempt, { operator: operator as OperatorId, fingerprint, error: message })
  }
}

/** @param setAside records that have gone to the dead letters before it */
function poisonedBy(error: MillraceError, setAside: number): MillraceError {
  const { operator, fingerprint, message } = error
  const what =
    setAside === 0
      ? `the same record fails every attempt: ${message}. Fix the operator or the record, or let such records go to deadLetters()`
      : `${setAside} different records are set aside already, and one more fails every attempt: ${message}. Fix the operator`
  return new MillraceError('USER_CODE', what, { cause: error, operator, fingerprint, fate: 'fatal' })
}
