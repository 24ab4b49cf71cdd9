// One pass over many events, of which the first ones do not count: until V8 has compiled what a job runs, in each of its threads.

import type { Outcome } from '../figure.ts'
import { settle, type Tally } from '../prepared.ts'

/**
 * @param untimed events before time counts
 * @param timed events behind them
 * @param run a pass over so many events in all
 */
export async function warmPass(
  untimed: number,
  timed: number,
  run: (events: number, untimed: number) => Tally | Promise<Tally>,
): Promise<Outcome> {
  settle()
  const tally = await run(untimed + timed, untimed)
  return { value: tally.rateOf(timed), check: tally.check, detail: { cpuNs: (tally.cpuMicros * 1_000) / timed } }
}
