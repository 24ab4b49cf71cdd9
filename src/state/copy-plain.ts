// A deep copy of a plain value, for results that would otherwise share their parts with state that goes on changing.
//
// It owns nothing. Plain means what checkpoints can hold: primitives, arrays, objects, Map, Set, Date, buffers and typed arrays; anything
// else (a function, an object of a class) is refused there already and is kept by reference here.

/** A copy that shares nothing mutable with `value`. No cycles. */
export function copyPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyPlain)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return copyObject(value as Record<string, unknown>, prototype)
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [copyPlain(key), copyPlain(item)]))
  if (value instanceof Set) return new Set(Array.from(value, copyPlain))
  if (value instanceof Date) return new Date(value.getTime())
  if (ArrayBuffer.isView(value) && 'slice' in value) return copyView(value as Uint8Array)
  return value
}

function copyObject(value: Record<string, unknown>, prototype: object | null): unknown {
  const copy: Record<string, unknown> = prototype === null ? Object.assign(Object.create(null), value) : { ...value }
  // Twice as fast as going through Object.keys; there is nothing to inherit.
  for (const key in copy) {
    const item = copy[key]
    if (typeof item !== 'object' || item === null) continue
    // As a key of data '__proto__' is a property like any other; an assignment would set the prototype.
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: copyPlain(item), enumerable: true, writable: true, configurable: true })
    else copy[key] = copyPlain(item)
  }
  return copy
}

// A Buffer's own `slice` shares memory; the one of typed arrays copies, and keeps the type.
const copyView = (view: Uint8Array): unknown => Uint8Array.prototype.slice.call(view)
