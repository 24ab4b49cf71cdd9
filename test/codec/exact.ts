// For the tests of the codecs: what "comes back exactly" means, and values to try it with.

import fc from 'fast-check'

/** A text that differs for any two values that a program could tell apart, identity aside: prototypes, order of keys, -0, holes. */
export function picture(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null) return String(value)
  const prototype = Object.getPrototypeOf(value)
  const kind = prototype === null ? 'bare' : prototype.constructor.name
  const parts: string[] = []
  if (value instanceof Date) parts.push(String(value.getTime()))
  if (value instanceof Map) for (const [key, item] of value) parts.push(`${picture(key)}=>${picture(item)}`)
  if (value instanceof Set) for (const item of value) parts.push(picture(item))
  for (const key of Reflect.ownKeys(value)) {
    const { value: item } = Object.getOwnPropertyDescriptor(value, key)!
    parts.push(`${typeof key === 'string' ? JSON.stringify(key) : String(key)}:${picture(item)}`)
  }
  return `${kind}(${parts.join(',')})`
}

/** Any units at all, lone surrogates and byte order marks among them. */
export const anyText = fc.oneof(
  fc.string(),
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0xd83d, 0xde00, 0xfeff, 0x20, 0xe9)), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '\0',
    '__proto__',
    'constructor',
    'toJSON',
    'hasOwnProperty',
    '\ufeff'.padEnd(100, 'a'),
    'é'.repeat(70),
    'x'.repeat(300),
    '\ud800',
  ),
)

const leaf = fc.oneof(
  anyText,
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 127, -128, 32_767, -32_768, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 1.1),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.constantFrom(2n ** 63n, -(2n ** 63n), 2n ** 64n, -(2n ** 64n) - 1n),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.float64Array({ maxLength: 5 }),
  fc.int16Array({ maxLength: 5 }),
  fc.bigUint64Array({ maxLength: 3 }),
)

const ordinaryKey = fc.constantFrom('id', 'name', 'count', 'sum', 'b', 'a', '2', '1')
const key = fc.oneof({ weight: 4, arbitrary: ordinaryKey }, { weight: 1, arbitrary: anyText })

const object = (value: fc.Arbitrary<unknown>, prototype: object | null) =>
  fc.array(fc.tuple(key, value), { maxLength: 5 }).map((entries) => {
    const made: object = Object.create(prototype)
    for (const [name, item] of entries)
      Object.defineProperty(made, name, { value: item, writable: true, enumerable: true, configurable: true })
    return made
  })

/** Everything that the codecs promise to bring back. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 4, arbitrary: leaf },
    { weight: 4, arbitrary: object(tie('value'), Object.prototype) },
    { weight: 1, arbitrary: object(tie('value'), null) },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)) },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)) },
  ),
})).value

/** A flat record of one shape, as most state is. */
export const record = fc.record({ count: fc.integer(), sum: fc.double(), name: anyText }, { noNullPrototype: true })
