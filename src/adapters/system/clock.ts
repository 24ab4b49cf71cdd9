// The clock of this machine: one of the two places that read it.
//
// 1. Node's timers may fire up to a millisecond early, and at once for delays beyond 31 bits; a timer here does neither.
// 2. A pending timer keeps the process alive unless `unref` is set: what it stands for is work that somebody waits for.

import type { Cancel, Clock } from '../../ports/clock.ts'

/** The longest delay that setTimeout takes, ms. */
const delayMaxMs = 2_147_483_647

export interface ClockOptions {
  /** Pending timers do not keep the process alive. Default false. */
  readonly unref?: boolean | undefined
}

export function systemClock(options: ClockOptions = {}): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimer: (delayMs, fire) => setTimer(delayMs, fire, options.unref === true),
  }
}

/** Infinity never fires. */
function setTimer(delayMs: number, fire: () => void, unref: boolean): Cancel {
  const due = performance.now() + delayMs
  let timer: NodeJS.Timeout
  const arm = (): void => {
    timer = setTimeout(ring, Math.min(Math.max(0, Math.ceil(due - performance.now())), delayMaxMs))
    if (unref) timer.unref()
  }
  const ring = (): void => (performance.now() < due ? arm() : fire())
  arm()
  return () => clearTimeout(timer)
}
