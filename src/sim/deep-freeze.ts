// Deep freezing: in test mode whatever is emitted may not change any more. Buffers and typed arrays cannot be frozen and are left alone;
// so are Maps and Sets, whose entries no freeze protects, but what they hold is frozen.

/** Freezes a value and everything that it holds; returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value
  if (Object.isFrozen(value)) return value
  Object.freeze(value)
  if (value instanceof Map || value instanceof Set) {
    for (const [key, item] of value.entries()) {
      deepFreeze(key)
      deepFreeze(item)
    }
    return value
  }
  for (const item of Object.values(value)) deepFreeze(item)
  return value
}
