// The command `npm run sim`: many seeds, one seed, a mutant, or a replay of a failing run.
//
//   npm run sim -- --seeds 2000 [--from 0]        every seed from there; ends with what was met and how fast it went
//   npm run sim -- --seed 42 [--log] [--shrink]   one seed, with what the engine says, and the simplest run that still fails
//   npm run sim -- --replay file [--log]          the choices of a failing run
//   npm run sim -- --mutant name …                the same with a planted bug

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Logger } from '../../src/model/logger.ts'
import { gapsOf, type Replay, reportOf, runSeeds } from './campaign.ts'
import { plantMutant } from './mutants.ts'
import { shrink } from './shrink.ts'
import { type SimulateOptions, simulate, type Verdict } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    replay: { type: 'string' },
    mutant: { type: 'string' },
    records: { type: 'string' },
    log: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
  },
})

const say = (text: string): void => console.log(text)
const line =
  (level: string): Logger['info'] =>
  (text, fields) =>
    say(`  ${level} ${text} ${JSON.stringify(fields ?? {})}`)
const logger: Logger | undefined = values.log
  ? { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  : undefined
const recordsMax = values.records === undefined ? undefined : Number(values.records)

async function one(seed: number, options: SimulateOptions, mutant: string | undefined): Promise<void> {
  const verdict = await simulate(seed, options)
  tell(verdict, options, mutant)
  if (verdict.problems.length === 0 || !values.shrink) return
  const simplest = await shrink(
    verdict.choices,
    async (choices) => (await simulate(seed, { ...options, logger: undefined, choices })).problems.length > 0,
    2_000,
  )
  say('the simplest run that still fails:')
  tell(await simulate(seed, { ...options, choices: simplest }), options, mutant)
}

function tell(verdict: Verdict, options: SimulateOptions, mutant: string | undefined): void {
  if (verdict.problems.length > 0) {
    say(reportOf(verdict, options, mutant))
    process.exitCode = 1
    return
  }
  const end = verdict.refused === undefined ? 'all output is there' : `refused by name: ${verdict.refused}`
  say(
    `seed ${verdict.seed}: ${end}; ${verdict.timeMs} ms of virtual time, ${verdict.events} events, ${verdict.starts} processes, trace ${verdict.hash}`,
  )
}

async function many(from: number, count: number, options: SimulateOptions, mutant: string | undefined): Promise<void> {
  const before = process.cpuUsage()
  const campaign = await runSeeds(from, from + count, options)
  const { user, system } = process.cpuUsage(before)
  for (const verdict of campaign.failed) say(reportOf(verdict, options, mutant))
  for (const [name, n] of [...campaign.pointsReached, ...campaign.faultsMet]) say(`${String(n).padStart(9)} ${name}`)
  const ms = (user + system) / 1_000 / campaign.seeds
  say(`${campaign.seeds} seeds, ${campaign.failed.length} failed, ${campaign.refused} refused damage; ${ms.toFixed(1)} ms of CPU a seed`)
  const gaps = mutant === undefined ? gapsOf(campaign) : []
  for (const gap of gaps) say(gap)
  if (campaign.failed.length + gaps.length > 0) process.exitCode = 1
}

if (values.replay !== undefined) {
  const replay = JSON.parse(readFileSync(values.replay, 'utf8')) as Replay
  if (replay.mutant !== undefined) plantMutant(replay.mutant)
  await one(replay.seed, { choices: replay.choices, recordsMax: replay.recordsMax, logger }, replay.mutant)
} else {
  if (values.mutant !== undefined) plantMutant(values.mutant)
  if (values.seed !== undefined) await one(Number(values.seed), { recordsMax, logger }, values.mutant)
  else await many(Number(values.from), Number(values.seeds ?? 1_000), { recordsMax, logger }, values.mutant)
}
