// Parts: the pieces of an operator's state that go into checkpoints, and how they are copied out while processing goes on.
//
// A keyed part is a table of entries, each belonging to a key group. `begin` freezes it in no time: it only remembers that every entry
// now present belongs to the cut. `copy` then appends frozen entries to the cut, a bounded number a call. Whoever changes or removes an
// entry that is frozen and not yet copied copies it first. Entries made after `begin` do not belong to the cut. So the cut is exactly the
// state at `begin`, and the world never stops.
//
// An operator part is small and has no key: it is taken whole, at once.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'

/** Where the frozen entries of one keyed part go. */
export interface Cut {
  /**
   * Appends an entry. It is encoded before this returns, or, inside of `copy`, when `copy` has returned and before anything else happens:
   * afterwards it may change.
   * @param namespace what stands beside the key: a window, a map's key, a timer; undefined where there is nothing
   */
  append(group: KeyGroup, key: Key, namespace: unknown, value: unknown): void
}

export interface KeyedPart {
  /** Unique in the operator, stable over versions of the job: 'value.total', 'timers', 'slices'. */
  readonly name: string
  /** Version of the values' shape, 1 unless the user says otherwise. */
  readonly version: number
  begin(cut: Cut): void
  /** Appends at most `budget` frozen entries. True when all have been copied: the cut is then complete and must not be used again. */
  copy(budget: number): boolean
  /** Forgets the open cut, if any. */
  abandon(): void
  /** Takes back one entry, before the first record. `version` is the one that it was written under. */
  restore(group: KeyGroup, key: Key, namespace: unknown, value: unknown, version: number): void
}

/** How an operator part is spread when the parallelism changes. */
export type Redistribution =
  /** A list: its items are dealt round robin over the new subtasks, in order. */
  | 'deal'
  /** All copies are alike: new subtask i takes copy i mod old parallelism. */
  | 'copy'
  /** Every new subtask takes the items of all old ones, in order. */
  | 'union'

export interface OperatorPart {
  readonly name: string
  readonly version: number
  readonly redistribution: Redistribution
  /** The items now; encoded before the next record. One item for 'copy'. */
  collect(): readonly unknown[]
  restore(items: readonly unknown[], version: number): void
}
