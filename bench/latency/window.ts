// latency/window: rows of tumbling windows of 50 ms by the time at which records are made, behind an exchange in one thread. A row's age
// goes from the making of the first record behind the window's end to its arrival, so it holds the time until the watermark goes out.

import { generator, job, join, tumbling } from 'millrace'
import type { Figure } from '../figure.ts'
import { absoluteNow, aging } from './ages.ts'
import { atHalfRate, type RunPass } from './half-rate.ts'

const keys = 1_000
const windowMs = 50

const run: RunPass = async ({ count, perSecond, untimed }, seen) => {
  /** When the source came behind the end of a window, by that end. */
  const passed = new Map<number, number>()
  let end = Number.NEGATIVE_INFINITY
  let counted = 0
  const made = job('latency-window', { checkpointEvery: '1 h', parallelism: 2 })
  made
    .source(
      'events',
      generator(
        (n) => {
          const at = absoluteNow()
          if (n === 0) seen.begin(at)
          if (at >= end) {
            if (n >= untimed) passed.set(end, at)
            end = at - (at % windowMs) + windowMs
          }
          return { key: n % keys, at: Math.floor(at) }
        },
        { count, perSecond },
      ),
      { timestamp: (e) => e.at },
    )
    .keyBy((e) => e.key)
    .window(tumbling(windowMs))
    .aggregate('counts', {
      init: () => 0,
      add: (n) => n + 1,
      merge: (a, b) => a + b,
      result: (n, { window }) => ({ n, end: window.end }),
    })
    .to(
      'out',
      aging(seen, (row) => {
        counted += row.n
        return passed.get(row.end)
      }),
    )
  const node = await join(made)
  await node.done
  if (counted !== count) throw new Error(`the windows hold ${counted} records of ${count}`)
}

export const windowLatency: Figure = {
  id: 'latency/window',
  unit: 'ms (p99)',
  judged: 'value',
  more: false,
  must: 60,
  aim: 8,
  engine: (size) => atHalfRate(size, run),
}
