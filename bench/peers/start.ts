// start/peers: from the start of a process to the first result of a trivial job, ours and theirs in turn.

import { dirname, join } from 'node:path'
import { childFile } from '../built.ts'
import { type Line, median, rounded } from '../measure.ts'
import { timeOf } from '../start.ts'
import { type Peer, startCommand } from './tools.ts'

const goals: Readonly<Record<Peer, { readonly must: number; readonly aim: number }>> = {
  flink: { must: 9, aim: 24 },
  jet: { must: 3.5, aim: 9 },
}

export const startId = (peer: Peer): string => `start/peers-${peer}`

/** One pair before the clock, so that files are in memory. */
export async function startLine(peer: Peer, pairs: number, env: Readonly<Record<string, unknown>>): Promise<Line> {
  const { file, args } = startCommand(peer)
  const ours: number[] = []
  const theirs: number[] = []
  for (let pair = -1; pair < pairs; pair++) {
    const our = await timeOf([join(dirname(childFile), 'jobs', 'first-result.js')], 'out  2\n')
    const their = await timeOf(args, 'out  2\n', file)
    if (pair < 0) continue
    ours.push(our)
    theirs.push(their)
  }
  const ratios = ours.map((our, i) => theirs[i]! / our)
  return {
    id: startId(peer),
    value: rounded(median(ours)),
    unit: 'ms',
    base: rounded(median(theirs)),
    ratio: rounded(median(ratios)),
    ...goals[peer],
    ok: median(ratios) >= goals[peer].must,
    runs: pairs,
    spread: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
    env: { ...env, peer },
  }
}
