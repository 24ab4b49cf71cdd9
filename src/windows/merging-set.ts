// The windows of one key that grow together: sessions, and custom windows that merge.
//
// It owns which windows are open and which state each one has. When an added window overlaps or touches others, all of them become one,
// which keeps the state of one of them (the earliest); the caller folds the states of the others into it. Windows are sorted by start and
// never overlap.

import { cover, sameWindow, type TimeWindow, touches } from './window.ts'

export interface MergedWindow<S> {
  window: TimeWindow
  readonly state: S
}

/** Called before the set changes: `from` become one window that spans `window` and has the state of the first of them. */
export type Merge<S> = (window: TimeWindow, from: readonly MergedWindow<S>[]) => void

export class MergingSet<S> {
  readonly #open: MergedWindow<S>[] = []

  /** Open windows, earliest first. */
  get open(): readonly MergedWindow<S>[] {
    return this.#open
  }

  /**
   * Adds a window.
   * @param create makes the state where the window meets no other
   * @param merge called unless the window is new or lies inside an open one
   * @returns the open window that holds it now
   */
  add(window: TimeWindow, create: (window: TimeWindow) => S, merge: Merge<S>): MergedWindow<S> {
    const open = this.#open
    let first = 0
    while (first < open.length && open[first]!.window.end < window.start) first++
    let behind = first
    let covering = window
    // Growing to the left cannot reach what ended before `window`; growing to the right may reach more.
    while (behind < open.length && touches(open[behind]!.window, covering)) covering = cover(covering, open[behind++]!.window)
    if (behind === first) {
      const created = { window, state: create(window) }
      if (first === open.length) open.push(created)
      else open.splice(first, 0, created)
      return created
    }
    const target = open[first]!
    const others = behind - first - 1
    if (others > 0 || !sameWindow(target.window, covering)) {
      merge(covering, others > 0 ? open.slice(first, behind) : [target])
      target.window = covering
      if (others > 0) open.splice(first + 1, others)
    }
    return target
  }

  /** Whether a window would become one with an open one. */
  meets(window: TimeWindow): boolean {
    return this.#open.some((open) => touches(open.window, window))
  }

  /** Forgets an open window. */
  retire(merged: MergedWindow<S>): void {
    const at = this.#open.indexOf(merged)
    if (at >= 0) this.#open.splice(at, 1)
  }

  /** Takes back a window that was open before. */
  restore(window: TimeWindow, state: S): MergedWindow<S> {
    const restored = { window, state }
    const at = this.#open.findIndex((other) => other.window.start > window.start)
    this.#open.splice(at < 0 ? this.#open.length : at, 0, restored)
    return restored
  }
}
