// What one subtask tells people about its work. Read from plain fields; the work itself never stops for it.

import { type SubtaskId, subtaskName } from '../src/model/ids.ts'
import type { PlanVertex } from '../src/model/plan.ts'
import type { Counters } from './counters.ts'
import type { SubtaskActor } from './subtask.ts'

/** Numbers of records are over all attempts since the process began: after a failure some are taken and given out again. */
export interface SubtaskStats {
  /** "2.0": vertex and index. */
  readonly subtask: string
  readonly vertex: number
  readonly index: number
  /** Ids of its operators, in chain order. */
  readonly operators: readonly string[]
  /** Records taken in, from a source or from channels. */
  readonly recordsIn: number
  /** Records given out, to channels and to sinks. */
  readonly recordsOut: number
  /** Of these, records given to each of its sinks, by the sink's id. */
  readonly written: Readonly<Record<string, number>>
  /** Event time, ms since the epoch; ±Infinity before the first and after the last. */
  readonly watermark: number
  readonly idle: boolean
  /** Share of turns that could not work for lack of credit, or because a sink or a call was busy. */
  readonly blocked: number
  /** Counters by "operator.name": late records, timeouts, records of outputs that nobody reads. */
  readonly counters: Readonly<Record<string, number>>
}

export function statsOf(id: SubtaskId, vertex: PlanVertex, actor: SubtaskActor, counters: Counters): SubtaskStats {
  const { subtask } = actor
  const channelsIn = subtask?.inputs.reduce((sum, { records }) => sum + records, 0) ?? 0
  const sinks = subtask?.chain.sinks ?? []
  const sunk = sinks.reduce((sum, { records }) => sum + records, 0)
  const sent = subtask?.outputs.reduce((sum, { records }) => sum + records, 0) ?? 0
  const time = subtask?.time
  // Records count as records where they come and go folded.
  const sparedIn = subtask?.chain.nodes.reduce((sum, { operator }) => sum + (operator?.spared ?? 0), 0) ?? 0
  const sparedOut = subtask?.chain.combiners.reduce((sum, { spared }) => sum + spared, 0) ?? 0
  return {
    subtask: subtaskName(id.vertex, id.index),
    vertex: id.vertex,
    index: id.index,
    operators: vertex.operators.map((operator) => operator.id),
    recordsIn: subtask?.driver?.records ?? channelsIn + sparedIn,
    recordsOut: sunk + sent + sparedOut,
    written: Object.fromEntries(sinks.map((sink) => [sink.id, sink.records])),
    watermark: time?.watermark ?? Number.NEGATIVE_INFINITY,
    idle: time?.idle ?? false,
    blocked: subtask === undefined || subtask.turns === 0 ? 0 : subtask.blockedTurns / subtask.turns,
    counters: counters.toRecord(),
  }
}

/** What a subtask did in earlier attempts and does in this one. */
export function withEarlier(earlier: SubtaskStats | undefined, now: SubtaskStats): SubtaskStats {
  if (earlier === undefined) return now
  return {
    ...now,
    recordsIn: earlier.recordsIn + now.recordsIn,
    recordsOut: earlier.recordsOut + now.recordsOut,
    written: sums(earlier.written, now.written),
    counters: sums(earlier.counters, now.counters),
  }
}

/** What operators counted in all of these subtasks together, by "operator.name". */
export const countersOf = (stats: readonly SubtaskStats[]): Record<string, number> =>
  stats.reduce<Record<string, number>>((all, { counters }) => sums(all, counters), {})

function sums(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a }
  for (const [name, n] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + n
  return sum
}
