// A column of values of any shape, each through the value codec, with its length.

import type { ValueCodec } from '../model/codec.ts'
import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './bytes.ts'

export class ValueWriter {
  readonly #codec: ValueCodec
  readonly #bytes = new ByteWriter()

  constructor(codec: ValueCodec) {
    this.#codec = codec
  }

  append(value: unknown): void {
    const bytes = this.#codec.encode(value)
    this.#bytes.varint(bytes.length)
    this.#bytes.copy(bytes)
  }

  finish(into: ByteWriter): void {
    into.u32(this.#bytes.length)
    into.copy(this.#bytes.written())
  }

  reset(): void {
    this.#bytes.reset()
  }
}

export class ValueReader {
  readonly #codec: ValueCodec
  readonly #reader: ByteReader

  constructor(reader: ByteReader, count: number, codec: ValueCodec) {
    const length = reader.u32()
    if (count > length) throw reader.corrupt(`${count} values need more than ${length} bytes`)
    this.#codec = codec
    this.#reader = reader.part(length)
  }

  next(): unknown {
    return this.#codec.decode(this.#reader.span(this.#reader.varint()))
  }
}
