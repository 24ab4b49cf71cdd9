// Frames as bytes, between threads and between processes: a head (frame-head.ts) and, where there are records, a body:
//
//   times f64 each (if any record has one) | groups u16 each, keys (cells.ts) (behind a keyBy) | counts u32 each (if there are partials)
//   | form u8, values
//   form 0: values one by one or all of one kind (cells.ts), form 1: rows (rows.ts)
//
// One encoder and one decoder a channel, for the life of an attempt: they remember shapes, buffers and the strings that were sent. So a
// decoder must be given every frame of its encoder once and in order, which is what ChannelReceiver lets through; a frame that does not
// continue the one before it is CORRUPT where that can be seen. Nothing that is decoded points into the frame's bytes.

import { type Batch, growBatch } from '../model/batch.ts'
import type { ValueCodec } from '../model/codec.ts'
import type { Frame } from '../model/frame.ts'
import { frameRecordsMax } from '../model/limits.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './bytes.ts'
import { CellReader, CellWriter } from './cells.ts'
import { type FrameHead, foldedFlag, frameHeadBytes, keyedFlag, readFrameHead, timedFlag, writeFrameHead } from './frame-head.ts'
import { RowReader, RowWriter } from './rows.ts'

const cellsForm = 0
const rowsForm = 1

export class FrameEncoder {
  readonly #codec: ValueCodec
  readonly #into = new ByteWriter()
  readonly #keys: CellWriter
  readonly #rows: RowWriter
  readonly #values: CellWriter

  /** @param codec takes the values that columns do not cover */
  constructor(codec: ValueCodec) {
    this.#codec = codec
    this.#keys = new CellWriter(codec)
    this.#rows = new RowWriter(codec)
    this.#values = new CellWriter(codec)
  }

  /**
   * The bytes of a frame: a view, valid until the next call.
   * @throws UNENCODABLE, naming the path inside of the value, for what cannot come back exactly. The encoder can go on with another frame
   */
  encode(frame: Frame): Uint8Array {
    const { batch } = frame
    const into = this.#into
    into.reset()
    into.reserve(frameHeadBytes)
    let flags = 0
    try {
      if (batch !== null && batch.length > 0) flags = this.#writeBody(batch)
    } catch (thrown) {
      this.#keys.forget()
      this.#rows.forget()
      this.#values.forget()
      throw this.#fromTheTop(batch!, thrown)
    }
    writeFrameHead(into, frame, batch === null ? 0 : batch.length, flags)
    return into.written()
  }

  #writeBody(batch: Batch): number {
    const into = this.#into
    const count = batch.length
    let flags = 0
    if (hasTimes(batch)) {
      flags |= timedFlag
      const at = into.reserve(8 * count)
      for (let i = 0; i < count; i++) into.view.setFloat64(at + 8 * i, batch.times[i]!, true)
    }
    if (batch.keys[0] !== undefined) {
      flags |= keyedFlag
      const at = into.reserve(2 * count)
      for (let i = 0; i < count; i++) into.view.setUint16(at + 2 * i, batch.groups[i]!, true)
      this.#keys.write(into, batch.keys, 0, count)
    }
    if (batch.partials > 0) {
      flags |= foldedFlag
      const at = into.reserve(4 * count)
      for (let i = 0; i < count; i++) into.view.setUint32(at + 4 * i, batch.counts[i]!, true)
    }
    const form = into.length
    into.u8(rowsForm)
    if (this.#rows.write(into, batch.values, count)) return flags
    into.truncate(form)
    into.u8(cellsForm)
    this.#values.write(into, batch.values, 0, count)
    return flags
  }

  /** What a column of a field threw names a path from there; the codec, given the whole value, names it from the top. */
  #fromTheTop(batch: Batch, thrown: unknown): unknown {
    try {
      for (let i = 0; i < batch.length; i++) this.#codec.encode(batch.values[i])
      return thrown
    } catch (fuller) {
      return fuller
    }
  }
}

function hasTimes(batch: Batch): boolean {
  for (let i = 0; i < batch.length; i++) if (!Number.isNaN(batch.times[i])) return true
  return false
}

export class FrameDecoder {
  readonly #what: string
  readonly #keys: CellReader
  readonly #rows: RowReader
  readonly #values: CellReader

  /**
   * @param codec of the name that the encoder's has
   * @param what is decoded, for error messages: the channel
   */
  constructor(codec: ValueCodec, what: string) {
    this.#what = what
    this.#keys = new CellReader(codec)
    this.#rows = new RowReader(codec)
    this.#values = new CellReader(codec)
  }

  /**
   * Decodes a frame.
   * @param batch an empty one; it is filled and becomes the frame's, unless that has none (`frame.batch === null`) and it stays the caller's
   * @throws CORRUPT; what `batch` then holds means nothing, and the channel is broken
   */
  decode(bytes: Uint8Array, batch: Batch): Frame {
    const head = readFrameHead(bytes, this.#what)
    const { attempt, channel, seq, control, records } = head
    if (records === 0) return { attempt, channel, seq, batch: null, control }
    const reader = new ByteReader(bytes, `a frame of ${this.#what}`)
    if (records > frameRecordsMax) throw reader.corrupt(`${records} records in a frame; at most ${frameRecordsMax}`)
    growBatch(batch, records)
    reader.take(frameHeadBytes)
    this.#readBody(reader, head, batch)
    reader.end()
    batch.length = records
    return { attempt, channel, seq, batch, control }
  }

  #readBody(reader: ByteReader, { flags, records }: FrameHead, batch: Batch): void {
    const { view } = reader
    if ((flags & timedFlag) !== 0) {
      const at = reader.take(8 * records)
      for (let i = 0; i < records; i++) batch.times[i] = view.getFloat64(at + 8 * i, true)
    } else batch.times.fill(Number.NaN, 0, records)
    if ((flags & keyedFlag) !== 0) {
      const at = reader.take(2 * records)
      for (let i = 0; i < records; i++) batch.groups[i] = view.getUint16(at + 2 * i, true)
      this.#keys.readInto(reader, records, batch.keys)
    }
    if ((flags & foldedFlag) !== 0) {
      const at = reader.take(4 * records)
      for (let i = 0; i < records; i++) {
        const count = view.getUint32(at + 4 * i, true)
        batch.counts[i] = count
        if (count > 0) batch.partials++
      }
      if (batch.partials === 0 || (flags & keyedFlag) === 0) throw reader.corrupt('partials are announced, and none is there, or no key')
    }
    const form = reader.u8()
    if (form === rowsForm) this.#rows.read(reader, records, batch.values)
    else if (form === cellsForm) this.#values.readInto(reader, records, batch.values)
    else throw reader.corrupt(`values in a form ${form} do not exist`)
  }
}
