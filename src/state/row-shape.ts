// The shape of flat numeric objects, and how one of them is read into a row of doubles and made out of it again.
//
// An object fits when it is plain, has exactly the fields of the shape in their order, and all of them are numbers. Every double comes back
// exactly, -0 and NaN too. Reading and making are compiled once for each shape, with the field names in the text: V8 then keeps what it knows
// about the shape with its own code. Through shared code with names as arguments a field costs 15 ns as soon as a process has several
// shapes; compiled, a whole {count, sum} is taken apart and made again in 10 ns. Fields are read before the prototype is looked at: V8 then
// knows what the object is and makes no call for it (25 ns to take a {count, sum} instead of 45). Names may come from data, so only plain
// identifiers are taken, and they stand in the text as string literals. Where the process forbids code generation there are no shapes, and
// such objects stay objects.

import { isPlainName } from '../codec/field-names.ts'

/** Fields of the widest shape: beyond it most of a row would be copied for nothing. */
const fieldsMax = 16

type Take = (object: object, rows: Float64Array, at: number) => boolean
type Equals = (object: object, rows: Float64Array, at: number) => boolean
type Fill = (object: object, rows: Float64Array, at: number) => object
type Make = (rows: Float64Array, at: number) => object

export class RowShape {
  readonly fields: readonly string[]
  readonly width: number
  /** Writes an object into the row at an offset. False = it does not fit, and nothing was written. */
  readonly take: Take
  /** Whether the fields of an object of this shape are those of a row. */
  readonly equals: Equals
  /** Writes a row into an object of this shape, and returns it. */
  readonly fill: Fill
  /** A new object out of a row. */
  readonly make: Make

  private constructor(fields: readonly string[]) {
    const names = fields.map((field) => JSON.stringify(field))
    const each = (text: (name: string, i: number) => string, between = ' '): string => names.map(text).join(between)
    this.fields = fields
    this.width = fields.length
    this.take = new Function(
      `"use strict"; return function take(o, r, at) {
        if (o === null) return false
        ${each((name, i) => `const v${i} = o[${name}];`)}
        if (${each((_, i) => `typeof v${i} !== 'number'`, ' || ')} || Object.getPrototypeOf(o) !== Object.prototype) return false
        let n = 0
        for (const k in o) switch (n++) { ${each((name, i) => `case ${i}: if (k !== ${name}) return false; break;`)} default: return false }
        if (n !== ${fields.length}) return false
        ${each((_, i) => `r[at + ${i}] = v${i};`)}
        return true
      }`,
    )() as Take
    const differs = (name: string, i: number): string => `(o[${name}] !== r[at + ${i}] && o[${name}] === o[${name}])`
    this.equals = new Function(`"use strict"; return function equals(o, r, at) { return !(${each(differs, ' || ')}) }`)() as Equals
    this.fill = new Function(
      `"use strict"; return function fill(o, r, at) { ${each((name, i) => `o[${name}] = r[at + ${i}];`)} return o }`,
    )() as Fill
    this.make = new Function(
      `"use strict"; return function make(r, at) { return { ${each((name, i) => `${name}: r[at + ${i}]`, ', ')} } }`,
    )() as Make
  }

  /** The shape of a value; undefined when it is no flat numeric object. */
  static of(value: unknown): RowShape | undefined {
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return undefined
    const fields = Object.keys(value)
    return fields.every((field) => typeof (value as Record<string, unknown>)[field] === 'number') ? RowShape.named(fields) : undefined
  }

  /** The shape with these fields; undefined where there can be none. */
  static named(fields: readonly string[]): RowShape | undefined {
    if (fields.length === 0 || fields.length > fieldsMax) return undefined
    if (!fields.every(isPlainName)) return undefined
    try {
      return new RowShape(fields)
    } catch {
      return undefined // the process forbids code generation
    }
  }

  has(fields: readonly string[]): boolean {
    return fields.length === this.width && fields.every((field, i) => field === this.fields[i])
  }
}
