// A column of strings: all headers, then all units (see text.ts).
//
// Strings wait until a few hundred units have come together and are then encoded at once: joining them and one call of the text encoder
// cost 35 ns a string, a loop over the units of each 3 ns a unit. Only a batch that is not ASCII is encoded string by string.

import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './bytes.ts'
import { ascii, bytesOfHeader, checkedHeader, headerOf, readUnits, writeUnits } from './text.ts'

const waitingMax = 64
const waitingUnitsMax = 4_096
const encoder = new TextEncoder()

export class StringWriter {
  readonly #waiting: string[] = []
  #waitingUnits = 0
  readonly #headers = new ByteWriter()
  readonly #units = new ByteWriter()

  append(text: string): void {
    this.#waiting.push(text)
    this.#waitingUnits += text.length
    if (this.#waiting.length === waitingMax || this.#waitingUnits > waitingUnitsMax) this.#encodeWaiting()
  }

  finish(into: ByteWriter): void {
    this.#encodeWaiting()
    into.u32(this.#headers.length)
    into.u32(this.#units.length)
    into.copy(this.#headers.written())
    into.copy(this.#units.written())
  }

  reset(): void {
    this.#waiting.length = 0
    this.#waitingUnits = 0
    this.#headers.reset()
    this.#units.reset()
  }

  #encodeWaiting(): void {
    const waiting = this.#waiting
    const units = this.#waitingUnits
    if (this.#encodedAsAscii(units)) for (const text of waiting) this.#headers.varint(headerOf(text.length, ascii))
    else for (const text of waiting) this.#headers.varint(writeUnits(this.#units, text))
    waiting.length = 0
    this.#waitingUnits = 0
  }

  /** ASCII is what has as many bytes in UTF-8 as it has units: other units that fit would leave some unread. */
  #encodedAsAscii(units: number): boolean {
    const start = this.#units.reserve(units)
    const { read, written } = encoder.encodeInto(this.#waiting.join(''), this.#units.bytes.subarray(start, start + units))
    if (read === units && written === units) return true
    this.#units.truncate(start)
    return false
  }
}

export class StringReader {
  readonly #reader: ByteReader
  readonly #headers: ByteReader
  #at: number
  readonly #end: number

  constructor(reader: ByteReader, count: number) {
    const headers = reader.u32()
    const units = reader.u32()
    if (count > headers) throw reader.corrupt(`${count} strings need more than ${headers} bytes of headers`)
    this.#reader = reader
    this.#headers = reader.part(headers)
    this.#at = reader.take(units)
    this.#end = this.#at + units
  }

  next(): string {
    const header = checkedHeader(this.#headers, this.#headers.varint())
    const at = this.#at
    const end = at + bytesOfHeader(header)
    if (end > this.#end) throw this.#reader.corrupt('a string runs past the end of its column')
    this.#at = end
    return readUnits(this.#reader.buffer, at, header)
  }
}
