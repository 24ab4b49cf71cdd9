// The two sides of a figure of throughput: warm up on records of their own, then one timed pass.

import { type Job, type JobOptions, join } from 'millrace'
import type { Outcome, Run, Size } from '../figure.ts'
import { settle, Tally } from '../prepared.ts'

export interface Input<R> {
  /** Records of a pass; the same ones for the same number. */
  readonly prepare: (count: number) => R
  readonly count: (size: Size) => number
}

/** No checkpoints but the last one, which is not timed. */
export const unchecked: JobOptions = { checkpointEvery: '1 h' }

/** Until V8 has compiled for good, which takes it longest in `core/async`. */
const warmUpOf = (count: number): number => Math.min(count, 2_000_000)

/** The base: a function over the records that adds each result to the tally. */
export function base<R>({ prepare, count }: Input<R>, work: (records: R, tally: Tally) => void | Promise<void>): Run {
  return async (size) => {
    const records = count(size)
    const warm = prepare(warmUpOf(records))
    await work(warm, new Tally())
    const input = prepare(records)
    settle()
    const tally = new Tally()
    tally.begin()
    await work(input, tally)
    tally.read()
    tally.ended = performance.now()
    return outcome(tally, records)
  }
}

/** The engine: a job over the records, whose sink and source keep the tally. */
export function engine<R>({ prepare, count }: Input<R>, define: (records: R, tally: Tally) => Job): Run {
  return async (size) => {
    const records = count(size)
    await runToEnd(define(prepare(warmUpOf(records)), new Tally()))
    const input = prepare(records)
    settle()
    const tally = new Tally()
    await runToEnd(define(input, tally))
    return outcome(tally, records)
  }
}

export async function runToEnd(job: Job): Promise<void> {
  const node = await join(job)
  await node.done
}

function outcome(tally: Tally, records: number): Outcome {
  return { value: tally.rateOf(records), check: tally.check, detail: { cpuNs: (tally.cpuMicros * 1_000) / records } }
}
