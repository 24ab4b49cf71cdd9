// Broadcast state: what all subtasks of a connected operator hold alike, changed only by the records of the broadcast side.
//
// It is keyed state of a single key: the same declarations, handles, versions and TTLs. It is small, has no key of its own, and is taken
// into a checkpoint whole; every new subtask takes one old copy.

import { MillraceError } from '../model/errors.ts'
import type { Key } from '../model/key.ts'
import type { MapState, StateSpec } from './declarations.ts'
import { KeyedStore, type StoreOptions } from './keyed-store.ts'
import type { OperatorPart, Redistribution } from './part.ts'

/** The one key. */
const shared = 0

interface SavedState {
  readonly name: string
  readonly version: number
  /** Namespace and value of each entry. */
  readonly entries: readonly (readonly [unknown, unknown])[]
}

export class BroadcastState implements OperatorPart {
  readonly name = 'broadcast'
  readonly version = 1
  readonly redistribution: Redistribution = 'copy'
  /** Handles by name, for the broadcast side. */
  readonly live: Readonly<Record<string, unknown>>
  /** What the other side sees by name: maps as read-only maps, everything else as its value. */
  readonly view: Readonly<Record<string, unknown>>
  readonly #store: KeyedStore

  constructor(spec: StateSpec, options: Omit<StoreOptions, 'maxParallelism' | 'scope'>) {
    this.#store = new KeyedStore({ ...options, maxParallelism: 1, scope: 'onBroadcast (in onElement it is read-only)' })
    this.live = this.#store.declare(spec)
    this.view = this.#createView()
  }

  /** `onBroadcast` begins: handles work. */
  begin(): void {
    this.#store.select(shared, 0)
  }

  end(): void {
    this.#store.deselect()
  }

  #createView(): Readonly<Record<string, unknown>> {
    const view = {}
    for (const [name, handle] of Object.entries(this.live)) {
      const isMap = this.#store.parts.some((part) => part.name === `map.${name}`)
      const readOnly = isMap ? new ReadOnlyMap(handle as MapState<Key, unknown>, this.#store) : undefined
      Object.defineProperty(view, name, { enumerable: true, get: () => readOnly ?? this.#read(handle as { get(): unknown }) })
    }
    return Object.freeze(view)
  }

  #read(handle: { get(): unknown }): unknown {
    return reading(this.#store, () => handle.get())
  }

  collect(): readonly unknown[] {
    const states = this.#store.parts.map((part): SavedState => {
      const entries: [unknown, unknown][] = []
      part.begin({ append: (_group, _key, namespace, value) => entries.push([namespace, value]) })
      part.copy(Number.POSITIVE_INFINITY)
      return { name: part.name, version: part.version, entries }
    })
    return [states]
  }

  restore(items: readonly unknown[]): void {
    for (const { name, version, entries } of (items as SavedState[][]).flat()) {
      const part = this.#store.parts.find((one) => one.name === name)
      if (part === undefined) throw ownerless(this.#store.operator, name)
      for (const [namespace, value] of entries) part.restore(0, shared, namespace, value, version)
    }
  }
}

/** Selects the shared key for one look, unless it is selected. */
function reading<R>(store: KeyedStore, look: () => R): R {
  if (store.slot !== -2) return look()
  store.select(shared, 0)
  try {
    return look()
  } finally {
    store.deselect()
  }
}

/** A map state as a map that cannot be written. */
class ReadOnlyMap implements ReadonlyMap<Key, unknown> {
  readonly #state: MapState<Key, unknown>
  readonly #store: KeyedStore

  constructor(state: MapState<Key, unknown>, store: KeyedStore) {
    this.#state = state
    this.#store = store
  }

  get size(): number {
    return reading(this.#store, () => this.#state.size)
  }

  get(key: Key): unknown {
    return reading(this.#store, () => this.#state.get(key))
  }

  has(key: Key): boolean {
    return reading(this.#store, () => this.#state.has(key))
  }

  forEach(callback: (value: unknown, key: Key, map: ReadonlyMap<Key, unknown>) => void): void {
    for (const [key, value] of this) callback(value, key, this)
  }

  keys(): MapIterator<Key> {
    return reading(this.#store, () => this.#state.keys() as MapIterator<Key>)
  }

  values(): MapIterator<unknown> {
    return reading(this.#store, () => this.#state.values() as MapIterator<unknown>)
  }

  entries(): MapIterator<[Key, unknown]> {
    return reading(this.#store, () => this.#state[Symbol.iterator]() as MapIterator<[Key, unknown]>)
  }

  [Symbol.iterator](): MapIterator<[Key, unknown]> {
    return this.entries()
  }
}

function ownerless(operator: string, name: string): MillraceError {
  return new MillraceError(
    'STATE_MISMATCH',
    `operator ${operator}: shared state ${name} was saved, and the job declares no such state: bring it back under that name, or drop the state with --drop ${operator}`,
    { operator },
  )
}
