// What a window of the general operator collects: an accumulator, or its elements where an evictor wants to choose among them.
//
// It owns how contents grow, merge, come out and are saved; the windows themselves are in window-table.ts.

import { assert } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import type { EvictorSpec, Timed } from './evictor.ts'
import type { Fold } from './fold.ts'
import type { HeldWindow } from './window-table.ts'

/** A window in a checkpoint. */
interface SavedWindow {
  readonly full: boolean
  readonly acc?: unknown
  readonly times?: readonly number[]
  readonly state?: unknown
  readonly event: readonly number[]
  readonly processing: readonly number[]
}

export class WindowContents {
  readonly fold: Fold
  /** Elements are saved as they are; accumulators have versions. */
  readonly version: number
  readonly #evictor: EvictorSpec | undefined

  constructor(fold: Fold, evictor: EvictorSpec | undefined) {
    this.fold = fold
    this.#evictor = evictor
    this.version = evictor === undefined ? fold.version : 1
  }

  add(held: HeldWindow, value: unknown, time: number): void {
    if (this.#evictor !== undefined) {
      held.acc = held.full ? held.acc : []
      ;(held.acc as unknown[]).push(value)
      held.times = held.full ? held.times : []
      ;(held.times as number[]).push(time)
    } else held.acc = held.full ? this.fold.add(held.acc, value) : this.fold.first(value)
    held.full = true
  }

  /** Adds the contents of `other`, which goes, behind those of `held`. */
  merge(held: HeldWindow, other: HeldWindow): void {
    if (!other.full) return
    if (!held.full) {
      held.acc = other.acc
      held.times = other.times
      held.full = true
    } else if (this.#evictor === undefined) held.acc = this.fold.merge!(held.acc, other.acc)
    else {
      held.acc = [...(held.acc as unknown[]), ...(other.acc as unknown[])]
      held.times = [...held.times, ...other.times]
    }
  }

  purge(held: HeldWindow): void {
    held.full = false
    held.acc = undefined
    held.times = []
  }

  /** Lets the evictor choose what the function will see, for good. */
  evictBefore(held: HeldWindow): void {
    if (this.#evictor?.when === 'before') this.#replace(held, this.#evictor.keep(timed(held)))
  }

  /** Lets the evictor choose what stays after the function has run. */
  evictAfter(held: HeldWindow): void {
    if (this.#evictor?.when === 'after') this.#replace(held, this.#evictor.keep(timed(held)))
  }

  #replace(held: HeldWindow, kept: readonly Timed[]): void {
    held.acc = kept.map(({ value }) => value)
    held.times = kept.map(({ time }) => time)
    held.full = kept.length > 0
  }

  /** The accumulator that the function sees. */
  accOf(held: HeldWindow): { readonly acc: unknown; readonly owned: boolean } {
    if (this.#evictor === undefined) return { acc: held.acc, owned: false }
    return { acc: this.#foldAll(held.acc as readonly unknown[]), owned: true }
  }

  #foldAll(values: readonly unknown[]): unknown {
    assert(values.length > 0, () => 'a window without elements has no accumulator')
    let acc = this.fold.first(values[0])
    for (let i = 1; i < values.length; i++) acc = this.fold.add(acc, values[i])
    return acc
  }

  /** What a query sees, if anything: as if the window fired now, with nothing changed. */
  peek(held: HeldWindow): { readonly acc: unknown } | undefined {
    if (!held.full) return undefined
    if (this.#evictor === undefined) return { acc: held.acc }
    const seen = this.#evictor.when === 'before' ? this.#evictor.keep(timed(held)) : timed(held)
    return seen.length === 0 ? undefined : { acc: this.#foldAll(seen.map(({ value }) => value)) }
  }

  save(held: HeldWindow): unknown {
    const saved: SavedWindow = {
      full: held.full,
      ...(held.full ? { acc: held.acc } : {}),
      ...(this.#evictor === undefined ? {} : { times: held.times }),
      ...(held.state === undefined ? {} : { state: held.state }),
      event: held.eventTimers,
      processing: held.processingTimers,
    }
    return saved
  }

  load(operator: OperatorId, held: HeldWindow, value: unknown, version: number): void {
    const saved = value as SavedWindow
    held.full = saved.full
    if (saved.full) held.acc = this.#evictor === undefined ? this.fold.revive(operator, saved.acc, version) : saved.acc
    held.times = saved.times ?? []
    held.state = saved.state
    held.eventTimers = saved.event
    held.processingTimers = saved.processing
  }
}

const timed = (held: HeldWindow): Timed[] => (held.acc as readonly unknown[]).map((value, i) => ({ value, time: held.times[i]! }))
