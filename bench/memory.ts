// memory/slow-sink: an endless source before a sink that takes 1,000 records a second: how much the process still grows after 10 s.

import { job, join, type Sink } from 'millrace'
import type { Figure, Outcome, Size } from './figure.ts'
import { numbered } from './state/numbered.ts'

const perSecond = 1_000

interface Item {
  readonly key: number
  readonly text: string
}

/** Takes as long for a batch as its records need. */
function slow(written: { count: number }): Sink<Item> {
  return {
    '~type': undefined as never,
    describe: 'slow sink',
    guarantee: 'at-least-once',
    writer: () => ({
      write: (_, length) =>
        new Promise((resolve) => {
          written.count += length
          setTimeout(resolve, (length * 1_000) / perSecond)
        }),
      prepare: () => [],
    }),
  }
}

const residentMb = (): number => process.memoryUsage.rss() / 2 ** 20

async function run(size: Size): Promise<Outcome> {
  const [settledMs, endMs] = size === 'full' ? [10_000, 60_000] : [1_000, 2_500]
  const written = { count: 0 }
  const endless = job('slow-sink', { checkpointEvery: '1 s' })
  endless
    .source(
      'items',
      numbered((n): Item => ({ key: n, text: `item number ${n}` }), { burst: Number.POSITIVE_INFINITY, perSecond: 0 }),
    )
    .keyBy((e) => e.key % 100)
    .filter((e) => e.key >= 0)
    .to('out', slow(written))
  const began = performance.now()
  const node = await join(endless)
  const passed = (): number => performance.now() - began
  const until = async (ms: number): Promise<number> => {
    let greatest = 0
    while (passed() < ms) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      greatest = Math.max(greatest, residentMb())
    }
    return greatest
  }
  await until(settledMs)
  const settled = residentMb()
  const greatest = await until(endMs)
  await node.close()
  const [least, most] = [(0.5 * perSecond * endMs) / 1_000, (1.2 * perSecond * endMs) / 1_000 + 2_048]
  if (written.count < least || written.count > most)
    throw new Error(`the slow sink was given ${written.count} records, not ${least} to ${most}`)
  return { value: greatest - settled, check: 'slow', detail: { residentMb: settled } }
}

export const slowSink: Figure = {
  id: 'memory/slow-sink',
  unit: 'MB',
  judged: 'value',
  more: false,
  must: 10,
  aim: 2,
  pairs: 5,
  engine: run,
}
