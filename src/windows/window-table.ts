// The windows that the general operator holds: for each key its open windows, each with what it has collected, what its trigger remembers,
// and its timers.
//
// It owns the windows, their ids, the number of elements of each key where windows count, and their share of open cuts; it does not know
// time. Whoever changes a window calls `beforeChange` first.

import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { KeyIndex } from '../state/key-index.ts'
import type { Cut } from '../state/part.ts'
import { type MergedWindow, MergingSet } from './merging-set.ts'
import { StampedCut } from './stamped-cut.ts'
import { type AnyWindow, isCountWindow, isTimeWindow, sameWindow } from './window.ts'

/** One window of one key. */
export interface HeldWindow {
  /** A small number, used again when the window is gone. */
  readonly id: number
  readonly owner: KeyWindows
  /** Rises with the making of windows. */
  readonly order: number
  window: AnyWindow
  /** Its place in the merging set, where windows merge. */
  merged: MergedWindow<HeldWindow> | undefined
  /** Whether it has contents: elements came, and were not purged. */
  full: boolean
  /** Accumulator; with an evictor the list of elements. */
  acc: unknown
  /** Times of the elements, with an evictor. */
  times: readonly number[]
  /** What the trigger remembers. */
  state: unknown
  /** Ascending. */
  eventTimers: readonly number[]
  processingTimers: readonly number[]
  stamp: number
}

/** What a key has. */
export interface KeyWindows {
  readonly slot: number
  readonly key: Key
  readonly group: KeyGroup
  /** Where windows merge. */
  readonly set: MergingSet<HeldWindow> | undefined
  /** By name, where they do not. */
  readonly windows: Map<string | number, HeldWindow>
  /** The one that was found last: mostly it is the next one too. */
  recent: HeldWindow | undefined
  /** Elements so far, where windows count. */
  count: number
  stamp: number
}

/** Turns a window's contents and trigger state into a saved value. */
export type EncodeWindow = (held: HeldWindow) => unknown

export class WindowTable {
  readonly #index: KeyIndex
  readonly #keys: (KeyWindows | undefined)[] = []
  readonly #held: (HeldWindow | undefined)[] = []
  readonly #freed: number[] = []
  readonly #merging: boolean
  readonly #sized: boolean
  readonly #encode: EncodeWindow
  readonly #windowCut = new StampedCut()
  readonly #countCut = new StampedCut()
  #made = 0

  /** @param sized whether all windows have one size, so that their ends tell them apart: text takes half of a record's time */
  constructor(maxParallelism: number, merging: boolean, sized: boolean, encode: EncodeWindow) {
    this.#index = new KeyIndex(maxParallelism)
    this.#merging = merging
    this.#sized = sized
    this.#encode = encode
  }

  find(key: Key): KeyWindows | undefined {
    const slot = this.#index.find(key)
    return slot < 0 ? undefined : this.#keys[slot]
  }

  of(key: Key, group: KeyGroup): KeyWindows {
    const slot = this.#index.insert(key, group)
    const known = this.#keys[slot]
    if (known !== undefined) return known
    const set = this.#merging ? new MergingSet<HeldWindow>() : undefined
    const made: KeyWindows = {
      slot,
      key,
      group: this.#index.groupAt(slot),
      set,
      windows: new Map(),
      recent: undefined,
      count: 0,
      stamp: this.#countCut.now,
    }
    this.#keys[slot] = made
    return made
  }

  /** Open windows of a key, in no order. */
  windowsOf({ set, windows }: KeyWindows): readonly HeldWindow[] {
    return set === undefined ? [...windows.values()] : set.open.map(({ state }) => state)
  }

  byId(id: number): HeldWindow {
    return this.#held[id]!
  }

  /** All windows. */
  get all(): readonly HeldWindow[] {
    return this.#held.filter((held) => held !== undefined)
  }

  /** Makes a window, empty. Where windows do not merge it is then found by its name. */
  create(owner: KeyWindows, window: AnyWindow, state: unknown): HeldWindow {
    const id = this.#freed.pop() ?? this.#held.length
    const held: HeldWindow = {
      id,
      owner,
      order: this.#made++,
      window,
      merged: undefined,
      full: false,
      acc: undefined,
      times: [],
      state,
      eventTimers: [],
      processingTimers: [],
      stamp: this.#windowCut.now,
    }
    this.#held[id] = held
    if (owner.set === undefined) owner.windows.set(this.#nameOf(window), held)
    return held
  }

  named(owner: KeyWindows, window: AnyWindow): HeldWindow | undefined {
    const { recent } = owner
    if (recent !== undefined && isSame(recent.window, window)) return recent
    owner.recent = owner.windows.get(this.#nameOf(window))
    return owner.recent
  }

  #nameOf(window: AnyWindow): string | number {
    if (isCountWindow(window)) return window.to
    if (!isTimeWindow(window)) return window.kind
    return this.#sized ? window.end : `${window.start}/${window.end}`
  }

  /** Removes a window. Where windows merge, the set has let go of it already or does so now. */
  remove(held: HeldWindow): void {
    const { id, owner } = held
    this.beforeChange(held)
    this.#held[id] = undefined
    this.#freed.push(id)
    if (owner.recent === held) owner.recent = undefined
    if (owner.set === undefined) owner.windows.delete(this.#nameOf(held.window))
    else if (held.merged !== undefined) owner.set.retire(held.merged)
    this.tidy(owner)
  }

  /** Forgets a key that has nothing. */
  tidy({ slot, set, windows, count }: KeyWindows): void {
    if (count > 0 || windows.size > 0 || (set !== undefined && set.open.length > 0)) return
    this.#keys[slot] = undefined
    this.#index.remove(slot)
  }

  /** Counts an element of a key. @returns its number, from 0 */
  count(owner: KeyWindows): number {
    this.#keepCount(owner)
    return owner.count++
  }

  // ── checkpoints

  /** Copies a window that an open cut still needs. */
  beforeChange(held: HeldWindow): void {
    const cut = this.#windowCut
    if (!cut.wants(held.stamp)) return
    held.stamp = cut.now
    cut.cut!.append(held.owner.group, held.owner.key, namespaceOf(held.window), this.#encode(held))
  }

  beginWindows(cut: Cut): void {
    this.#windowCut.begin(cut, this.#held.length)
  }

  copyWindows(budget: number): boolean {
    const cut = this.#windowCut
    for (; budget > 0 && cut.cursor < cut.places; budget--, cut.cursor++) {
      const held = this.#held[cut.cursor]
      if (held !== undefined) this.beforeChange(held)
    }
    const done = cut.cursor >= cut.places
    if (done) cut.abandon()
    return done
  }

  abandonWindows(): void {
    this.#windowCut.abandon()
  }

  #keepCount(owner: KeyWindows): void {
    const cut = this.#countCut
    if (!cut.wants(owner.stamp)) return
    owner.stamp = cut.now
    if (owner.count > 0) cut.cut!.append(owner.group, owner.key, undefined, owner.count)
  }

  beginCounts(cut: Cut): void {
    this.#countCut.begin(cut, this.#keys.length)
  }

  copyCounts(budget: number): boolean {
    const cut = this.#countCut
    for (; budget > 0 && cut.cursor < cut.places; budget--, cut.cursor++) {
      const owner = this.#keys[cut.cursor]
      if (owner !== undefined) this.#keepCount(owner)
    }
    const done = cut.cursor >= cut.places
    if (done) cut.abandon()
    return done
  }

  abandonCounts(): void {
    this.#countCut.abandon()
  }
}

/** Of two windows of one key. Assigners of a fixed size give out one window many times. */
function isSame(a: AnyWindow, b: AnyWindow): boolean {
  return a === b || (isTimeWindow(a) && isTimeWindow(b) && sameWindow(a, b))
}

/** A window as it stands in checkpoints beside its key. */
function namespaceOf(window: AnyWindow): unknown {
  if (isTimeWindow(window)) return [window.start, window.end]
  return isCountWindow(window) ? [window.from, window.to] : window.kind
}
