// The way out: turns what forms.ts describes back into values, in place. Nothing is believed: a form with the wrong payload is CORRUPT.

import { MillraceError } from '../../model/errors.ts'
import { form, mark, typedArrays } from './forms.ts'

/** Depth is bounded by the check of the bytes. */
export function unwrap(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = unwrap(value[i])
    return value
  }
  const object = value as Record<string, unknown>
  const keys = Object.keys(object)
  if (keys[0] === mark && keys.length === 1) return fromForm(object[mark])
  for (const key of keys) object[key] = unwrap(object[key])
  return object
}

function fromForm(wrapped: unknown): unknown {
  if (!Array.isArray(wrapped) || wrapped.length !== 2) throw corrupt('a wrapped value is not a form and a payload')
  const payload: unknown = wrapped[1]
  switch (wrapped[0]) {
    case form.negativeZero:
      return -0
    case form.units:
      return textOf(bytesOf(payload))
    case form.bigint:
      return bigintOf(payload)
    case form.date:
      if (typeof payload !== 'number') throw corrupt('a date is not a number')
      return new Date(payload)
    case form.map:
      return mapOf(listOf(payload))
    case form.set:
      return new Set(listOf(payload))
    case form.entries:
      return objectOf({}, listOf(payload))
    case form.bare:
      return objectOf(Object.create(null), listOf(payload))
    case form.typedArray:
      return typedArrayOf(listOf(payload))
    case form.buffer:
      return bufferOf(bytesOf(payload))
    default:
      throw corrupt(`no value has the form ${String(wrapped[0])}`)
  }
}

function textOf(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let text = ''
  for (let at = 0; at + 1 < bytes.length; at += 2) text += String.fromCharCode(view.getUint16(at, true))
  return text
}

function bigintOf(digits: unknown): bigint {
  const match = typeof digits === 'string' ? /^(-?)([0-9a-f]+)$/.exec(digits) : null
  if (match === null) throw corrupt('a bigint has no digits')
  const size = BigInt(`0x${match[2]}`)
  return match[1] === '-' ? -size : size
}

function mapOf(entries: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>()
  for (let i = 0; i + 1 < entries.length; i += 2) map.set(entries[i], entries[i + 1])
  return map
}

function objectOf(object: object, entries: readonly unknown[]): object {
  for (let i = 0; i + 1 < entries.length; i += 2) {
    const key = entries[i]
    if (typeof key !== 'string') throw corrupt('a key is not a string')
    Object.defineProperty(object, key, { value: entries[i + 1], writable: true, enumerable: true, configurable: true })
  }
  return object
}

function typedArrayOf(parts: readonly unknown[]): unknown {
  const type = typedArrays[Number(parts[0])]
  const bytes = bytesOf(parts[1])
  if (type === undefined || bytes.length % type.BYTES_PER_ELEMENT !== 0)
    throw corrupt('a typed array has an unknown type or half an element')
  return new type(bytes.slice().buffer)
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function bytesOf(payload: unknown): Uint8Array {
  if (!(payload instanceof Uint8Array)) throw corrupt('bytes are expected')
  return payload
}

function listOf(payload: unknown): unknown[] {
  if (!Array.isArray(payload)) throw corrupt('a list is expected')
  return unwrap(payload) as unknown[]
}

const corrupt = (why: string): MillraceError => new MillraceError('CORRUPT', `an encoded value is damaged: ${why}`)
