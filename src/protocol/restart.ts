// When a failed region is deployed again: back-off, and the budget of restarts.
//
// 1. The first restart comes after `firstMs` (at once, by default), the next ones after `initialMs` × factor^k, at most `maxMs`, plus or
//    minus the jitter.
// 2. After `resetAfterMs` of running without a failure the row begins anew. Time spent on recovering is not calm.
// 3. Failures by which a failing record was found count no longer when it has been set aside.
// 4. More than `restarts` within `withinMs` exhaust the budget. Failures of one instant are one attempt: they share one restart.

export interface RestartPolicy {
  /** Pause before the first restart of a row; undefined = as the others, beginning with `initialMs`. */
  readonly firstMs: number | undefined
  readonly initialMs: number
  readonly factor: number
  readonly maxMs: number
  readonly resetAfterMs: number
  /** Part of a pause by which it varies, 0 … 1. */
  readonly jitter: number
  /** Restarts allowed within `withinMs`; 0 = the first failure fails the job. */
  readonly restarts: number
  readonly withinMs: number
}

export type RestartDecision = { readonly kind: 'restart'; readonly afterMs: number } | { readonly kind: 'exhausted' }

export class RestartBudget {
  readonly #policy: RestartPolicy
  /** Failures in a row, and when they were. */
  #row = 0
  #times: number[] = []
  #failedAt = Number.NaN
  #last: RestartDecision = { kind: 'exhausted' }
  /** Since when the job has been running without a failure; NaN = it is not. */
  #calmSince = Number.NaN

  constructor(policy: RestartPolicy) {
    this.#policy = policy
  }

  /** Everything runs (again). */
  running(now: number): void {
    this.#calmSince = now
  }

  /** The last `failures` have been dealt with: they do not count any more, and the row begins anew. */
  forgive(failures: number): void {
    this.#times.length = Math.max(0, this.#times.length - failures)
    this.#row = 0
  }

  /**
   * Something failed at `now`.
   * @param dice chance in [0, 1) for the jitter
   */
  failed(now: number, dice: number): RestartDecision {
    if (now === this.#failedAt) return this.#last
    if (now - this.#calmSince >= this.#policy.resetAfterMs) this.#row = 0
    this.#calmSince = Number.NaN
    this.#failedAt = now
    this.#last = this.#decide(now, dice)
    return this.#last
  }

  #decide(now: number, dice: number): RestartDecision {
    const { restarts, withinMs } = this.#policy
    this.#times = this.#times.filter((time) => now - time < withinMs)
    if (this.#times.length >= restarts) return { kind: 'exhausted' }
    this.#times.push(now)
    const afterMs = this.#pause(dice)
    this.#row++
    return { kind: 'restart', afterMs }
  }

  #pause(dice: number): number {
    const { firstMs, initialMs, factor, maxMs, jitter } = this.#policy
    if (this.#row === 0 && firstMs !== undefined) return firstMs
    const grown = initialMs * factor ** (firstMs === undefined ? this.#row : this.#row - 1)
    return Math.round(Math.min(grown, maxMs) * (1 + jitter * (2 * dice - 1)))
  }
}
