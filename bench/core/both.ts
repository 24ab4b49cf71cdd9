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

/** Until V8 has compiled for good. */
const warmUpOf = (count: number): number => Math.min(count, 2_000_000)

/**
 * Both sides go through `untimed` more records first, in the same pass: a job's own code is compiled anew for each job, and thrown away with
 * its objects when garbage is collected, so that what a job of another pass has warmed up is cold again. For records whose results do not
 * depend on each other: the base takes both parts one after the other.
 */
export interface LongInput<R> extends Input<readonly R[]> {
  readonly untimed: (size: Size) => number
}

export function longBase<R>({ prepare, count, untimed }: LongInput<R>, work: (records: readonly R[], tally: Tally) => Promise<void>): Run {
  return async (size) => {
    const before = untimed(size)
    const input = prepare(before + count(size))
    const [first, rest] = [input.slice(0, before), input.slice(before)]
    settle()
    const tally = new Tally()
    await work(first, tally)
    tally.begin()
    await work(rest, tally)
    tally.read()
    tally.ended = performance.now()
    return outcome(tally, rest.length)
  }
}

export function longEngine<R>({ prepare, count, untimed }: LongInput<R>, define: (records: readonly R[], tally: Tally) => Job): Run {
  return async (size) => {
    const input = prepare(untimed(size) + count(size))
    settle()
    const tally = new Tally(untimed(size))
    await runToEnd(define(input, tally))
    return outcome(tally, count(size))
  }
}

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
