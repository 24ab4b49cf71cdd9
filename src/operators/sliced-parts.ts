// The state of a sliced window operator, as checkpoints hold it.
//
// Entries are (key, start of slice) → accumulator. 'slices' holds slices as they are; 'suffixes' holds what the queues of sliding windows
// have made of closed slices: the merge from that slice on. 'layout' says how the windows were cut: with other slices the accumulators mean
// nothing, so a restore under another layout is refused by name.

import { MillraceError } from '../model/errors.ts'
import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import type { Cut } from '../state/part.ts'
import type { Fold } from '../windows/fold.ts'
import type { SliceQueues } from '../windows/slice-queues.ts'
import type { SliceStore } from '../windows/slice-store.ts'
import { isAbsent } from '../windows/slice-table.ts'
import type { SliceLayout } from '../windows/slices.ts'
import type { OperatorContext } from './operator.ts'

export interface SlicedState {
  readonly layout: SliceLayout
  readonly fold: Fold
  readonly store: SliceStore
  /** Undefined where the queues hold nothing that the tables have not. */
  readonly queues: SliceQueues | undefined
  /** A cut has begun: accumulators may no longer simply be changed. */
  readonly begun: () => void
}

export function registerSlices(context: OperatorContext, { layout, fold, store, queues, begun }: SlicedState): void {
  const { id } = context
  const { version } = fold
  context.keyedPart({
    name: 'slices',
    version,
    begin(cut: Cut): void {
      begun()
      store.begin(cut)
      queues?.begin(cut, false)
    },
    copy(budget: number): boolean {
      const left = store.copy(budget)
      return left > 0 && (queues === undefined || queues.copy(left, false) > 0)
    },
    abandon(): void {
      store.abandon()
      queues?.abandon(false)
    },
    restore(group: KeyGroup, key: Key, start: unknown, value: unknown, from: number): void {
      const table = store.find(start as number) ?? store.create(start as number, false)
      const acc = fold.revive(id, value, from)
      const slot = table.index.insert(key, group)
      const known = table.at(slot)
      // A key group that was ahead of its subtask may have two accumulators of one slice.
      if (isAbsent(known)) table.push(slot, acc)
      else table.accs[slot] = fold.merge!(known, acc)
    },
  })
  context.keyedPart({
    name: 'suffixes',
    version,
    begin: (cut: Cut): void => queues?.begin(cut, true),
    copy: (budget: number): boolean => queues === undefined || queues.copy(budget, true) > 0,
    abandon: (): void => queues?.abandon(true),
    restore(group: KeyGroup, key: Key, start: unknown, value: unknown, from: number): void {
      if (queues === undefined) throw latenessChanged(id)
      queues.restoreFront(key, group, start as number, fold.revive(id, value, from))
    },
  })
  registerLayout(context, layout)
}

function registerLayout(context: OperatorContext, { size, slide, offset }: SliceLayout): void {
  const { id } = context
  context.operatorPart({
    name: 'layout',
    version: 1,
    redistribution: 'copy',
    collect: () => [{ size, slide, offset }],
    restore(items: readonly unknown[]): void {
      const saved = items[0] as { size: number; slide: number; offset: number } | undefined
      if (saved === undefined || (saved.size === size && saved.slide === slide && saved.offset === offset)) return
      throw new MillraceError(
        'STATE_MISMATCH',
        `operator ${id}: its state was saved with windows of ${saved.size} ms every ${saved.slide} ms, offset ${saved.offset} ms, and the job has ${size} ms every ${slide} ms, offset ${offset} ms: give the operator a new id, or drop its state with --drop ${id}`,
        { operator: id },
      )
    },
  })
}

const latenessChanged = (id: string): MillraceError =>
  new MillraceError(
    'STATE_MISMATCH',
    `operator ${id}: its state was saved without allowed lateness, when slices that windows had fired were merged, so no late record can be added to them: take allowedLateness away, or drop the state with --drop ${id}`,
    { operator: id },
  )
