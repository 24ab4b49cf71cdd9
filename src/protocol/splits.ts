// The list of a source's splits: its order is the order of their discovery, for ever, because split k belongs to subtask k mod parallelism.
//
// A split that a checkpoint knows stays in the list as it is, whatever the source says now: it is read on as it was begun, and opening it
// says what is wrong.

import { assert } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import type { Json, SplitProgress } from '../model/manifest.ts'

export interface DiscoveredSplit {
  readonly id: string
  readonly at?: Json | undefined
}
export type SplitLists = Readonly<Record<OperatorId, readonly SplitProgress[]>>

/** The saved list, then what is new, in the source's order. */
export function mergeSplits(saved: readonly SplitProgress[], discovered: readonly DiscoveredSplit[]): SplitProgress[] {
  const known = new Set(saved.map(({ id }) => id))
  const found = new Map(discovered.map((split) => [split.id, split]))
  return [...saved, ...[...found.values()].filter(({ id }) => !known.has(id)).map(({ id, at }) => ({ id, at, finished: false }))]
}

/** The splits of one subtask of a source. */
export function splitsOfSubtask(splits: readonly SplitProgress[], index: number, parallelism: number): SplitProgress[] {
  return splits.filter((_, k) => k % parallelism === index)
}

/** The list with the progress that the subtasks reported, each split by the one that has it. */
export function withProgress(source: OperatorId, splits: readonly SplitProgress[], reported: readonly SplitProgress[]): SplitProgress[] {
  const progress = new Map(reported.map((split) => [split.id, split]))
  return splits.map(({ id, at }) => {
    const now = progress.get(id)
    assert(now !== undefined, () => `no subtask of source ${source} reported its split ${JSON.stringify(id)}`)
    return { ...now, at }
  })
}
