// What happens when an actor fails: the strategies, and the budget of restarts. Pure: the cell tells the time and carries out the decision.
//
// A failing actor is restarted, stopped, or escalated: it stops, and its parent fails of the same error. Restarting keeps address and
// mailbox and makes the behaviour anew; the message that failed is gone. Only the failed actor is concerned (one for one), with its own
// children, which are part of what it made and stop before it is made again. More restarts than the budget allows escalate.
// A defect (MillraceError with that fate) is never restarted: it goes past all parents to the system at once.

import { MillraceError, messageOf } from '../model/errors.ts'

export interface RestartPolicy {
  /** Restarts allowed within any `withinMs`. */
  readonly restarts: number
  /** ms, by the monotonic clock. */
  readonly withinMs: number
  /** Pause before a restart. Default: none. */
  readonly backoff?: RestartBackoff | undefined
}

/** The k-th restart within the window waits `initialMs` · `factor`^(k-1), at most `maxMs`. */
export interface RestartBackoff {
  readonly initialMs: number
  readonly maxMs: number
  /** Default 2. */
  readonly factor?: number | undefined
}

export type Supervision = 'stop' | 'escalate' | RestartPolicy

/** What a parent is told of a child's failure. */
export interface Failure {
  readonly address: string
  readonly error: unknown
  /** The message that was being processed, if any. */
  readonly message?: unknown
  readonly action: 'restarted' | 'stopped' | 'escalated'
}

export class RestartBudget {
  readonly #policy: RestartPolicy
  /** Times of the restarts within the window, oldest first; at most `restarts`. */
  #times: number[] = []

  constructor(policy: RestartPolicy) {
    const { restarts, withinMs, backoff } = policy
    const wrong = !Number.isInteger(restarts) || restarts < 0 || !(withinMs > 0)
    if (wrong || (backoff !== undefined && !(backoff.initialMs >= 0 && backoff.maxMs >= backoff.initialMs && (backoff.factor ?? 2) >= 1))) {
      throw new MillraceError(
        'USAGE',
        `restart policy ${JSON.stringify(policy)}: restarts is a whole number, withinMs is positive, backoff has 0 ≤ initialMs ≤ maxMs and factor ≥ 1`,
      )
    }
    this.#policy = policy
  }

  /** Takes one restart: the pause before it in ms, or undefined when the budget is used up. */
  take(now: number): number | undefined {
    const { restarts, withinMs, backoff } = this.#policy
    this.#times = this.#times.filter((time) => now - time < withinMs)
    if (this.#times.length >= restarts) return undefined
    const before = this.#times.length
    this.#times.push(now)
    return backoff === undefined ? 0 : Math.min(backoff.maxMs, backoff.initialMs * (backoff.factor ?? 2) ** before)
  }
}

export type Decision =
  | { readonly action: 'restarted'; readonly pauseMs: number }
  /** `error` is what it ends with, and what its parent fails of. */
  | { readonly action: 'stopped' | 'escalated'; readonly error: unknown }

export class Supervisor {
  readonly #supervision: Supervision
  readonly #budget: RestartBudget | undefined

  constructor(supervision: Supervision) {
    this.#supervision = supervision
    this.#budget = typeof supervision === 'object' ? new RestartBudget(supervision) : undefined
  }

  /** What becomes of the actor at `address`, which failed at time `now` (monotonic, ms). */
  decide(error: unknown, address: string, now: number): Decision {
    const supervision = this.#supervision
    if (isDefect(error) || supervision === 'escalate') return { action: 'escalated', error }
    if (supervision === 'stop') return { action: 'stopped', error }
    const pauseMs = this.#budget!.take(now)
    if (pauseMs !== undefined) return { action: 'restarted', pauseMs }
    const { restarts, withinMs } = supervision
    const why = `${address} failed again after ${restarts} restarts within ${withinMs} ms, all that its supervision allows: ${messageOf(error)}`
    return { action: 'escalated', error: new MillraceError('RESTARTS_EXHAUSTED', why, { cause: error }) }
  }
}

export function isDefect(error: unknown): boolean {
  return error instanceof MillraceError && error.fate === 'defect'
}
