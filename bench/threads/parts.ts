// A tally on threads: each counts by itself, and the counts come to the main thread with the last checkpoint, as what the sink has staged.

import type { Sink } from 'millrace'
import { Tally } from '../prepared.ts'

/** What one thread says of its part. Times in ms since the epoch; CPU time is the process's. */
export interface Part {
  readonly count: number
  readonly sum: number
  readonly began: number | null
  readonly ended: number | null
  readonly cpuBegan: number
  readonly cpuEnded: number
}

const absolute = (time: number): number | null => (Number.isNaN(time) ? null : performance.timeOrigin + time)

function partOf(tally: Tally): Part {
  const { count, sum, began, ended, cpuBegan, cpuMicros } = tally
  return { count, sum, began: absolute(began), ended: absolute(ended), cpuBegan, cpuEnded: cpuBegan + cpuMicros }
}

/**
 * A sink whose writers count in a tally of their thread.
 * @param local counts in `tally`; @param parts gets what all threads counted
 */
export function inThreads<T>(local: Sink<T>, tally: Tally, parts: Part[]): Sink<T> {
  return {
    ...local,
    guarantee: 'exactly-once',
    writer: async (context) => {
      const writer = await local.writer(context)
      return {
        write: (rows, length) => writer.write(rows, length),
        prepare: () => {
          const part = partOf(tally)
          tally.count = tally.sum = 0
          return [{ ...part }]
        },
      }
    },
    committer: () => ({
      recover: () => undefined,
      commit: (_, committables) => void parts.push(...(committables as unknown as readonly Part[])),
    }),
  }
}

/** Of all threads together: from the first that began to the last that ended. */
export function tallyOf(parts: readonly Part[]): Tally {
  const tally = new Tally()
  for (const { count, sum } of parts) {
    tally.count += count
    tally.sum = (tally.sum + sum) | 0
  }
  const began = parts.filter((part) => part.began !== null)
  tally.began = Math.min(...began.map((part) => part.began!)) - performance.timeOrigin
  tally.ended = Math.max(...parts.flatMap(({ ended }) => ended ?? [])) - performance.timeOrigin
  tally.cpuMicros = Math.max(...parts.map(({ cpuEnded }) => cpuEnded)) - Math.min(...began.map(({ cpuBegan }) => cpuBegan))
  return tally
}
