// Measures one figure: base and engine in turn, each time in a fresh process, and what follows from the pairs.

import { childFile } from './built.ts'
import { endOf, startChild } from './children.ts'
import type { Figure, Outcome, Size } from './figure.ts'

/** One line of the output. */
export interface Line {
  readonly id: string
  readonly value: number
  readonly unit: string
  readonly base: number | null
  readonly ratio: number | null
  readonly must: number
  readonly aim: number
  readonly ok: boolean
  readonly runs: number
  /** Least and greatest of what is judged. */
  readonly spread: readonly [number, number]
  readonly env: Readonly<Record<string, unknown>>
  /** Further numbers, medians over the runs. */
  readonly detail?: Readonly<Record<string, number>>
}

const pairsUnlessSet = 5
const childTimeoutMs = 240_000

/** @throws where a process fails, or results are not the same */
export async function measure(
  figure: Figure,
  size: Size,
  env: Readonly<Record<string, unknown>>,
  pairs = figure.pairs ?? pairsUnlessSet,
): Promise<Line> {
  const bases: Outcome[] = []
  const engines: Outcome[] = []
  const take = async (sides: Sides): Promise<void> => {
    const outcomes = await runChild(figure, sides, size)
    engines.push(...(sides === 'base' ? [] : outcomes.splice(-1)))
    bases.push(...outcomes)
  }
  // A quick run looks at results, so it spares a process.
  if (size === 'quick') await take('both')
  else {
    for (let pair = 0; pair < pairs; pair++) {
      if (figure.base !== undefined) await take('base')
      await take('engine')
    }
  }
  checkResults(figure, bases, engines)
  return lineOf(figure, bases, engines, env)
}

export function checkResults({ id, sameResults = true }: Figure, bases: readonly Outcome[], engines: readonly Outcome[]): void {
  const groups = sameResults ? [[...bases, ...engines]] : [bases, engines]
  for (const group of groups) {
    const checks = new Set(group.map(({ check }) => check))
    if (checks.size > 1) throw new Error(`${id}: results differ (count:checksum): ${[...checks].join(', ')}`)
  }
}

export function lineOf(
  figure: Figure,
  bases: readonly Outcome[],
  engines: readonly Outcome[],
  env: Readonly<Record<string, unknown>>,
): Line {
  const { id, unit, judged, more, must, aim } = figure
  const value = median(engines.map((one) => one.value))
  const base = bases.length === 0 ? null : median(bases.map((one) => one.value))
  const all = engines.map((one, i) => {
    if (judged === 'value') return one.value
    return judged === 'ratio' ? one.value / bases[i]!.value : one.value - bases[i]!.value
  })
  const figureOfAll = median(all)
  const detail = medians([...prefixed('', engines), ...(bases.length > 0 ? prefixed('base.', bases) : [])])
  return {
    id,
    value: judged === 'difference' ? rounded(figureOfAll) : rounded(value),
    unit,
    base: base === null ? null : rounded(base),
    ratio: judged === 'ratio' ? rounded(figureOfAll) : null,
    must,
    aim,
    ok: more ? figureOfAll >= must : figureOfAll <= must,
    runs: engines.length,
    spread: [rounded(Math.min(...all)), rounded(Math.max(...all))],
    env,
    ...(Object.keys(detail).length > 0 ? { detail } : {}),
  }
}

function prefixed(prefix: string, outcomes: readonly Outcome[]): Readonly<Record<string, number>>[] {
  return outcomes.map(({ detail = {} }) => Object.fromEntries(Object.entries(detail).map(([name, n]) => [prefix + name, n])))
}

function medians(details: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = new Set(details.flatMap((detail) => Object.keys(detail)))
  return Object.fromEntries([...names].map((name) => [name, rounded(median(details.flatMap((detail) => detail[name] ?? [])))]))
}

/** Of an even number, the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** To three digits. */
export const rounded = (n: number): number => Number(n.toPrecision(3))

type Sides = 'base' | 'engine' | 'both'

async function runChild({ id, base, flags = [] }: Figure, sides: Sides, size: Size): Promise<Outcome[]> {
  const child = startChild(process.execPath, [...flags, childFile, id, sides, size])
  const timer = setTimeout(() => child.kill('SIGKILL'), childTimeoutMs)
  const { code, stdout, stderr } = await endOf(child)
  clearTimeout(timer)
  const wanted = sides === 'both' && base !== undefined ? 2 : 1
  const lines = stdout.trimEnd().split('\n').slice(-wanted)
  if (code !== 0 || lines.length < wanted || !lines.every((line) => line.startsWith('{'))) {
    throw new Error(`${id}, ${sides}: the process ended with ${code}\n${stdout}${stderr}`)
  }
  return lines.map((line) => JSON.parse(line) as Outcome)
}
