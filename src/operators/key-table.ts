// One mutable object for each key, and the parts that copy what it holds into checkpoints while it goes on changing.
//
// A part sees a key's object as a list of entries. Invariants:
//   1. before an object changes or goes, `changing` is called for its slot: open cuts then take what they lack of it;
//   2. an object made after a cut began is not in the cut.

import type { OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { KeyIndex } from '../state/key-index.ts'
import type { Cut, KeyedPart } from '../state/part.ts'
import { stateMismatch } from './state-mismatch.ts'

export type StoredEntry = readonly [namespace: unknown, value: unknown]

export class KeyTable<S> {
  readonly index: KeyIndex
  /** By slot. */
  readonly states: (S | undefined)[] = []
  readonly #create: () => S
  readonly #parts: TablePart<S>[] = []

  constructor(maxParallelism: number, create: () => S) {
    this.index = new KeyIndex(maxParallelism)
    this.#create = create
  }

  /** Slot of a key, which has an object from now on. */
  slotOf(key: Key, group: number): number {
    const { index } = this
    const { size } = index
    const slot = index.insert(key, group)
    if (index.size > size) {
      this.states[slot] = this.#create()
      for (const part of this.#parts) part.created(slot)
    }
    return slot
  }

  /** To be called before the object of that slot changes. */
  changing(slot: number): void {
    const parts = this.#parts
    for (let i = 0; i < parts.length; i++) if (parts[i]!.open) parts[i]!.settle(slot)
  }

  remove(slot: number): void {
    this.changing(slot)
    this.states[slot] = undefined
    this.index.remove(slot)
  }

  /**
   * A part of the objects' content.
   * @param entries what of an object belongs to it, in the order in which `restore` is to take it back
   */
  part(
    operator: OperatorId,
    name: string,
    entries: (state: S) => Iterator<StoredEntry>,
    restore: (state: S, namespace: unknown, value: unknown) => void,
  ): KeyedPart {
    const part = new TablePart(this, operator, name, entries, restore)
    this.#parts.push(part)
    return part
  }
}

class TablePart<S> implements KeyedPart {
  readonly name: string
  readonly version = 1
  open = false
  readonly #table: KeyTable<S>
  readonly #operator: OperatorId
  readonly #entries: (state: S) => Iterator<StoredEntry>
  readonly #restore: (state: S, namespace: unknown, value: unknown) => void
  #cut: Cut | undefined
  /** Of each slot the number of the last cut that needs nothing more of it. */
  readonly #settled: number[] = []
  #cutNumber = 0
  /** Slots that the cut may want are below. */
  #high = 0
  #slot = 0
  /** Of `#slot`, when some of its entries have been copied. */
  #rest: Iterator<StoredEntry> | undefined

  constructor(
    table: KeyTable<S>,
    operator: OperatorId,
    name: string,
    entries: (state: S) => Iterator<StoredEntry>,
    restore: (state: S, namespace: unknown, value: unknown) => void,
  ) {
    this.#table = table
    this.#operator = operator
    this.name = name
    this.#entries = entries
    this.#restore = restore
  }

  begin(cut: Cut): void {
    this.#cut = cut
    this.open = true
    this.#cutNumber++
    this.#high = this.#table.index.high
    this.#slot = 0
    this.#rest = undefined
  }

  copy(budget: number): boolean {
    for (; this.#slot < this.#high; this.#slot++) {
      if (!this.#wants(this.#slot)) continue
      budget -= this.#append(this.#slot, budget)
      if (this.#rest !== undefined) return false
    }
    this.abandon()
    return true
  }

  abandon(): void {
    this.#cut = undefined
    this.#rest = undefined
    this.open = false
  }

  /** The cut takes what it lacks of a slot. */
  settle(slot: number): void {
    if (slot < this.#high && this.#wants(slot)) this.#append(slot, Number.POSITIVE_INFINITY)
  }

  created(slot: number): void {
    if (this.open) this.#settled[slot] = this.#cutNumber
  }

  restore(group: number, key: Key, namespace: unknown, value: unknown, version: number): void {
    if (version !== this.version) throw stateMismatch(this.#operator, this.name, version, this.version)
    this.#restore(this.#table.states[this.#table.slotOf(key, group)]!, namespace, value)
  }

  #wants(slot: number): boolean {
    return this.#settled[slot] !== this.#cutNumber && this.#table.index.isLive(slot)
  }

  /** Appends at most `max` entries of a slot. Returns how many. */
  #append(slot: number, max: number): number {
    const { index, states } = this.#table
    const entries = slot === this.#slot && this.#rest !== undefined ? this.#rest : this.#entries(states[slot]!)
    const group = index.groupAt(slot)
    const key = index.keyAt(slot)
    for (let n = 0; n < max; n++) {
      const { done, value } = entries.next()
      if (done === true) {
        this.#settled[slot] = this.#cutNumber
        if (slot === this.#slot) this.#rest = undefined
        return n
      }
      this.#cut!.append(group, key, value[0], value[1])
    }
    this.#rest = entries
    return max
  }
}
