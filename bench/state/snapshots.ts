// state/snapshot-stall and state/snapshot-cost: what a checkpoint each second costs a keyed update of 1,000,000 keys that gives out every
// record: the longest gap in its output at 300,000 records a second, and its throughput. state/keys-10m-stall: that gap with 10,000,000 keys
// and a checkpoint every three seconds. Checkpoints go to files.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { type JobOptions, join } from 'millrace'
import type { Figure, Run, Size } from '../figure.ts'
import { digest, Tally } from '../prepared.ts'
import { type Keys, keysOf, manyKeysOf, onWrite, sumsJob } from './sums.ts'

const perSecond = 300_000
/** Of the paced run, not looked at: the burst before it has to be forgotten first. */
const warmUpSeconds = 1

interface Checkpointing {
  readonly options: JobOptions
  /** Complete checkpoints that a full run must have had for its time to count. */
  readonly least: number
}
const eachSecond: Checkpointing = { options: { checkpointEvery: '1 s' }, least: 2 }
const eachThirdSecond: Checkpointing = { options: { checkpointEvery: '3 s' }, least: 2 }
const never: Checkpointing = { options: { checkpointEvery: '1 h' }, least: 0 }

async function inDirectory<R>(use: (state: string) => Promise<R>): Promise<R> {
  const state = mkdtempSync(joinPath(tmpdir(), 'millrace-bench-'))
  try {
    return await use(state)
  } finally {
    rmSync(state, { recursive: true, force: true })
  }
}

/** Longest time between two writes behind the warm-up, ms. */
function longestGap({ options, least }: Checkpointing, keysOfSize: Keys = keysOf): Run {
  return (size) =>
    inDirectory(async (state) => {
      const keys = keysOfSize(size)
      const seconds = size === 'full' ? 8 : 0.5
      const from = keys + perSecond * (size === 'full' ? warmUpSeconds : 0)
      const total = keys + perSecond * seconds
      const tally = new Tally()
      let last = Number.NaN
      let gap = 0
      const sink = onWrite<{ readonly count: number; readonly sum: number }>((values, length) => {
        const now = performance.now()
        if (tally.count > from) gap = Math.max(gap, now - last)
        last = now
        for (let i = 0; i < length; i++) tally.add(digest(values[i]!.count, values[i]!.sum, 0))
      })
      const node = await join(sumsJob(keys, { burst: keys, perSecond, total }, sink, options), { state })
      await node.done
      checkCheckpoints(size, node.status()?.lastCheckpoint?.epoch ?? 0, least)
      return { value: gap, check: tally.check, detail: { gap } }
    })
}

/** Records a second behind the burst that makes the keys. */
function updates({ options, least }: Checkpointing): Run {
  return (size) =>
    inDirectory(async (state) => {
      const keys = keysOf(size)
      const total = keys * (size === 'full' ? 40 : 3)
      const tally = new Tally()
      const sink = onWrite<{ readonly count: number; readonly sum: number }>((values, length) => {
        if (Number.isNaN(tally.began) && tally.count >= keys) tally.begin()
        for (let i = 0; i < length; i++) tally.add(digest(values[i]!.count, values[i]!.sum, 0))
        tally.ended = performance.now()
        if (tally.count === total) tally.read()
      })
      const node = await join(sumsJob(keys, { burst: total, perSecond: 0, total }, sink, options), { state })
      await node.done
      const checkpoints = node.status()?.lastCheckpoint?.epoch ?? 0
      checkCheckpoints(size, checkpoints, least)
      const cpuNs = (tally.cpuMicros * 1_000) / (total - keys)
      return { value: tally.rateOf(total - keys), check: tally.check, detail: { checkpoints, cpuNs } }
    })
}

function checkCheckpoints(size: Size, complete: number, least: number): void {
  if (size === 'full' && complete < least) throw new Error(`${complete} checkpoints were complete, at least ${least} are needed`)
}

export const snapshotFigures: readonly Figure[] = [
  {
    id: 'state/snapshot-stall',
    unit: 'ms',
    judged: 'difference',
    more: false,
    must: 50,
    aim: 8,
    base: longestGap(never),
    engine: longestGap(eachSecond),
  },
  {
    id: 'state/snapshot-cost',
    unit: 'records/s',
    judged: 'ratio',
    more: true,
    must: 0.85,
    aim: 0.97,
    base: updates(never),
    engine: updates(eachSecond),
  },
  {
    id: 'state/keys-10m-stall',
    unit: 'ms',
    judged: 'difference',
    more: false,
    must: 50,
    aim: 15,
    base: longestGap(never, manyKeysOf),
    engine: longestGap(eachThirdSecond, manyKeysOf),
  },
]
