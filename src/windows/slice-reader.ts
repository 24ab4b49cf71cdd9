// Reads the windows of one key out of its slices without changing anything: for queries, and for windows that fire once more.
//
// It owns no state. A window's value is put together slice by slice; that is as slow as there are slices, and happens for one key at a
// time only.

import type { Key } from '../model/key.ts'
import type { Fold } from './fold.ts'
import type { Piece } from './slice-lists.ts'
import type { SliceQueues } from './slice-queues.ts'
import type { SliceStore } from './slice-store.ts'
import { isAbsent, type SliceTable } from './slice-table.ts'
import type { SliceLayout } from './slices.ts'
import type { TimeWindow } from './window.ts'

export interface Assembled {
  readonly window: TimeWindow
  readonly acc: unknown
  /** Whether the accumulator was made for the caller. */
  readonly owned: boolean
}

export class SliceReader {
  readonly #layout: SliceLayout
  readonly #fold: Fold
  readonly #store: SliceStore
  readonly #queues: SliceQueues | undefined

  /** @param queues where closed slices have gone; undefined where the store keeps them */
  constructor(layout: SliceLayout, fold: Fold, store: SliceStore, queues: SliceQueues | undefined) {
    this.#layout = layout
    this.#fold = fold
    this.#store = store
    this.#queues = queues
  }

  /**
   * The windows of a key that hold something, earliest first.
   * @param isOpen which of them are wanted
   * @param moved whether what a key has in a table is in the queues already
   */
  windows(key: Key, isOpen: (window: TimeWindow) => boolean, moved: (table: SliceTable, slot: number) => boolean): Assembled[] {
    const fronts = this.#queues?.fronts(key) ?? []
    const tables = piecesOf(this.#store.within(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY), key, moved)
    const raws = [...(this.#queues?.raws(key) ?? []), ...tables].sort((a, b) => a.start - b.start)
    const windows = new Map<number, TimeWindow>()
    for (const { start } of [...fronts, ...raws]) {
      for (const window of this.#layout.windowsOf(start)) if (isOpen(window)) windows.set(window.end, window)
    }
    return [...windows.values()].sort((a, b) => a.end - b.end).flatMap((window) => this.#assemble(window, fronts, raws) ?? [])
  }

  /** The windows that hold a slice, for one key, out of the store's tables. */
  around(key: Key, slice: number, isWanted: (window: TimeWindow) => boolean): Assembled[] {
    const windows = this.#layout.windowsOf(slice).filter(isWanted)
    if (windows.length === 0) return []
    const raws = piecesOf(this.#store.within(windows[0]!.start, windows.at(-1)!.end), key, () => false)
    return windows.flatMap((window) => this.#assemble(window, [], raws) ?? [])
  }

  /** A suffix where there is one, then the slices behind it. */
  #assemble(window: TimeWindow, fronts: readonly Piece[], raws: readonly Piece[]): Assembled | undefined {
    const suffix = fronts.find(({ start }) => start >= window.start)
    const inside = raws.filter(({ start }) => start >= window.start && start < window.end)
    const pieces = suffix === undefined ? inside : [suffix, ...inside]
    if (pieces.length === 0) return undefined
    if (pieces.length === 1) return { window, acc: pieces[0]!.acc, owned: false }
    const { own, merge } = this.#fold
    let acc = own(pieces[0]!.acc)
    for (let i = 1; i < pieces.length; i++) acc = merge!(acc, pieces[i]!.acc)
    return { window, acc, owned: true }
  }
}

function piecesOf(tables: readonly SliceTable[], key: Key, moved: (table: SliceTable, slot: number) => boolean): Piece[] {
  return tables.flatMap((table) => {
    const slot = table.index.find(key)
    const acc = table.at(slot)
    return isAbsent(acc) || moved(table, slot) ? [] : [{ start: table.start, acc }]
  })
}
