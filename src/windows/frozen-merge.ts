// In tests: finds aggregates whose `merge` changes its second argument, or keeps it and changes it later.
//
// What `merge` gets second often lives on: slices are merged into one window after the other. Freezing it where it is would break the `add`
// that a held slice may still see, so `merge` gets a frozen copy, of which a part that it keeps stays frozen. A reduce changes neither
// argument, and may return either: its second one is frozen as it is.

import type { Fold } from './fold.ts'

/** @param freeze deep-freezes a value; undefined = this is no test, and the fold stays as it is */
export function withFrozenMerge(fold: Fold, freeze: ((value: unknown) => void) | undefined): Fold {
  const { kind, merge, own } = fold
  if (freeze === undefined || merge === undefined || kind === 'process') return fold
  const frozen = (acc: unknown): unknown => {
    const second = kind === 'reduce' ? acc : copyOf(acc)
    freeze(second)
    return second
  }
  return {
    ...fold,
    merge: (a, b) => merge(a, frozen(b)),
    // That of a reduce merges nothing.
    own: kind === 'reduce' ? own : (acc) => own(frozen(acc)),
  }
}

/** A deep copy. Objects keep their prototypes, also of classes that no checkpoint could hold: this is not the place to refuse them. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf)
  const prototype: object | null = Object.getPrototypeOf(value)
  if (value instanceof Map)
    return Object.setPrototypeOf(new Map(Array.from(value, ([key, item]) => [copyOf(key), copyOf(item)])), prototype)
  if (value instanceof Set) return Object.setPrototypeOf(new Set(Array.from(value, copyOf)), prototype)
  if (value instanceof Date) return Object.setPrototypeOf(new Date(value.getTime()), prototype)
  if (ArrayBuffer.isView(value)) return 'slice' in value ? Uint8Array.prototype.slice.call(value as Uint8Array) : value
  const properties = Object.getOwnPropertyDescriptors(value)
  for (const property of Object.values(properties)) if ('value' in property) property.value = copyOf(property.value)
  return Object.create(prototype, properties)
}
