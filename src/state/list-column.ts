// List state: an array a key, with a stamp for each element where the state has a TTL.
//
// An entry of a checkpoint is one element; its namespace is its stamp, if it has one. Elements lie in the order of their stamps, oldest
// first (reading touches all of them), so what has expired is always a front part. An array that `get` has handed out is never changed
// any more, since user code may have emitted it: the next change works on a copy.

import { put } from './cells.ts'
import type { Column, ColumnSite } from './column.ts'
import { copyPlain } from './copy-plain.ts'
import type { ListState } from './declarations.ts'
import type { Cut } from './part.ts'
import { type Retention, retentionOf, stampOr } from './retention.ts'

const none: readonly unknown[] = Object.freeze([])

interface Elements {
  items: unknown[]
  stamps: number[] | undefined
  handedOut: boolean
}

export class ListColumn implements Column {
  readonly name: string
  readonly handle: ListState<unknown>
  readonly #site: ColumnSite
  readonly #retention: Retention | undefined
  readonly #lists: (Elements | undefined)[] = []

  constructor(site: ColumnSite) {
    this.name = site.name
    this.#site = site
    this.#retention = retentionOf(site.declaration, site.store.clock)
    const column = this
    this.handle = {
      add: (value) => column.#add(value),
      get: () => column.#get(),
      set: (values) => column.#set(values),
      clear: () => column.#clear(),
      get size() {
        return column.#current()?.items.length ?? 0
      },
      [Symbol.iterator]: () => (column.#read()?.items ?? none)[Symbol.iterator](),
    }
  }

  /** The list of the selected key without what has expired. */
  #current(): Elements | undefined {
    const { store, bit } = this.#site
    if (store.slot < 0) store.check(`state ${this.name}`)
    if (this.#retention !== undefined && store.slot >= 0 && (store.held[store.slot]! & bit) !== 0) this.expire(store.slot)
    return store.slot >= 0 && (store.held[store.slot]! & bit) !== 0 ? this.#lists[store.slot] : undefined
  }

  #read(): Elements | undefined {
    const current = this.#current()
    if (this.#retention?.touchedByReading === true) current?.stamps?.fill(this.#retention.now)
    return current
  }

  #get(): readonly unknown[] {
    const current = this.#read()
    if (current === undefined) return none
    current.handedOut = true
    if (this.#site.store.freeze !== undefined) Object.freeze(current.items)
    return current.items
  }

  #add(value: unknown): void {
    const { store, bit } = this.#site
    if (this.#retention !== undefined) this.#current()
    const slot = store.slot >= 0 ? store.slot : store.own(`state ${this.name}`)
    if (store.freeze !== undefined) store.freeze(value)
    store.held[slot]! |= bit
    this.#push(slot, value, this.#retention?.now)
  }

  #push(slot: number, value: unknown, stamp: number | undefined): void {
    const list = this.#lists[slot]
    if (list === undefined) {
      put(this.#lists, slot, { items: [value], stamps: stamp === undefined ? undefined : [stamp], handedOut: false })
      return
    }
    if (list.handedOut) {
      list.items = list.items.slice()
      list.handedOut = false
    }
    list.items.push(value)
    if (stamp !== undefined) list.stamps!.push(stamp)
  }

  #set(values: readonly unknown[]): void {
    const { store, bit } = this.#site
    // A copy: the engine's list must not change with the caller's array.
    const items = [...values]
    if (items.length === 0) {
      this.#clear()
      return
    }
    const slot = store.own(`state ${this.name}`)
    if (store.freeze !== undefined) for (const value of items) store.freeze(value)
    store.held[slot]! |= bit
    const stamps = this.#retention === undefined ? undefined : new Array<number>(items.length).fill(this.#retention.now)
    put(this.#lists, slot, { items, stamps, handedOut: false })
  }

  #clear(): void {
    const { store, bit } = this.#site
    const slot = store.heldSlot(`state ${this.name}`, bit)
    if (slot >= 0) this.#drop(slot)
  }

  #drop(slot: number): void {
    this.#lists[slot] = undefined
    this.#site.store.drop(slot, this.#site.bit)
  }

  append(cut: Cut, slot: number): number {
    const { index } = this.#site.store
    const { items, stamps } = this.#lists[slot]!
    const group = index.groupAt(slot)
    const key = index.keyAt(slot)
    for (let i = 0; i < items.length; i++) cut.append(group, key, stamps?.[i], items[i])
    return items.length
  }

  restore(slot: number, namespace: unknown, value: unknown): void {
    this.#site.store.freeze?.(value)
    this.#push(slot, value, this.#retention === undefined ? undefined : stampOr(namespace))
  }

  isDue(slot: number): boolean {
    if (this.#retention === undefined) return false
    const oldest = this.#lists[slot]!.stamps![0]!
    return this.#retention.expired(oldest) || this.#retention.isUndated(oldest)
  }

  expire(slot: number): void {
    if (!this.isDue(slot)) return
    const list = this.#lists[slot]!
    const stamps = list.stamps!
    for (let i = 0; i < stamps.length && this.#retention!.isUndated(stamps[i]!); i++) stamps[i] = this.#retention!.now
    let gone = 0
    while (gone < stamps.length && this.#retention!.expired(stamps[gone]!)) gone++
    if (gone === stamps.length) {
      this.#drop(slot)
      return
    }
    if (gone === 0) return
    stamps.splice(0, gone)
    // A new array: the old one may be in the hands of user code that is going through it.
    list.items = list.items.slice(gone)
    list.handedOut = false
  }

  peek(slot: number): unknown {
    return (this.#site.store.held[slot]! & this.#site.bit) === 0 ? [] : copyPlain(this.#lists[slot]!.items)
  }
}
