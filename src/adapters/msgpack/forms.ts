// What MessagePack cannot say is carried as an object with the one key U+0000, whose value is [form, payload]. A plain object that has
// such a key itself is carried as its entries, so the two cannot be mixed up.

/** The one key of a wrapped value. */
export const mark = '\0'

/** What stands in [form, payload]; the numbers are part of the format. */
export const form = {
  negativeZero: 0,
  /** A string as its UTF-16 units, little-endian. */
  units: 1,
  /** A bigint beyond 64 bits, in hexadecimal with its sign. */
  bigint: 2,
  /** ms since the epoch, NaN for an invalid date. */
  date: 3,
  /** Keys and values in turn. */
  map: 4,
  set: 5,
  /** A plain object with unusual keys: keys and values in turn. */
  entries: 6,
  /** The same, with the prototype null. */
  bare: 7,
  /** [index in `typedArrays`, bytes]. */
  typedArray: 8,
  buffer: 9,
} as const

/** In the order of their indices. Their bytes are as in memory: little-endian on every platform that Node has releases for, but s390x and AIX. */
export const typedArrays = [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const

export const wrap = (kind: number, payload: unknown): object => ({ [mark]: [kind, payload] })

/** Whether a string survives UTF-8 and every decoder: no lone surrogates, and no U+FEFF in front, which a decoder may take for a mark. */
export function isPlainText(text: string): boolean {
  return text.charCodeAt(0) !== 0xfeff && (text as string & { isWellFormed(): boolean }).isWellFormed()
}

/** Whether msgpackr keeps a key: it renames `__proto__`. */
export const isPlainKey = (key: string): boolean => key !== mark && key !== '__proto__' && isPlainText(key)

export function unitsOfText(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), true)
  return bytes
}
