// Timers of one kind of time: which keys want to be called when.
//
// It owns the timers of its keyed store and their order: earliest first, at the same time in the order of the declared names. A timer is
// its key, its name and its time; a second one like it is the same one. Each is a number into parallel typed arrays; a binary heap orders
// them, and a hash table over all three finds the one to drop or not to add again. A key keeps its slot in the store while it has timers.
//
// At the end of input every time is reached at once, and a function that sets its next timer each time it is called would never end. So
// a timer that is set while the end's timers fire is refused when one of its own name stands in the line that led to it: chains of
// different names run to their end, loops stop after one round.

import { MillraceError } from '../model/errors.ts'
import type { KeyGroup } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { resized } from '../model/resized.ts'
import type { KeyedStore } from './keyed-store.ts'
import type { Cut, KeyedPart } from './part.ts'
import { TimerTable } from './timer-table.ts'

/** What is called when a timer fires: its key is selected in the store. */
export type OnFire = (at: number, name: number) => void

/** What the names in a chain of timers at the end of input can be told apart by. */
const lineageBits = 31

export class TimerQueue implements KeyedPart {
  readonly name: string
  readonly version = 1
  readonly #store: KeyedStore
  readonly #bit: number
  readonly #names: readonly (string | undefined)[]
  readonly #table = new TimerTable()
  /** Timers by slot of the store. */
  #counts = new Uint32Array(16)
  /** The timer set last by slot: setting the same one again and again is what most functions do, so it is looked at first. */
  #latest = new Int32Array(16)
  #cut: Cut | undefined
  #cursor = 0
  /** Names in the line that led to a timer set during the end: by timer. */
  readonly #lineages = new Map<number, number>()
  /** Line of the timer that is being fired at the end; 0 = it is not the end. */
  #lineage = 0

  /** @param names by number: undefined for timers without one, then the declared ones */
  constructor(time: 'event' | 'processing', store: KeyedStore, names: readonly (string | undefined)[]) {
    this.name = `timers.${time}`
    this.#store = store
    this.#bit = store.holder()
    this.#names = names
  }

  get size(): number {
    return this.#table.size
  }

  /** Time of the earliest timer; Infinity = there is none. */
  get next(): number {
    return this.#table.size === 0 ? Number.POSITIVE_INFINITY : this.#table.earliest
  }

  /** Sets a timer for the selected key. False = refused, because it would go on for ever at the end of input. */
  set(at: number, name: number): boolean {
    const { slot: known } = this.#store
    const slot = known >= 0 ? known : this.#store.own('a timer')
    if (slot < this.#latest.length && this.#table.is(this.#latest[slot]!, slot, name, at)) return true
    if (this.#table.find(slot, name, at) >= 0) return true
    const line = this.#lineage
    if ((line & lineageBit(name)) !== 0) {
      if (this.#store.held[slot] === 0) this.#store.drop(slot, this.#bit)
      return false
    }
    const timer = this.#add(slot, name, at)
    if (line !== 0) this.#lineages.set(timer, line)
    return true
  }

  /** Takes a timer of the selected key back, if it is there. */
  cancel(at: number, name: number): void {
    this.#store.check('a timer')
    const timer = this.#store.slot < 0 ? -1 : this.#table.find(this.#store.slot, name, at)
    if (timer >= 0) this.#remove(timer)
  }

  /**
   * Fires what is due, earliest first, also what is set meanwhile.
   * @param budget how many at most
   * @returns false when there are more
   */
  fire(upTo: number, budget: number, onFire: OnFire): boolean {
    const store = this.#store
    const table = this.#table
    for (let left = budget; table.size > 0 && table.earliest <= upTo; left--) {
      if (left <= 0) return false
      const timer = table.first
      const at = table.timeOf(timer)
      const name = table.nameOf(timer)
      if (upTo === Number.POSITIVE_INFINITY) this.#lineage = (this.#lineages.get(timer) ?? 0) | lineageBit(name)
      store.selectSlot(table.slotOf(timer))
      this.#remove(timer)
      onFire(at, name)
      store.deselect()
      this.#lineage = 0
    }
    return true
  }

  #add(slot: number, name: number, at: number): number {
    if (slot >= this.#counts.length) {
      const length = Math.max(2 * this.#counts.length, slot + 1)
      this.#counts = resized(this.#counts, length)
      this.#latest = resized(this.#latest, length)
    }
    this.#counts[slot]!++
    this.#store.held[slot]! |= this.#bit
    const timer = this.#table.add(slot, name, at)
    this.#latest[slot] = timer
    return timer
  }

  #remove(timer: number): void {
    const table = this.#table
    const slot = table.slotOf(timer)
    if (this.#cut !== undefined && table.isFrozen(timer)) this.#append(this.#cut, timer)
    table.remove(timer)
    if (this.#lineages.size > 0) this.#lineages.delete(timer)
    if (--this.#counts[slot]! === 0) this.#store.drop(slot, this.#bit)
  }

  #append(cut: Cut, timer: number): void {
    const { index } = this.#store
    const slot = this.#table.slotOf(timer)
    this.#table.settle(timer)
    cut.append(index.groupAt(slot), index.keyAt(slot), this.#table.timeOf(timer), this.#names[this.#table.nameOf(timer)])
  }

  begin(cut: Cut): void {
    this.#cut = cut
    this.#cursor = 0
    this.#table.freeze()
  }

  copy(budget: number): boolean {
    const cut = this.#cut
    if (cut === undefined) return true
    for (let left = budget; this.#cursor < this.#table.high; this.#cursor++) {
      if (!this.#table.isFrozen(this.#cursor)) continue
      if (left-- <= 0) return false
      this.#append(cut, this.#cursor)
    }
    this.abandon()
    return true
  }

  abandon(): void {
    this.#cut = undefined
  }

  restore(group: KeyGroup, key: Key, namespace: unknown, value: unknown): void {
    const name = this.#names.indexOf(value as string | undefined)
    if (name < 0) {
      const { operator } = this.#store
      throw new MillraceError(
        'STATE_MISMATCH',
        `operator ${operator}: a timer named ${JSON.stringify(value)} was saved, and the job declares no timer of that name: bring it back, or drop the state with --drop ${operator}`,
        { operator },
      )
    }
    this.#add(this.#store.insert(key, group), name, namespace as number)
  }
}

const lineageBit = (name: number): number => 1 << (name % lineageBits)
