// Many seeds in a row: what failed, and what was met on the way.

import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChoiceRecord } from '../../src/sim/choices.ts'
import { crashPoints, faultClasses } from './faults.ts'
import { type SimulateOptions, simulate, type Verdict } from './simulate.ts'

export interface Campaign {
  readonly seeds: number
  readonly failed: readonly Verdict[]
  /** How often each was met, over all seeds; 0 = never. */
  readonly pointsReached: ReadonlyMap<string, number>
  readonly faultsMet: ReadonlyMap<string, number>
  readonly events: number
  readonly refused: number
}

/** Runs seeds `from` to `to`, without `to`; ends early when so many have failed. */
export async function runSeeds(from: number, to: number, options: SimulateOptions = {}, failuresMax = 3): Promise<Campaign> {
  const pointsReached = new Map(crashPoints.map((point) => [point, 0]))
  const faultsMet = new Map(faultClasses.map((fault) => [fault, 0]))
  const failed: Verdict[] = []
  let seeds = 0
  let events = 0
  let refused = 0
  for (let seed = from; seed < to && failed.length < failuresMax; seed++) {
    const verdict = await simulate(seed, options)
    seeds++
    events += verdict.events
    if (verdict.refused !== undefined) refused++
    if (verdict.problems.length > 0) failed.push(verdict)
    addAll(pointsReached, verdict.pointsReached)
    addAll(faultsMet, verdict.faultsMet)
  }
  return { seeds, failed, pointsReached, faultsMet, events, refused }
}

function addAll(sums: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [name, n] of more) sums.set(name, (sums.get(name) ?? 0) + n)
}

/** Names that were never met, and names that nobody knows. */
export function gapsOf({ pointsReached, faultsMet }: Campaign): string[] {
  const never = [...pointsReached, ...faultsMet].flatMap(([name, n]) => (n === 0 ? [`${name} was never met`] : []))
  const unknown = [...pointsReached.keys()].flatMap((name) => (crashPoints.includes(name) ? [] : [`crash point ${name} is in no list`]))
  return [...never, ...unknown]
}

export interface Replay {
  readonly seed: number
  readonly mutant?: string | undefined
  readonly recordsMax?: number | undefined
  readonly hash: string
  readonly choices: ChoiceRecord
}

/** Writes the choices of a run to a file. @returns its path */
export function writeReplay(verdict: Verdict, options: SimulateOptions, mutant?: string): string {
  const directory = join(tmpdir(), 'millrace-sim')
  mkdirSync(directory, { recursive: true })
  const path = join(directory, `seed-${verdict.seed}${mutant === undefined ? '' : `-${mutant}`}.json`)
  const replay: Replay = { seed: verdict.seed, mutant, recordsMax: options.recordsMax, hash: verdict.hash, choices: verdict.choices }
  writeFileSync(path, `${JSON.stringify(replay)}\n`)
  return path
}

/** What to tell about a run that failed: the seed, what is wrong, and how to see it again. */
export function reportOf(verdict: Verdict, options: SimulateOptions, mutant?: string): string {
  const path = writeReplay(verdict, options, mutant)
  const extra = mutant === undefined ? '' : ` --mutant ${mutant}`
  return [
    `seed ${verdict.seed} failed after ${verdict.timeMs} ms of virtual time, ${verdict.events} events, ${verdict.starts} processes (trace ${verdict.hash}):`,
    ...verdict.problems.map((problem) => `  ${problem}`),
    `  job: ${JSON.stringify(verdict.shape)}`,
    `  faults: ${JSON.stringify(verdict.plan)}`,
    `  again:  npm run sim -- --seed ${verdict.seed}${extra}`,
    `  replay: npm run sim -- --replay ${path}`,
  ].join('\n')
}
