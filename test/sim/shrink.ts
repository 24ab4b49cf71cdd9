// Makes the choices of a failing run simpler, as long as it fails: less input, fewer faults, shorter waits.
//
// After Hypothesis (MacIver and Donaldson, 2020): what is shrunk are the choices, not the input that they lead to. A stream is cut short,
// blocks of it are dropped or set to 0, and single choices are made smaller; a simplification stays if the run still fails.

import type { ChoiceRecord } from '../../src/sim/choices.ts'

/** Streams, those first whose choices decide most. */
const order = ['faults', 'job', 'input', 'ops', 'user', 'disk', 'order', 'engine']

/**
 * @param fails whether a run of these choices still fails
 * @param triesMax runs at most
 */
export async function shrink(
  choices: ChoiceRecord,
  fails: (choices: ChoiceRecord) => Promise<boolean>,
  triesMax: number,
): Promise<ChoiceRecord> {
  let best = choices
  let tries = 0
  const attempt = async (stream: string, simpler: readonly number[]): Promise<boolean> => {
    if (tries >= triesMax) return false
    tries++
    const candidate = { ...best, [stream]: simpler }
    if (!(await fails(candidate))) return false
    best = candidate
    return true
  }
  const streams = [...order, ...Object.keys(choices).filter((name) => !order.includes(name))]
  for (const stream of streams.toReversed()) if (best[stream] !== undefined) await attempt(stream, [])
  for (let before: ChoiceRecord | undefined; before !== best && tries < triesMax; ) {
    before = best
    for (const stream of streams) if (best[stream] !== undefined) await shrinkStream(stream, () => best[stream]!, attempt)
  }
  return best
}

async function shrinkStream(
  stream: string,
  now: () => readonly number[],
  attempt: (stream: string, simpler: readonly number[]) => Promise<boolean>,
): Promise<void> {
  for (let size = 2 ** Math.floor(Math.log2(Math.max(1, now().length))); size >= 1; size = Math.floor(size / 2)) {
    if (size < now().length / 64) break
    for (let at = 0; at < now().length; at += size) {
      const choices = now()
      const without = [...choices.slice(0, at), ...choices.slice(at + size)]
      const zeroed = [...choices.slice(0, at), ...choices.slice(at, at + size).map(() => 0), ...choices.slice(at + size)]
      if (await attempt(stream, without)) at -= size
      else if (choices.slice(at, at + size).some((choice) => choice !== 0)) await attempt(stream, zeroed)
    }
  }
  for (let at = 0; at < Math.min(64, now().length); at++) {
    const choice = now()[at]!
    if (choice > 1) await attempt(stream, now().with(at, Math.floor(choice / 2)))
  }
}
