// One pass: a query on both sides in turn, in two processes that stay, so that both are warm and alternate within seconds.
//
// 1. Rows are compared before a time is believed: over the same number of events, count and checksum of both sides.
// 2. Warm-up, not timed: on each side two runs of a quarter of the events.

import { dirname, join } from 'node:path'
import { childFile } from '../built.ts'
import type { Pass } from './plan.ts'
import { Side } from './side.ts'
import type { Timed } from './timed.ts'
import { type Command, queryCommand } from './tools.ts'

export interface PassResult {
  readonly pass: Pass
  readonly ours: readonly Timed[]
  readonly peer: readonly Timed[]
}

/** Of our process, as a user's would be started; collected between runs, as the other side is. */
const nodeFlags = ['--expose-gc']

const ourCommand = ({ query, parallelism }: Pass): Command => ({
  file: process.execPath,
  args: [...nodeFlags, join(dirname(childFile), 'nexmark', 'serve.js'), query, `${parallelism}`],
})

/** @throws where a process fails, or rows are not the same */
export async function measurePass(pass: Pass, pairs: number): Promise<PassResult> {
  const { query, peer, form, parallelism, state, events } = pass
  await using ours = new Side(ourCommand(pass))
  await using theirs = new Side(queryCommand(peer, { query, form, parallelism: `${parallelism}`, state }))
  const results = { pass, ours: [] as Timed[], peer: [] as Timed[] }
  const few = Math.min(events.ours, events.peer)
  await warmUp(ours, events.ours)
  await warmUp(theirs, events.peer)
  if (events.ours !== events.peer) checkSame(pass, [await ours.run(few), await theirs.run(few)])
  for (let pair = 0; pair < pairs; pair++) {
    // Who goes first changes, so that neither always follows the other's heat.
    const first = pair % 2 === 0
    if (first) results.ours.push(await ours.run(events.ours))
    results.peer.push(await theirs.run(events.peer))
    if (!first) results.ours.push(await ours.run(events.ours))
  }
  checkResult(results)
  return results
}

async function warmUp(side: Side, events: number): Promise<void> {
  for (let run = 0; run < 2; run++) await side.run(Math.ceil(events / 4))
}

/** The runs of a side agree with each other; those of both sides too, where they ran the same number of events. */
export function checkResult({ pass, ours, peer }: PassResult): void {
  for (const runs of pass.events.ours === pass.events.peer ? [[...ours, ...peer]] : [ours, peer]) checkSame(pass, runs)
}

function checkSame({ query, peer, form, compare }: Pass, runs: readonly Timed[]): void {
  if (compare === 'nothing') return
  const found = new Set(runs.map(({ rows, checksum }) => (compare === 'rows' ? `${rows}:${checksum}` : checksum)))
  if (found.size > 1) throw new Error(`${query} against ${peer} (${form}): results differ (count:checksum): ${[...found].join(', ')}`)
}
