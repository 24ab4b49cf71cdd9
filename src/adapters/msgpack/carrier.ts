// The way in: gives back a value itself where nothing in it needs wrapping (see forms.ts), and copies only what contains something that
// does. It is also the gate: what cannot come back exactly is refused here, with its path.
//
// Symbol keys and properties that are not enumerable are no data, as in structuredClone. One object in two places becomes two objects.

import { types } from 'node:util'
import { isDense } from '../../codec/arrays.ts'
import { MillraceError } from '../../model/errors.ts'
import { valueBytesMax, valueDepthMax } from '../../model/limits.ts'
import { form, isPlainKey, isPlainText, typedArrays, unitsOfText, wrap } from './forms.ts'

/** From an object to one of its parts: a key, an index, or words where there is no such notation. */
type Step = string | number | { readonly words: string }

export class Carrier {
  /** Whether the last value needed wrapping anywhere. */
  hasWrapped = false
  /** The step taken at each depth, and the objects that are open: for the path in an error. */
  readonly #steps: Step[] = []
  readonly #open: unknown[] = []
  /** Bytes that the value may still have, each part counted with the least that it can take. */
  #left = 0

  /** @throws UNENCODABLE */
  carry(value: unknown): unknown {
    this.hasWrapped = false
    this.#left = valueBytesMax
    try {
      return this.#carry(value, 0)
    } finally {
      if (this.#open[0] !== undefined) this.#open.fill(undefined)
    }
  }

  #carry(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return this.#text(value, depth)
      case 'number':
        this.#spend(1, depth)
        return Object.is(value, -0) ? this.#wrap(form.negativeZero, null) : value
      case 'object':
        this.#spend(1, depth)
        return value === null ? value : this.#object(value, depth)
      case 'bigint':
        return this.#bigint(value, depth)
      case 'function':
      case 'symbol':
        throw this.#refusal(depth, `a ${typeof value}`)
      default:
        this.#spend(1, depth)
        return value
    }
  }

  #text(text: string, depth: number): unknown {
    this.#spend(1 + text.length, depth)
    return isPlainText(text) ? text : this.#wrap(form.units, unitsOfText(text))
  }

  #bigint(value: bigint, depth: number): unknown {
    this.#spend(9, depth)
    if (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value) return value
    const digits = value.toString(16)
    this.#spend(digits.length, depth)
    return this.#wrap(form.bigint, digits)
  }

  #object(value: object, depth: number): unknown {
    if (depth === valueDepthMax) throw this.#tooDeep(value)
    this.#open[depth] = value
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) return this.#plain(value as Record<string, unknown>, depth)
    if (prototype === Array.prototype && Array.isArray(value)) return this.#array(value, depth)
    if (prototype === null) return this.#entries(form.bare, value as Record<string, unknown>, Object.keys(value), depth)
    return this.#builtIn(value, prototype, depth)
  }

  #plain(value: Record<string, unknown>, depth: number): object {
    const keys = Object.keys(value)
    for (const key of keys) if (!isPlainKey(key)) return this.#entries(form.entries, value, keys, depth)
    let copy: Record<string, unknown> | undefined
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      this.#spend(1 + key.length, depth)
      this.#steps[depth] = key
      const part = value[key]
      const carried = this.#carry(part, depth + 1)
      if (copy === undefined && !Object.is(carried, part)) {
        copy = {}
        for (let done = 0; done < i; done++) copy[keys[done]!] = value[keys[done]!]
      }
      if (copy !== undefined) copy[key] = carried
    }
    return copy ?? value
  }

  #array(value: readonly unknown[], depth: number): object {
    if (!isDense(value)) throw this.#notDense(value, depth)
    let copy: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      this.#steps[depth] = i
      const part = value[i]
      const carried = this.#carry(part, depth + 1)
      if (copy === undefined && !Object.is(carried, part)) copy = value.slice(0, i)
      if (copy !== undefined) copy.push(carried)
    }
    return copy ?? value
  }

  #entries(kind: number, value: Record<string, unknown>, keys: readonly string[], depth: number): object {
    const entries: unknown[] = []
    for (const key of keys) {
      this.#steps[depth] = key
      entries.push(this.#text(key, depth + 1), this.#carry(value[key], depth + 1))
    }
    return this.#wrap(kind, entries)
  }

  #builtIn(value: object, prototype: object, depth: number): unknown {
    if (types.isDate(value) && prototype === Date.prototype) return this.#wrap(form.date, value.getTime())
    if (types.isMap(value) && prototype === Map.prototype) return this.#map(value, depth)
    if (types.isSet(value) && prototype === Set.prototype) return this.#set(value, depth)
    if (types.isTypedArray(value)) {
      this.#spend(value.byteLength, depth)
      if (prototype === Uint8Array.prototype) return value
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      if (prototype === Buffer.prototype) return this.#wrap(form.buffer, bytes)
      const index = typedArrays.findIndex((type) => type.prototype === prototype)
      if (index >= 0) return this.#wrap(form.typedArray, [index, bytes])
    }
    throw this.#refusal(depth, `an instance of ${(value as { constructor?: { name?: unknown } }).constructor?.name || 'an unnamed class'}`)
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): object {
    const entries: unknown[] = []
    let index = 0
    for (const [key, value] of map) {
      this.#steps[depth] = { words: `(key ${index})` }
      entries.push(this.#carry(key, depth + 1))
      this.#steps[depth] = { words: `(value ${index++})` }
      entries.push(this.#carry(value, depth + 1))
    }
    return this.#wrap(form.map, entries)
  }

  #set(set: ReadonlySet<unknown>, depth: number): object {
    const elements: unknown[] = []
    for (const element of set) {
      this.#steps[depth] = { words: `(element ${elements.length})` }
      elements.push(this.#carry(element, depth + 1))
    }
    return this.#wrap(form.set, elements)
  }

  #wrap(kind: number, payload: unknown): object {
    this.hasWrapped = true
    return wrap(kind, payload)
  }

  #spend(bytes: number, depth: number): void {
    this.#left -= bytes
    if (this.#left >= 0) return
    throw new MillraceError(
      'UNENCODABLE',
      `a value has more than ${valueBytesMax} bytes, counted up to ${this.#path(depth)}: keep it in several entries, such as a map state`,
    )
  }

  #refusal(depth: number, what: string): MillraceError {
    return new MillraceError(
      'UNENCODABLE',
      `${this.#path(depth)} is ${what}: records and state may hold plain objects and arrays, primitives, Date, Map, Set and typed arrays; turn it into those`,
    )
  }

  #notDense(array: readonly unknown[], depth: number): MillraceError {
    const hole = array.findIndex((element, i) => element === undefined && !(i in array))
    if (hole >= 0) return this.#refusal(depth, `an array with a hole at ${hole}`)
    const named = Object.keys(array).find((key) => !/^\d+$/.test(key))
    return this.#refusal(depth, `an array with the property ${JSON.stringify(named)} beside its elements`)
  }

  #tooDeep(value: object): MillraceError {
    const chain = [...this.#open.slice(0, valueDepthMax), value]
    const again = chain.findIndex((object, i) => chain.indexOf(object) < i)
    if (again < 0) return this.#refusal(valueDepthMax, `nested deeper than ${valueDepthMax} levels`)
    return this.#refusal(again, `${this.#path(chain.indexOf(chain[again]))} again, so the value contains itself`)
  }

  #path(depth: number): string {
    let path = '$'
    for (const step of this.#steps.slice(0, depth)) {
      if (typeof step === 'object') path += step.words
      else if (typeof step === 'number') path += `[${step}]`
      else path += /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
    }
    return path
  }
}
