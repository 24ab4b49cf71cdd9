// What is printed about passes: a line for each query, and the means over them.

import type { Geomean } from '../geomeans.ts'
import { type Line, median, rounded } from '../measure.ts'
import type { PassResult } from './pass.ts'
import { type Family, goals, passesOf } from './plan.ts'
import { cpuNsPerEvent, jobNsPerEvent, nsPerEvent, type Timed } from './timed.ts'
import { peers } from './tools.ts'

const prefixes: Readonly<Record<Family, readonly [before: string, behind: string]>> = {
  'flink-1': ['nexmark/', '-1'],
  'flink-2': ['nexmark/', '-2'],
  rocksdb: ['nexmark/rocksdb-', ''],
  'jet-1': ['nexmark/jet-', '-1'],
  'jet-core-1': ['nexmark/jet-core-', '-1'],
}

export const idOf = (family: Family, query: string): string => prefixes[family].join(query)

const all = (family: Family): string[] => [
  ...new Set(passesOf(peers).flatMap((pass) => (pass.family === family ? [idOf(family, pass.query)] : []))),
]

export const meansOfPasses: readonly Geomean[] = [
  { id: 'nexmark/geomean-1', members: all('flink-1'), of: 'ratio', must: 1.5, aim: 2.2 },
  { id: 'nexmark/cpu-geomean-1', members: all('flink-1'), of: 'cpuRatio', must: 2, aim: 3 },
  { id: 'nexmark/r1', members: [idOf('flink-1', 'r1')], of: 'ratio', must: 15, aim: 30 },
  { id: 'nexmark/geomean-2', members: all('flink-2'), of: 'ratio', must: 1.2, aim: 1.8 },
  { id: 'nexmark/jet-1', members: all('jet-1'), of: 'ratio', must: 1.4, aim: 2 },
  { id: 'nexmark/jet-core-1', members: all('jet-core-1'), of: 'ratio', must: 1.2, aim: 1.2 },
  { id: 'nexmark/geomean-rocksdb', members: all('rocksdb'), of: 'ratio', must: 20, aim: 40 },
]

const meanOf: Readonly<Record<Family, string>> = {
  'flink-1': 'nexmark/geomean-1',
  'flink-2': 'nexmark/geomean-2',
  rocksdb: 'nexmark/geomean-rocksdb',
  'jet-1': 'nexmark/jet-1',
  'jet-core-1': 'nexmark/jet-core-1',
}

/** Ratios are of events a second, ours to theirs, pair by pair. */
export function lineOfPass({ pass, ours, peer }: PassResult, env: Readonly<Record<string, unknown>>): Line {
  const ratios = ours.map((one, i) => nsPerEvent(peer[i]!) / nsPerEvent(one))
  const ratio = median(ratios)
  const { must, aim } = pass.family === 'flink-1' ? goals[pass.query]! : meansOfPasses.find(({ id }) => id === meanOf[pass.family])!
  const medianOf = (runs: readonly Timed[], of: (run: Timed) => number): number => median(runs.map(of))
  return {
    id: idOf(pass.family, pass.query),
    value: rounded(1e9 / medianOf(ours, nsPerEvent)),
    unit: 'events/s',
    base: rounded(1e9 / medianOf(peer, nsPerEvent)),
    ratio: rounded(ratio),
    must,
    aim,
    ok: ratio >= must,
    runs: ours.length,
    spread: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
    env: { ...env, peer: pass.peer, form: pass.form, state: pass.state, parallelism: pass.parallelism },
    detail: {
      ns: rounded(medianOf(ours, nsPerEvent)),
      cpuNs: rounded(medianOf(ours, cpuNsPerEvent)),
      'base.ns': rounded(medianOf(peer, nsPerEvent)),
      'base.cpuNs': rounded(medianOf(peer, cpuNsPerEvent)),
      cpuRatio: rounded(medianOf(peer, cpuNsPerEvent) / medianOf(ours, cpuNsPerEvent)),
      jobNs: rounded(medianOf(ours, jobNsPerEvent)),
      'base.jobNs': rounded(medianOf(peer, jobNsPerEvent)),
      events: pass.events.ours,
      'base.events': pass.events.peer,
    },
  }
}

/** Of several forms of a query the one that is fastest on their side. */
export function fastestForms(lines: readonly Line[]): Line[] {
  const best = new Map<string, Line>()
  for (const line of lines) {
    const other = best.get(line.id)
    if (other === undefined || (line.base ?? 0) > (other.base ?? 0)) best.set(line.id, line)
  }
  return [...best.values()]
}

/** Of the passes among the lines: ns an event on both sides, and in brackets of CPU time, as docs/PERFORMANCE.md has them. */
export function comparison(lines: readonly Line[]): string {
  const passes = lines.filter(({ detail }) => detail?.['base.jobNs'] !== undefined)
  const rows = passes.map(({ id, env, detail = {}, ratio, spread }) => {
    const { ns, cpuNs, 'base.ns': baseNs, 'base.cpuNs': baseCpuNs, cpuRatio } = detail
    const form = env.form === 'sql' ? ' (SQL)' : ''
    return `| ${[`${id}${form}`, `${baseNs} (${baseCpuNs})`, `${ns} (${cpuNs})`, ratio, spread.join(' to '), cpuRatio].join(' | ')} |`
  })
  return ['| figure | theirs, ns (CPU) | ours, ns (CPU) | ratio | spread | CPU ratio |', '|---|---|---|---|---|---|', ...rows].join('\n')
}
