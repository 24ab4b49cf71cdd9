// The calls of one async step: which are in flight, which wait for room, which pause before a retry, and when the next is due.
//
// Invariants:
//   1. at most `concurrency` calls of the step are in flight; who waits starts in the order of waiting;
//   2. a run that has started has a deadline, if the step has a timeout, and keeps it over retries, pauses and waiting;
//   3. nothing is due when nothing is in flight, waits or pauses.

import { MillraceError } from '../model/errors.ts'
import type { AsyncStep } from './async-definition.ts'
import { inputOf, type Run, Timing } from './async-run.ts'
import { LinkedList } from './linked-list.ts'
import type { AsyncCalls, Progress } from './operator.ts'

export class StepCalls {
  readonly definition: AsyncStep
  readonly #calls: AsyncCalls
  readonly #progress: Progress
  #firstWaiting: Run | undefined = undefined
  #lastWaiting: Run | undefined = undefined
  /** Of started runs, in the order of their deadlines. */
  readonly #deadlines = new LinkedList<Timing>()
  /** By the end of their pause. */
  readonly #pauses: Timing[] = []
  #inFlight = 0

  constructor(definition: AsyncStep, calls: AsyncCalls, progress: Progress) {
    this.definition = definition
    this.#calls = calls
    this.#progress = progress
  }

  /** The run has come to this step. */
  enter(run: Run): void {
    run.calls = this
    run.attempt = 0
    if (this.#firstWaiting === undefined && this.#inFlight < this.definition.concurrency) this.#start(run)
    else this.#wait(run)
  }

  /** The run's call is over. */
  landed(run: Run): void {
    this.#inFlight--
    run.id = -1
  }

  /** The run has its result for this step. */
  leave(run: Run): void {
    const { timing } = run
    if (timing === undefined) return
    if (!Number.isNaN(timing.deadline)) this.#deadlines.remove(timing)
    run.timing = undefined
  }

  /** The run's call failed. False when it has no retry left. */
  retry(run: Run): boolean {
    const { retries, backoff } = this.definition
    if (run.attempt > retries) return false
    const timing = (run.timing ??= new Timing(run))
    const due = this.#progress.now + Math.min(backoff.maxMs, backoff.initialMs * backoff.factor ** (run.attempt - 1))
    timing.due = due
    let at = this.#pauses.length
    while (at > 0 && this.#pauses[at - 1]!.due > due) at--
    this.#pauses.splice(at, 0, timing)
    return true
  }

  /** Starts what waits, as far as there is room. */
  fill(): void {
    for (let run = this.#firstWaiting; run !== undefined && this.#inFlight < this.definition.concurrency; run = this.#firstWaiting) {
      this.#firstWaiting = run.nextWaiting
      run.nextWaiting = undefined
      this.#start(run)
    }
  }

  nextTime(): number {
    const deadline = this.#deadlines.head?.deadline ?? Number.POSITIVE_INFINITY
    return Math.min(deadline, this.#pauses[0]?.due ?? Number.POSITIVE_INFINITY)
  }

  /** Takes the first run whose deadline has come: its call is cancelled and forgotten. */
  takeExpired(now: number): Run | undefined {
    const timing = this.#deadlines.head
    if (timing === undefined || timing.deadline > now) return undefined
    const { run } = timing
    if (run.id >= 0) {
      this.#calls.cancel(run.id, this.timeoutError())
      this.landed(run)
    } else if (!Number.isNaN(timing.due)) this.#pauses.splice(this.#pauses.indexOf(timing), 1)
    else this.#stopWaiting(run)
    this.leave(run)
    return run
  }

  /** Lets those whose pause is over go on. */
  endPauses(now: number): void {
    for (let first = this.#pauses[0]; first !== undefined && first.due <= now; first = this.#pauses[0]) {
      this.#pauses.shift()
      first.due = Number.NaN
      this.#wait(first.run)
    }
    this.fill()
  }

  /** @param whose of which record */
  timeoutError(whose = ''): MillraceError {
    const { id, timeoutMs } = this.definition
    return new MillraceError(
      'ASYNC_TIMEOUT',
      `${id} gave no result${whose} within its timeout of ${timeoutMs} ms: raise the timeout, or give onTimeout, whose value then takes the result's place`,
      { operator: id },
    )
  }

  #wait(run: Run): void {
    if (this.#firstWaiting === undefined) this.#firstWaiting = run
    else this.#lastWaiting!.nextWaiting = run
    this.#lastWaiting = run
  }

  /** Rare, so a search will do. */
  #stopWaiting(run: Run): void {
    let before: Run | undefined
    for (let one = this.#firstWaiting; one !== run; one = one!.nextWaiting) before = one
    if (before === undefined) this.#firstWaiting = run.nextWaiting
    else before.nextWaiting = run.nextWaiting
    if (this.#lastWaiting === run) this.#lastWaiting = before
    run.nextWaiting = undefined
  }

  #start(run: Run): void {
    const { fn, timeoutMs } = this.definition
    this.#inFlight++
    if (run.attempt++ === 0 && timeoutMs !== undefined) {
      run.timing = new Timing(run)
      run.timing.deadline = this.#progress.now + timeoutMs
      this.#deadlines.append(run.timing)
    }
    run.id = this.#calls.start(fn, inputOf(run), run.attempt, run)
  }
}
