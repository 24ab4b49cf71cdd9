// growth/…: one figure as the work grows in one direction. Each point of a curve is measured in a process of its own, or in fresh threads,
// so that what V8 has learnt at one point does not slow down the next. Results are checked at every point.
//
// The figure is what a record costs at the last point as a multiple of what it costs at the first, in CPU time of the whole process, so
// that the load of the machine matters little. The points are in its details: `cpu <x>` and `wall <x>`, ns a record.

import { spawnSync } from 'node:child_process'
import type { Figure, Outcome, Size } from '../figure.ts'
import { settle } from '../prepared.ts'

/** What one pass cost. */
export interface Cost {
  /** All threads of the process, ns. */
  readonly cpuNs: number
  readonly wallNs: number
}

/** One pass over so many records. It throws where its results are wrong. */
export type Pass = (records: number) => Promise<Cost>

export interface Point {
  readonly x: number
  readonly records: number
  /** Makes what the pass reads; not timed. */
  readonly pass: Pass
}

export interface Curve {
  readonly id: string
  readonly must: number
  readonly aim: number
  /** Each pass starts threads of its own, which compile anew: there is nothing to warm up, and no process of its own is needed. */
  readonly hasFreshThreads?: boolean
  points(size: Size): readonly Point[]
}

/** A pass over so many records is long enough by itself. */
const longFrom = 5_000_000
const passesOf = (records: number, size: Size): number => (size === 'quick' || records > longFrom ? 1 : 3)
const warmUpMax = 300_000

async function costOf({ records, pass }: Point, warmsUp: boolean, size: Size): Promise<Cost> {
  if (warmsUp) await pass(Math.min(records, warmUpMax))
  const found: Cost[] = []
  for (let n = 0; n < passesOf(records, size); n++) {
    settle()
    found.push(await pass(records))
  }
  // The least: what disturbs a pass makes it longer, never shorter.
  return {
    cpuNs: Math.min(...found.map(({ cpuNs }) => cpuNs)) / records,
    wallNs: Math.min(...found.map(({ wallNs }) => wallNs)) / records,
  }
}

/** Names the point that a process is for. */
const pointVariable = 'MILLRACE_BENCH_POINT'

/** The same figure in another process, which measures one point only. */
function inProcess(id: string, size: Size, x: number): Cost {
  const args = [...process.execArgv, process.argv[1]!, id, 'engine', size]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, [pointVariable]: `${x}` },
  })
  if (status !== 0) throw new Error(`${id} at ${x}: the process ended with ${status}\n${stdout}${stderr}`)
  const { detail } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { readonly detail: Readonly<Record<string, number>> }
  return { cpuNs: detail[`cpu ${x}`]!, wallNs: detail[`wall ${x}`]! }
}

async function measure({ id, points, hasFreshThreads = false }: Curve, size: Size): Promise<Outcome> {
  const only = process.env[pointVariable]
  const chosen = points(size).filter(({ x }) => only === undefined || x === Number(only))
  const detail: Record<string, number> = {}
  const costs: Cost[] = []
  for (const point of chosen) {
    const isHere = hasFreshThreads || only !== undefined
    const cost = isHere ? await costOf(point, !hasFreshThreads, size) : inProcess(id, size, point.x)
    costs.push(cost)
    detail[`cpu ${point.x}`] = cost.cpuNs
    detail[`wall ${point.x}`] = cost.wallNs
  }
  return { value: costs.at(-1)!.cpuNs / costs[0]!.cpuNs, check: 'complete', detail }
}

export function growth(curve: Curve): Figure {
  return {
    id: curve.id,
    unit: 'times (CPU)',
    judged: 'value',
    more: false,
    must: curve.must,
    aim: curve.aim,
    flags: ['--expose-gc'],
    pairs: 1,
    engine: (size) => measure(curve, size),
  }
}
