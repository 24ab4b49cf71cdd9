// Figures that are the geometric mean of others: of their ratios, or of their ratios of CPU time.

import { type Line, rounded } from './measure.ts'

export interface Geomean {
  readonly id: string
  readonly members: readonly string[]
  readonly of: 'ratio' | 'cpuRatio'
  readonly must: number
  readonly aim: number
}

/** What could not be said, and why. */
export interface NotMeasured {
  readonly id: string
  readonly notMeasured: string
}

const limits = ['q0', 'q5', 'q11', 'k1', 'r1'].map((query) => `nexmark/limit/${query}`)
export const queriesCheckpointed = ['q5', 'q11', 'q17', 'k1', 'r1']

export const meanCheckpointed: Geomean = {
  id: 'nexmark/checkpointed',
  members: queriesCheckpointed.map((query) => `nexmark/checkpointed/${query}`),
  of: 'ratio',
  must: 0.9,
  aim: 0.97,
}

/** Those of an ordinary run. */
export const geomeans: readonly Geomean[] = [{ id: 'nexmark/limit', members: limits, of: 'ratio', must: 0.6, aim: 0.8 }, meanCheckpointed]

export const geomean = (numbers: readonly number[]): number => Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length)

/** The line of a mean; of one that lacks a member, which ones; undefined where there is none of them. */
export function geomeanLine({ id, members, of, must, aim }: Geomean, lines: readonly Line[]): Line | NotMeasured | undefined {
  const found = members.flatMap((member) => lines.find((line) => line.id === member) ?? [])
  if (found.length === 0) return undefined
  if (found.length < members.length) {
    const missing = members.filter((member) => !found.some((line) => line.id === member))
    return { id, notMeasured: `without ${missing.join(', ')}` }
  }
  const ratio = geomean(found.map((line) => (of === 'ratio' ? line.ratio! : line.detail!.cpuRatio!)))
  const spreadOf = (end: 0 | 1): number => geomean(found.map(({ spread }) => spread[end]))
  return {
    id,
    value: rounded(ratio),
    unit: of === 'ratio' ? 'times' : 'times (CPU)',
    base: null,
    ratio: rounded(ratio),
    must,
    aim,
    ok: ratio >= must,
    runs: Math.min(...found.map(({ runs }) => runs)),
    spread: of === 'ratio' ? [rounded(spreadOf(0)), rounded(spreadOf(1))] : [rounded(ratio), rounded(ratio)],
    env: found[0]!.env,
    detail: { members: found.length },
  }
}
