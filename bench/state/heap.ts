// state/heap-per-key: what 1,000,000 counts weigh, in the heap and in typed arrays, while their job runs.

import { job, join } from 'millrace'
import type { Figure, Outcome, Size } from '../figure.ts'
import { settle } from '../prepared.ts'
import { numbered, scattered } from './numbered.ts'
import { keysOf, onWrite } from './sums.ts'

/** Bytes that a full collection leaves. */
function retained(): number {
  settle()
  settle()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function run(size: Size): Promise<Outcome> {
  const keys = keysOf(size)
  let written = 0
  let done!: () => void
  const all = new Promise<void>((resolve) => {
    done = resolve
  })
  const counts = job('counts')
  counts
    .source(
      'keys',
      numbered((n) => scattered(n, keys), { burst: 2 * keys, perSecond: 0 }),
    )
    .keyBy((key) => key)
    .aggregate('count', { init: () => 0, add: (n) => n + 1 })
    .to(
      'out',
      onWrite((values, length) => {
        written += length
        for (let i = 0; i < length; i++) if (values[i] !== (written - length + i < keys ? 1 : 2)) throw new Error('a count is wrong')
        if (written === 2 * keys) done()
      }),
    )
  const before = retained()
  const node = await join(counts)
  await all
  const bytes = (retained() - before) / keys
  await node.close()
  return { value: bytes, check: `${written}` }
}

export const heapPerKey: Figure = {
  id: 'state/heap-per-key',
  unit: 'bytes',
  judged: 'value',
  more: false,
  must: 200,
  aim: 60,
  flags: ['--expose-gc'],
  engine: run,
}
