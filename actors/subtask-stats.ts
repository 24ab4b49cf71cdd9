// What one subtask tells people about its work. Read from plain fields; the work itself never stops for it.

import { type SubtaskId, subtaskName } from '../src/model/ids.ts'
import type { PlanVertex } from '../src/model/plan.ts'
import type { SubtaskActor } from './subtask.ts'

export interface SubtaskStats {
  /** "2.0": vertex and index. */
  readonly subtask: string
  readonly vertex: number
  readonly index: number
  /** Ids of its operators, in chain order. */
  readonly operators: readonly string[]
  /** Records taken in, from a source or from channels, since the attempt began. */
  readonly recordsIn: number
  /** Records given out, to channels and to sinks. */
  readonly recordsOut: number
  /** Event time, ms since the epoch; ±Infinity before the first and after the last. */
  readonly watermark: number
  readonly idle: boolean
  /** Share of turns that could not work for lack of credit, or because a sink or a call was busy. */
  readonly blocked: number
  /** Counters by "operator.name": late records, timeouts, records of outputs that nobody reads. */
  readonly counters: Readonly<Record<string, number>>
}

export function statsOf(id: SubtaskId, vertex: PlanVertex, actor: SubtaskActor, counters: ReadonlyMap<string, number>): SubtaskStats {
  const { subtask } = actor
  const channelsIn = subtask?.inputs.reduce((sum, { records }) => sum + records, 0) ?? 0
  const sunk = subtask?.chain.sinks.reduce((sum, { records }) => sum + records, 0) ?? 0
  const sent = subtask?.outputs.reduce((sum, { records }) => sum + records, 0) ?? 0
  const time = subtask?.time
  return {
    subtask: subtaskName(id.vertex, id.index),
    vertex: id.vertex,
    index: id.index,
    operators: vertex.operators.map((operator) => operator.id),
    recordsIn: subtask?.driver?.records ?? channelsIn,
    recordsOut: sunk + sent,
    watermark: time?.watermark ?? Number.NEGATIVE_INFINITY,
    idle: time?.idle ?? false,
    blocked: subtask === undefined || subtask.turns === 0 ? 0 : subtask.blockedTurns / subtask.turns,
    counters: Object.fromEntries(counters),
  }
}
