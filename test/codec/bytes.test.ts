// Bytes written and read back, and input that ends too early.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader } from '../../src/codec/byte-reader.ts'
import { ByteWriter } from '../../src/codec/bytes.ts'
import { readText, writeText } from '../../src/codec/text.ts'
import { sectionBytesMax } from '../../src/model/limits.ts'
import { anyText } from './exact.ts'

const step = fc.oneof(
  fc.record({ kind: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 0xff }) }),
  fc.record({ kind: fc.constant('u16' as const), value: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({ kind: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
  fc.record({ kind: fc.constant('i32' as const), value: fc.integer() }),
  fc.record({ kind: fc.constant('f64' as const), value: fc.double() }),
  fc.record({
    kind: fc.constant('varint' as const),
    value: fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0, max: 300 })),
  }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

function write(steps: readonly Step[], writer = new ByteWriter()): Uint8Array {
  for (const { kind, value } of steps) writer[kind](value)
  return writer.written().slice()
}

function read(steps: readonly Step[], bytes: Uint8Array): number[] {
  const reader = new ByteReader(bytes, 'test input')
  const values = steps.map(({ kind }) => reader[kind]())
  reader.end()
  return values
}

const corrupt = expect.objectContaining({ name: 'MillraceError', code: 'CORRUPT', message: expect.stringContaining('test input') })

describe('bytes', () => {
  test('CO1 what was written is read back, also by a writer that was used before', () => {
    const used = new ByteWriter()
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        used.reset()
        expect(read(steps, write(steps, used))).toEqual(steps.map(({ value }) => value))
      }),
    )
  })

  test('CO1 input cut anywhere is CORRUPT, and so is input that goes on', () => {
    const steps: Step[] = ['u8', 'u16', 'u32', 'i32', 'f64', 'varint'].map((kind) => ({ kind, value: 200 }) as Step)
    const bytes = write(steps)
    for (let cut = 0; cut < bytes.length; cut++) expect(() => read(steps, bytes.subarray(0, cut))).toThrow(corrupt)
    expect(() => read(steps, new Uint8Array([...bytes, 0]))).toThrow(corrupt)
  })

  test('CO1 a varint of more than 32 bits is CORRUPT', () => {
    for (const bytes of [
      [0xff, 0xff, 0xff, 0xff, 0x10],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
    ]) {
      expect(() => new ByteReader(new Uint8Array(bytes), 'test input').varint()).toThrow(corrupt)
    }
  })

  test('CO1 a section that would be too large is refused before memory is taken for it', () => {
    expect(() => new ByteWriter().reserve(sectionBytesMax + 1)).toThrow(expect.objectContaining({ code: 'UNENCODABLE' }))
  })

  test('CO1 any string comes back, whatever its units', () => {
    fc.assert(
      fc.property(fc.array(anyText), (texts) => {
        const writer = new ByteWriter()
        for (const text of texts) writeText(writer, text)
        const reader = new ByteReader(writer.written(), 'test input')
        expect(texts.map(() => readText(reader))).toEqual(texts)
        reader.end()
      }),
    )
  })

  test('CO1 strings of every length up to 40 come back in each width', () => {
    for (const unit of ['a', 'é', '日', '\ud800']) {
      for (let length = 0; length <= 40; length++) {
        const writer = new ByteWriter()
        writeText(writer, unit.repeat(length))
        expect(readText(new ByteReader(writer.written(), 'test input'))).toBe(unit.repeat(length))
      }
    }
  })

  test('CO1 strings longer than one call of fromCharCode can take come back', () => {
    for (const text of ['é'.repeat(100_000), '\ud83d'.repeat(100_000)]) {
      const writer = new ByteWriter()
      writeText(writer, text)
      expect(readText(new ByteReader(writer.written(), 'test input')) === text).toBe(true)
    }
  })
})
