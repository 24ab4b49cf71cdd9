// Map state: a Map a key, with a stamp for each entry where the state has a TTL.
//
// An entry of a checkpoint is one entry of the map; its namespace is the entry's key, or [key, stamp]. With a TTL writing (or a touching
// read) moves an entry to the end, so entries lie in the order of their stamps, oldest first, and what has expired is always a front part.

import { MillraceError } from '../model/errors.ts'
import type { Key } from '../model/key.ts'
import { put } from './cells.ts'
import type { Column, ColumnSite } from './column.ts'
import { copyPlain } from './copy-plain.ts'
import type { MapState } from './declarations.ts'
import type { Cut } from './part.ts'
import { type Retention, retentionOf, stampOr } from './retention.ts'

const none: ReadonlyMap<Key, unknown> = new Map()

export class MapColumn implements Column {
  readonly name: string
  readonly handle: MapState<Key, unknown>
  readonly #site: ColumnSite
  readonly #retention: Retention | undefined
  readonly #maps: (Map<Key, unknown> | undefined)[] = []
  readonly #stamps: (Map<Key, number> | undefined)[] = []

  constructor(site: ColumnSite) {
    this.name = site.name
    this.#site = site
    this.#retention = retentionOf(site.declaration, site.store.clock)
    const column = this
    this.handle = {
      get: (key) => column.#get(key),
      set: (key, value) => column.#set(key, value),
      has: (key) => column.#current().has(key),
      delete: (key) => column.#delete(key),
      keys: () => column.#read().keys(),
      values: () => column.#read().values(),
      clear: () => column.#clear(),
      get size() {
        return column.#current().size
      },
      [Symbol.iterator]: () => column.#read().entries(),
    }
  }

  /** The map of the selected key without what has expired. */
  #current(): ReadonlyMap<Key, unknown> {
    const { store, bit } = this.#site
    if (store.slot < 0) store.check(`state ${this.name}`)
    if (this.#retention !== undefined && store.slot >= 0 && (store.held[store.slot]! & bit) !== 0) this.expire(store.slot)
    return store.slot >= 0 && (store.held[store.slot]! & bit) !== 0 ? this.#maps[store.slot]! : none
  }

  /** For going through it. With a TTL a copy: writing moves entries to the end, and whoever does that on the way would never arrive. */
  #read(): ReadonlyMap<Key, unknown> {
    const current = this.#current()
    if (this.#retention === undefined || current.size === 0) return current
    if (this.#retention.touchedByReading) {
      const stamps = this.#stamps[this.#site.store.slot]!
      const { now } = this.#retention
      for (const key of stamps.keys()) stamps.set(key, now)
    }
    return new Map(current)
  }

  #get(key: Key): unknown {
    const current = this.#current()
    const value = current.get(key)
    if (this.#retention?.touchedByReading === true && (value !== undefined || current.has(key)))
      this.#write(this.#site.store.slot, key, value, this.#retention.now)
    return value
  }

  #set(key: Key, value: unknown): void {
    const { store, bit } = this.#site
    if (typeof key !== 'string' && (Number.isNaN(key) || !isKey(key))) throw badKey(store.operator, this.name, key)
    if (this.#retention !== undefined) this.#current()
    const slot = store.slot >= 0 ? store.slot : store.own(`state ${this.name}`)
    if (store.freeze !== undefined) store.freeze(value)
    store.held[slot]! |= bit
    this.#write(slot, key, value, this.#retention?.now)
  }

  #write(slot: number, key: Key, value: unknown, stamp: number | undefined): void {
    const map = this.#maps[slot]
    if (stamp !== undefined) {
      map?.delete(key)
      const stamps = this.#stamps[slot]
      stamps?.delete(key)
      if (stamps === undefined) put(this.#stamps, slot, new Map([[key, stamp]]))
      else stamps.set(key, stamp)
    }
    if (map === undefined) put(this.#maps, slot, new Map([[key, value]]))
    else map.set(key, value)
  }

  #delete(key: Key): void {
    if (!this.#current().has(key)) return
    const { slot } = this.#site.store
    const map = this.#maps[slot]!
    map.delete(key)
    this.#stamps[slot]?.delete(key)
    if (map.size === 0) this.#drop(slot)
  }

  #clear(): void {
    const { store, bit } = this.#site
    const slot = store.heldSlot(`state ${this.name}`, bit)
    if (slot >= 0) this.#drop(slot)
  }

  #drop(slot: number): void {
    this.#maps[slot] = undefined
    if (this.#retention !== undefined) this.#stamps[slot] = undefined
    this.#site.store.drop(slot, this.#site.bit)
  }

  append(cut: Cut, slot: number): number {
    const { index } = this.#site.store
    const map = this.#maps[slot]!
    const stamps = this.#stamps[slot]
    const group = index.groupAt(slot)
    const owner = index.keyAt(slot)
    for (const [key, value] of map) cut.append(group, owner, stamps === undefined ? key : [key, stamps.get(key)], value)
    return map.size
  }

  restore(slot: number, namespace: unknown, value: unknown): void {
    this.#site.store.freeze?.(value)
    const [key, stamp] = Array.isArray(namespace) ? (namespace as [Key, unknown]) : [namespace as Key, undefined]
    this.#write(slot, key, value, this.#retention === undefined ? undefined : stampOr(stamp))
  }

  isDue(slot: number): boolean {
    if (this.#retention === undefined) return false
    const [oldest] = this.#stamps[slot]!.values()
    return this.#retention.expired(oldest!) || this.#retention.isUndated(oldest!)
  }

  expire(slot: number): void {
    if (!this.isDue(slot)) return
    const map = this.#maps[slot]!
    const stamps = this.#stamps[slot]!
    for (const [key, stamp] of stamps) {
      if (this.#retention!.isUndated(stamp)) stamps.set(key, this.#retention!.now)
      else if (!this.#retention!.expired(stamp)) return
      else {
        stamps.delete(key)
        map.delete(key)
      }
    }
    if (map.size > 0) return
    this.#drop(slot)
  }

  peek(slot: number): unknown {
    return (this.#site.store.held[slot]! & this.#site.bit) === 0 ? new Map() : copyPlain(this.#maps[slot])
  }
}

const isKey = (key: unknown): boolean =>
  typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean'

function badKey(operator: string, state: string, key: unknown): MillraceError {
  return new MillraceError(
    'USER_CODE',
    `operator ${operator}: ${key === null ? 'null' : typeof key === 'number' ? 'NaN' : `a value of type ${typeof key}`} is no key of the map in state ${state}: use a string, number, bigint or boolean, such as JSON.stringify([a, b])`,
  )
}
