// The slice tables of one operator: those still open, those that only late records can change, and those of an open cut.
//
// It owns the tables and their order; it does not know windows. A table is `open` until the watermark has passed its end. Afterwards it is
// dropped, or `kept` for as long as late records are allowed. A table that was dropped while a cut still needs it lives on in the cut.

import { KeyIndex } from '../state/key-index.ts'
import type { Cut } from '../state/part.ts'
import type { SliceLists } from './slice-lists.ts'
import { SliceTable } from './slice-table.ts'
import type { SliceLayout } from './slices.ts'

export class SliceStore {
  /** Sorted by start. */
  readonly open: SliceTable[] = []
  readonly kept: SliceTable[] = []
  readonly #layout: SliceLayout
  readonly #maxParallelism: number
  readonly #lists: SliceLists | undefined
  /** Indexes of past slices, for the next ones: to grow one anew costs a tumbling window 8 ns for each record of 4. */
  readonly #spares: KeyIndex[] = []
  /** Keys that a slice has had while these were in use: room for so many has to be wiped. */
  #spareKeys = 0
  /** The table of a past slice whose accumulators have gone to the lists, for the next one. */
  #spare: SliceTable | undefined
  #cutting: SliceTable[] = []

  /** @param lists where what is in closed slices goes key by key; undefined where tables stay or go as a whole */
  constructor(layout: SliceLayout, maxParallelism: number, lists: SliceLists | undefined) {
    this.#layout = layout
    this.#maxParallelism = maxParallelism
    this.#lists = lists
  }

  /** The table of the slice that starts at `start`, open or kept. */
  find(start: number): SliceTable | undefined {
    return findIn(this.open, start) ?? findIn(this.kept, start)
  }

  /** Makes the table of a slice that has none. */
  create(start: number, kept: boolean): SliceTable {
    const table = this.#spare ?? this.#newTable()
    this.#spare = undefined
    table.reopen(start, this.#layout.end(start))
    const tables = kept ? this.kept : this.open
    tables.splice(firstFrom(tables, start), 0, table)
    return table
  }

  #newTable(): SliceTable {
    return new SliceTable(this.#lists?.index ?? this.#spares.pop() ?? new KeyIndex(this.#maxParallelism), this.#lists)
  }

  /** Closes the first open table, from which everything has been taken unless it is kept or has an index of its own. */
  close(keep: boolean): void {
    const table = this.open.shift()!
    if (keep) this.kept.splice(firstFrom(this.kept, table.start), 0, table)
    else if (table.settled && this.#lists === undefined) this.#takeBack(table)
    else if (table.settled) this.#spare = table
  }

  /** Keeps the index of a slice that is over, unless slices have become so small that wiping those of larger ones is no gain. */
  #takeBack({ index, count }: SliceTable): void {
    this.#spareKeys = Math.max(this.#spareKeys, count)
    if (count < this.#spareKeys / sparseness) {
      this.#spareKeys = 0
      this.#spares.length = 0
      return
    }
    if (this.#spares.length === sparesMax) return
    index.clear()
    this.#spares.push(index)
  }

  /** Drops kept tables that start before `limit`. */
  expire(limit: number): void {
    const { kept } = this
    if (kept.length > 0 && kept[0]!.start < limit) kept.splice(0, firstFrom(kept, limit))
  }

  /** Kept and open tables in [from, to), earliest first. */
  within(from: number, to: number): SliceTable[] {
    return [...between(this.kept, from, to), ...between(this.open, from, to)].sort((a, b) => a.start - b.start)
  }

  begin(cut: Cut): void {
    this.#cutting = [...this.kept, ...this.open]
    for (const table of this.#cutting) table.begin(cut)
  }

  /** Copies at most `budget` accumulators. @returns what is left of it; 0 = call again */
  copy(budget: number): number {
    const cutting = this.#cutting
    let done = 0
    while (done < cutting.length && budget > 0) {
      budget = cutting[done]!.copy(budget)
      if (cutting[done]!.settled) done++
    }
    cutting.splice(0, done)
    return cutting.length > 0 ? 0 : Math.max(budget, 1)
  }

  abandon(): void {
    for (const table of this.#cutting) table.abandon()
    this.#cutting = []
  }
}

/** Where several senders are not at the same time, a watermark closes several slices at once. */
const sparesMax = 8
/** A slice with this part of the keys of others gets an index of its own size. */
const sparseness = 8

/** Index of the first table that starts at `start` or later. */
function firstFrom(tables: readonly SliceTable[], start: number): number {
  let low = 0
  let high = tables.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (tables[middle]!.start < start) low = middle + 1
    else high = middle
  }
  return low
}

function findIn(tables: readonly SliceTable[], start: number): SliceTable | undefined {
  const table = tables[firstFrom(tables, start)]
  return table?.start === start ? table : undefined
}

const between = (tables: readonly SliceTable[], from: number, to: number): SliceTable[] =>
  tables.slice(firstFrom(tables, from), firstFrom(tables, to))
