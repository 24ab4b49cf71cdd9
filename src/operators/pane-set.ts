// The open windows of one key in a join or coGroup, each with the records of both sides.

import { cover, type TimeWindow, touches } from '../windows/window.ts'

export class Pane {
  window: TimeWindow
  left: unknown[] = []
  right: unknown[] = []

  constructor(window: TimeWindow) {
    this.window = window
  }

  /** A list begins with its first record: most have no other, and one that grows from nothing has room for 17. */
  add(side: 'left' | 'right', value: unknown): void {
    if (this[side].length === 0) this[side] = [value]
    else this[side].push(value)
  }
}

export class PaneSet {
  /** Sorted by start, then by end. */
  readonly panes: Pane[] = []
  /** When the key is looked at next; Infinity = not at all. */
  scheduled = Number.POSITIVE_INFINITY

  /** The pane of exactly that window. */
  open(window: TimeWindow): Pane {
    const { panes } = this
    let at = panes.length
    while (at > 0 && before(window, panes[at - 1]!.window)) at--
    const found = panes[at - 1]
    if (found !== undefined && found.window.start === window.start && found.window.end === window.end) return found
    const created = new Pane(window)
    if (at === panes.length) panes.push(created)
    else panes.splice(at, 0, created)
    return created
  }

  /** The pane of the window made of that one and all that it overlaps or touches; records keep the order of the windows' starts. */
  merge(window: TimeWindow): Pane {
    const { panes } = this
    let covering = window
    const met = panes.filter((pane) => touches(pane.window, window))
    for (const pane of met) covering = cover(covering, pane.window)
    const [first, ...others] = met
    if (first === undefined) return this.open(window)
    for (const { left, right } of others) {
      for (const value of left) first.add('left', value)
      for (const value of right) first.add('right', value)
    }
    first.window = covering
    if (others.length > 0) panes.splice(panes.indexOf(first) + 1, others.length)
    return first
  }

  /** Whether an open window would take that one in. */
  meets(window: TimeWindow): boolean {
    return this.panes.some((pane) => touches(pane.window, window))
  }

  /** Takes out the panes whose last instant is at or before `time`, earliest end first. */
  takeEnded(time: number): Pane[] {
    const { panes } = this
    // The usual case, without lists that nobody needs.
    if (panes.length === 1) return panes[0]!.window.end - 1 <= time ? [panes.pop()!] : []
    const ended = panes.filter(({ window }) => window.end - 1 <= time)
    if (ended.length === 0) return ended
    const open = panes.filter(({ window }) => window.end - 1 > time)
    panes.length = 0
    for (const pane of open) panes.push(pane)
    return ended.sort((a, b) => a.window.end - b.window.end || a.window.start - b.window.start)
  }

  /** Last instant of the window that ends first; Infinity when none is open. */
  get firstEnd(): number {
    let first = Number.POSITIVE_INFINITY
    for (const { window } of this.panes) first = Math.min(first, window.end - 1)
    return first
  }
}

const before = (a: TimeWindow, b: TimeWindow): boolean => a.start < b.start || (a.start === b.start && a.end < b.end)
