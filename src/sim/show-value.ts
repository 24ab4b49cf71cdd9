// Values as text: equal values give equal text and different ones different text, also where JSON makes them look alike.

/** Text of any value that a codec takes; property order does not matter, the order of a Map's entries neither. */
export function showValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'object':
      return value === null ? 'null' : showObject(value)
    default:
      return String(value)
  }
}

function showObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(showValue).join(', ')}]`
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => `${showValue(key)} => ${showValue(item)}`)
    return `Map { ${entries.sort().join(', ')} }`
  }
  if (value instanceof Set) return `Set { ${[...value].map(showValue).sort().join(', ')} }`
  if (value instanceof Date) return `Date ${value.getTime()}`
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    return `${value.constructor.name} [${bytes.join(', ')}]`
  }
  const entries = Object.entries(value).map(([name, item]) => `${name}: ${showValue(item)}`)
  return `{ ${entries.sort().join(', ')} }`
}
