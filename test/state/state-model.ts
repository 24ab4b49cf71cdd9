// A process function that does to its state what its records say, and a plain model that does the same.

import { operatorId } from '../../src/model/ids.ts'
import type { Key } from '../../src/model/key.ts'
import type { Operator } from '../../src/operators/operator.ts'
import { process } from '../../src/operators/process.ts'
import {
  type AggregatingState,
  aggregating,
  type ListState,
  list,
  type MapState,
  map,
  type ReducingState,
  reducing,
  type ValueState,
  value,
} from '../../src/state/declarations.ts'

export type Change =
  | { readonly op: 'set-number' | 'add-list' | 'add-reducing' | 'add-aggregating'; readonly n: number }
  | { readonly op: 'set-other'; readonly v: unknown }
  | { readonly op: 'set-list'; readonly list: readonly number[] }
  | { readonly op: 'set-map'; readonly k: Key; readonly n: number }
  | { readonly op: 'delete-map'; readonly k: Key }
  | { readonly op: 'clear'; readonly which: keyof States }
  | { readonly op: 'read' }

export interface StateRecord {
  readonly key: Key
  readonly changes: readonly Change[]
}

export interface States {
  readonly number: ValueState<number>
  readonly other: ValueState<unknown>
  readonly list: ListState<number>
  readonly map: MapState<Key, number>
  readonly reducing: ReducingState<number>
  readonly aggregating: AggregatingState<number, string>
}

export const stateNames = ['number', 'other', 'list', 'map', 'reducing', 'aggregating'] as const

const declared = () => ({
  number: value(7),
  other: value<unknown>(),
  list: list<number>(),
  map: map<Key, number>(),
  reducing: reducing<number>((a, b) => Math.max(a, b)),
  aggregating: aggregating({
    init: () => ({ n: 0, sum: 0 }),
    add: (a, n: number) => {
      a.n++
      a.sum += n
      return a
    },
    result: ({ n, sum }) => `${sum}/${n}`,
  }),
})

interface StateContext {
  readonly state: States
  emit(value: unknown): void
}

/** Emits, for every record, what the key then holds. */
export const stateOperator = (): Operator =>
  process({
    state: declared(),
    onElement({ changes }: StateRecord, { state, emit }: StateContext) {
      for (const change of changes) apply(state, change)
      emit(read(state))
    },
  }).create(operatorId('states'))

function apply(state: States, change: Change): void {
  if (change.op === 'set-number') state.number.set(change.n)
  else if (change.op === 'set-other') state.other.set(change.v)
  else if (change.op === 'add-list') state.list.add(change.n)
  else if (change.op === 'set-list') state.list.set(change.list)
  else if (change.op === 'set-map') state.map.set(change.k, change.n)
  else if (change.op === 'delete-map') state.map.delete(change.k)
  else if (change.op === 'add-reducing') state.reducing.add(change.n)
  else if (change.op === 'add-aggregating') state.aggregating.add(change.n)
  else if (change.op === 'clear') state[change.which].clear()
}

const read = ({ number, other, list, map, reducing, aggregating }: States): unknown => ({
  number: number.get(),
  other: other.get(),
  list: list.get(),
  listSize: list.size,
  map: [...map],
  mapSize: map.size,
  reducing: reducing.get(),
  aggregating: aggregating.get(),
})

interface Held {
  number?: number
  other?: unknown
  list?: number[]
  map?: Map<Key, number>
  reducing?: number
  aggregating?: number[]
}

/** The same with plain objects. */
export class StateModel {
  readonly keys = new Map<Key, Held>()

  clone(): StateModel {
    const copy = new StateModel()
    for (const [key, held] of this.keys) copy.keys.set(key, structuredClone(held))
    return copy
  }

  record({ key, changes }: StateRecord): unknown {
    const held = this.keys.get(key) ?? {}
    for (const change of changes) this.#apply(held, change)
    if (Object.keys(held).length > 0) this.keys.set(key, held)
    else this.keys.delete(key)
    return this.#read(held)
  }

  /** What an ask gives. */
  query(key: Key): unknown {
    const held = this.keys.get(key)
    if (held === undefined) return undefined
    const { number, other, list, reducing, aggregating } = this.#read(held)
    return { number, other, list, map: held.map ?? new Map(), reducing, aggregating }
  }

  #apply(held: Held, change: Change): void {
    switch (change.op) {
      case 'set-number':
        held.number = change.n
        break
      case 'set-other':
        held.other = change.v
        break
      case 'add-list':
        held.list = [...(held.list ?? []), change.n]
        break
      case 'set-list':
        if (change.list.length === 0) delete held.list
        else held.list = [...change.list]
        break
      case 'set-map':
        held.map ??= new Map()
        held.map.set(change.k, change.n)
        break
      case 'delete-map':
        held.map?.delete(change.k)
        if (held.map?.size === 0) delete held.map
        break
      case 'add-reducing':
        held.reducing = Math.max(held.reducing ?? Number.NEGATIVE_INFINITY, change.n)
        break
      case 'add-aggregating':
        held.aggregating = [...(held.aggregating ?? []), change.n]
        break
      case 'clear':
        delete held[change.which]
        break
      case 'read':
    }
  }

  #read(held: Held) {
    const added = held.aggregating ?? []
    return {
      number: held.number ?? 7,
      other: held.other,
      list: held.list ?? [],
      listSize: held.list?.length ?? 0,
      map: [...(held.map ?? [])],
      mapSize: held.map?.size ?? 0,
      reducing: held.reducing,
      aggregating: `${added.reduce((sum, n) => sum + n, 0)}/${added.length}`,
    }
  }
}
