// What a running job looks like at one moment: load figures of its subtasks put together by chain, as rates since the last look.

import { countersOf, type SubtaskStats } from '../../actors/subtask-stats.ts'
import { watermarkMax, watermarkMin } from '../model/elements.ts'
import type { JobStatus } from '../protocol/coordinator-types.ts'

export interface ChainProgress {
  readonly vertex: number
  readonly operators: readonly string[]
  readonly subtasks: number
  readonly recordsIn: number
  readonly recordsOut: number
  readonly inPerSecond: number
  readonly outPerSecond: number
  /** Least of its subtasks, ms since the epoch; ±Infinity before the first and after the last. */
  readonly watermark: number
  readonly idle: boolean
  /** Greatest share of its subtasks' turns that waited for somebody downstream. */
  readonly blocked: number
}

export interface Progress {
  /** ms since the epoch. */
  readonly at: number
  /** Since the run began. */
  readonly seconds: number
  readonly status: JobStatus | undefined
  readonly chains: readonly ChainProgress[]
  readonly counters: Readonly<Record<string, number>>
}

interface Totals {
  readonly recordsIn: number
  readonly recordsOut: number
}

export class ProgressMeter {
  readonly #startedAt: number
  #lookedAt: number
  readonly #last = new Map<number, Totals>()

  /** @param monotonic ms, of a clock that never goes back; later looks use the same */
  constructor(monotonic: number) {
    this.#startedAt = this.#lookedAt = monotonic
  }

  look(monotonic: number, at: number, status: JobStatus | undefined, stats: readonly SubtaskStats[]): Progress {
    const passed = Math.max(1, monotonic - this.#lookedAt) / 1_000
    this.#lookedAt = monotonic
    const chains = [...byVertex(stats)].map(([vertex, subtasks]) => this.#chain(vertex, subtasks, passed))
    return { at, seconds: (monotonic - this.#startedAt) / 1_000, status, chains, counters: countersOf(stats) }
  }

  #chain(vertex: number, subtasks: readonly SubtaskStats[], passed: number): ChainProgress {
    const recordsIn = sum(subtasks.map((one) => one.recordsIn))
    const recordsOut = sum(subtasks.map((one) => one.recordsOut))
    const before = this.#last.get(vertex) ?? { recordsIn: 0, recordsOut: 0 }
    this.#last.set(vertex, { recordsIn, recordsOut })
    const active = subtasks.filter(({ idle }) => !idle)
    return {
      vertex,
      operators: subtasks[0]!.operators,
      subtasks: subtasks.length,
      recordsIn,
      recordsOut,
      inPerSecond: (recordsIn - before.recordsIn) / passed,
      outPerSecond: (recordsOut - before.recordsOut) / passed,
      watermark: active.length === 0 ? watermarkMin : Math.min(watermarkMax, ...active.map((one) => one.watermark)),
      idle: active.length === 0,
      blocked: Math.max(0, ...subtasks.map((one) => one.blocked)),
    }
  }
}

function byVertex(stats: readonly SubtaskStats[]): Map<number, SubtaskStats[]> {
  const vertices = new Map<number, SubtaskStats[]>()
  for (const one of stats) vertices.set(one.vertex, [...(vertices.get(one.vertex) ?? []), one])
  return vertices
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
