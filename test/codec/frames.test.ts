// Frames as bytes: whatever a batch holds comes back, over many frames of one channel; and bytes that no encoder made.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { FrameDecoder, FrameEncoder } from '../../src/codec/frame-codec.ts'
import { frameHeadBytes, readFrameHead } from '../../src/codec/frame-head.ts'
import { type Batch, createBatch, growBatch } from '../../src/model/batch.ts'
import type { Control } from '../../src/model/elements.ts'
import { MillraceError } from '../../src/model/errors.ts'
import type { Frame } from '../../src/model/frame.ts'
import { attempt, channelId, epoch } from '../../src/model/ids.ts'
import type { Key } from '../../src/model/key.ts'
import { frameRecordsMax } from '../../src/model/limits.ts'
import { anyText, anyValue, picture, record } from './exact.ts'

const codec = msgpackCodec()
/** Records that a damaged frame claims, at most. */
const claimedMax = 64

function batchOf(values: readonly unknown[], keys?: readonly Key[]): Batch {
  const batch = createBatch()
  growBatch(batch, values.length)
  values.forEach((value, i) => {
    batch.values[i] = value
    batch.times[i] = i % 3 === 0 ? Number.NaN : 1_700_000_000_000.5 + i
    if (keys !== undefined) {
      batch.keys[i] = keys[i % keys.length]
      batch.groups[i] = (i * 7_919) % 32_768
    }
  })
  batch.length = values.length
  return batch
}

const frameOf = (batch: Batch | null, control: Control | null = null, seq = 1): Frame => ({
  attempt: attempt(4_000_000_000),
  channel: channelId(7),
  seq,
  batch,
  control,
})

/** Everything of a batch that counts, as a text. */
function batchPicture({ values, times, keys, groups, length }: Batch): string {
  const keyed = length > 0 && keys[0] !== undefined
  return Array.from({ length }, (_, i) => [picture(values[i]), times[i], ...(keyed ? [picture(keys[i]), groups[i]] : [])].join(' ')).join(
    '\n',
  )
}

/** The two ends of a channel: each frame that goes in must come out. */
class Channel {
  readonly encoder = new FrameEncoder(codec)
  readonly decoder = new FrameDecoder(codec, 'channel 7')
  seq = 1

  carries(values: readonly unknown[], keys?: readonly Key[]): void {
    const batch = batchOf(values, keys)
    const got = this.decoder.decode(this.bytesOf(values, keys), createBatch())
    expect(batchPicture(got.batch ?? createBatch())).toBe(batchPicture(batch))
  }

  bytesOf(values: readonly unknown[], keys?: readonly Key[]): Uint8Array {
    return this.encoder.encode(frameOf(batchOf(values, keys), null, this.seq++)).slice()
  }
}

const counting = (length: number, value: (i: number) => unknown): unknown[] => Array.from({ length }, (_, i) => value(i))
const anyKey: fc.Arbitrary<Key> = fc.oneof(anyText, fc.double({ noNaN: true }), fc.integer(), fc.boolean(), fc.bigInt())
const word = fc.constantFrom('a', 'b', 'ab', 'é', '日本', '', '\ud800')
const row = fc.record({ id: fc.integer(), name: word, at: fc.double(), on: fc.boolean(), text: anyText }, { noNullPrototype: true })

describe('frames', () => {
  test('FR1 any records with their times, keys and groups come back exactly, frame after frame', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyValue, { maxLength: 20 }), { maxLength: 6 }), fc.array(anyKey, { minLength: 1 }), (frames, keys) => {
        const channel = new Channel()
        for (const values of frames) {
          channel.carries(values, keys)
          channel.carries(values)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('FR1 rows of a few shapes come back exactly, frame after frame', () => {
    const value = fc.oneof({ weight: 6, arbitrary: row }, { weight: 3, arbitrary: record }, { weight: 1, arbitrary: anyValue })
    fc.assert(
      fc.property(fc.array(fc.array(value, { maxLength: 20 }), { maxLength: 8 }), (frames) => {
        const channel = new Channel()
        for (const values of frames) channel.carries(values)
      }),
      { numRuns: 100 },
    )
  })

  test.each<[string, Control | null]>([
    ['nothing', null],
    ['a watermark', { kind: 'WATERMARK', time: 1_700_000_000_123 }],
    ['the least watermark', { kind: 'WATERMARK', time: Number.NEGATIVE_INFINITY }],
    ['the last watermark', { kind: 'WATERMARK', time: Number.POSITIVE_INFINITY }],
    ['a barrier', { kind: 'BARRIER', epoch: epoch(2 ** 40) }],
    ['idle', { kind: 'IDLE' }],
    ['active', { kind: 'ACTIVE' }],
    ['the end', { kind: 'END' }],
  ])('FR2 %s travels behind records and alone; the head tells all but the records', (_, control) => {
    const encoder = new FrameEncoder(codec)
    const decoder = new FrameDecoder(codec, 'channel 7')
    for (const [batch, seq] of [
      [batchOf([1, 'a']), 1],
      [null, 2 ** 40],
    ] as const) {
      const bytes = encoder.encode(frameOf(batch, control, seq))
      const head = readFrameHead(bytes, 'channel 7')
      expect(head).toMatchObject({ attempt: 4_000_000_000, channel: 7, seq, control, records: batch?.length ?? 0, bytes: bytes.length })
      const spare = createBatch()
      const frame = decoder.decode(bytes, spare)
      expect(frame).toMatchObject({ attempt: 4_000_000_000, channel: 7, seq, control })
      expect(frame.batch).toBe(batch === null ? null : spare)
    }
  })

  test('FR3 strings that repeat are sent once, and begun anew when there are too many', () => {
    const channel = new Channel()
    const long = (i: number): string => `${'a string that would take its room in each frame '.repeat(2)}${i}`
    const bids = (from: number) => counting(500, (i) => ({ channel: long((i + from) % 100), id: i }))
    const first = channel.bytesOf(bids(0))
    channel.decoder.decode(first, createBatch())
    expect(first.length).toBeGreaterThan(9_000)
    channel.carries(bids(1))
    expect(channel.bytesOf(bids(2)).length).toBeLessThan(6_000)
    const other = new Channel()
    for (let n = 0; n < 300; n++)
      other.carries(
        counting(100, (i) => ({ few: `f${i % 3}`, many: `${n}-${i}`, more: `${n >> 3}-${i}` })),
        ['k', `${n}`],
      )
  })

  test('FR3 what one frame decoded is the same string in the next, so that it is held once', () => {
    const channel = new Channel()
    const decode = () => channel.decoder.decode(channel.bytesOf([{ a: 'x'.repeat(40) }]), createBatch()).batch!.values[0] as { a: string }
    expect(decode()).toEqual(decode())
    expect(channel.bytesOf([{ a: 'x'.repeat(40) }]).length).toBeLessThan(80)
  })

  test('FR4 a channel whose shapes change all the time carries them', () => {
    const channel = new Channel()
    for (let n = 0; n < 60; n++) {
      channel.carries(counting(40, (i) => ({ [`f${n}`]: i, [`g${i % 3}`]: 'x' })))
      channel.carries(counting(20, (i) => (i === n % 20 ? n : { a: i, b: 'text' })))
      channel.carries(counting(20, (i) => ({ a: i, b: i % 7 === 0 ? null : 'text', c: [i], d: { e: i } })))
    }
  })

  test.each<[string, unknown[]]>([
    ['no fields', [{}, {}]],
    ['names that are numbers', [{ b: 1, 2: 'x', a: 3 }]],
    ['__proto__ as a field', [JSON.parse('{"a":1,"__proto__":{"x":1}}')]],
    ['constructor and toString as fields', [{ constructor: 1, toString: 'x', hasOwnProperty: null }]],
    ['undefined against missing', [{ a: undefined, b: 1 }, { b: 1 }]],
    ['more fields than a shape takes', [Object.fromEntries(counting(100, (i) => [`f${i}`, i]) as [string, unknown][])]],
    ['a null prototype among plain ones', [{ a: 1 }, Object.assign(Object.create(null), { a: 1 })]],
    ['NaN, -0 and infinities', [{ x: Number.NaN }, { x: -0 }, { x: Number.POSITIVE_INFINITY }]],
  ])('FR4 %s', (_, values) => {
    const channel = new Channel()
    channel.carries(values)
    channel.carries(values)
  })

  test('FR4 decoded rows are plain objects of one hidden class with their keys in order', () => {
    const { decoder, encoder } = new Channel()
    const { values } = decoder.decode(
      encoder.encode(
        frameOf(
          batchOf([
            { b: 1, a: 'x' },
            { b: 2.5, a: 'y' },
          ]),
        ),
      ),
      createBatch(),
    ).batch!
    for (const value of values.slice(0, 2)) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      expect(Object.keys(value as object)).toEqual(['b', 'a'])
    }
    expect(values[0]).not.toBe(values[1])
  })

  test('FR5 what cannot be encoded is refused with its path, and the next frame goes through', () => {
    class Money {
      amount = 1
    }
    const cycle: Record<string, unknown> = { a: 1 }
    cycle.self = { cycle }
    const refused: [unknown, RegExp][] = [
      [{ id: 1, cb: () => 1 }, /\$\.cb is a function/],
      [{ id: 1, tag: Symbol('x') }, /\$\.tag is a symbol/],
      [{ id: 1, price: new Money() }, /\$\.price.*Money/],
      [cycle, /\$\.self/],
      [new Money(), /Money/],
      [() => 1, /\$ is a function/],
    ]
    const channel = new Channel()
    for (const [value, message] of refused) {
      channel.carries([
        { id: 1, text: 'known' },
        { id: 2, text: 'new' },
      ])
      expect(() => channel.bytesOf([{ id: 3, text: 'lost' }, value])).toThrow(
        expect.objectContaining({ code: 'UNENCODABLE', message: expect.stringMatching(message) }),
      )
      channel.carries([
        { id: 4, text: 'lost' },
        { id: 5, text: 'known' },
      ])
    }
  })

  test('FR6 nothing that was decoded points into the bytes of its frame', () => {
    const { decoder, encoder } = new Channel()
    const values = [{ text: 'x'.repeat(100), bytes: new Uint8Array([1, 2, 3]), at: new Date(5) }]
    const bytes = encoder.encode(frameOf(batchOf(values))).slice()
    const frame = decoder.decode(bytes, createBatch())
    bytes.fill(0xff)
    expect(frame.batch!.values[0]).toEqual(values[0])
  })
})

/** Damaged frames give frames or a MillraceError; anything else fails the test. */
function tolerates(frames: readonly Uint8Array[]): void {
  const decoder = new FrameDecoder(codec, 'channel 7')
  for (const bytes of frames) {
    try {
      decoder.decode(bytes, createBatch())
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.code === 'INVARIANT') throw thrown
    }
  }
}

describe('damaged frames', () => {
  const values = fc.oneof(fc.array(anyValue, { minLength: 1, maxLength: 8 }), fc.array(row, { minLength: 1, maxLength: 8 }))

  test('FR7 every byte changed, every cut and arbitrary bodies give a frame or a MillraceError', () => {
    fc.assert(
      fc.property(values, values, fc.nat(), fc.integer({ min: 1, max: 255 }), (first, second, where, change) => {
        const channel = new Channel()
        const frames = [channel.bytesOf(first, ['k', 1]), channel.bytesOf(second, ['k', 2])]
        tolerates(frames.map((bytes) => bytes.subarray(0, where % bytes.length)))
        for (const bytes of frames) bytes[where % bytes.length]! ^= change
        tolerates(frames)
      }),
      { numRuns: 600 },
    )
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 80 }),
        fc.integer({ min: 1, max: claimedMax }),
        fc.boolean(),
        (body, records, rows) => {
          const bytes = new Channel().bytesOf(counting(1, () => 0)).slice(0, frameHeadBytes)
          const frame = new Uint8Array(frameHeadBytes + 1 + body.length)
          frame.set(bytes)
          frame[3] = 0
          frame[frameHeadBytes] = rows ? 1 : 0
          frame.set(body, frameHeadBytes + 1)
          new DataView(frame.buffer).setUint32(4, frame.length, true)
          new DataView(frame.buffer).setUint32(16, records, true)
          tolerates([frame, frame])
        },
      ),
      { numRuns: 1_500 },
    )
  })

  const corrupt = expect.objectContaining({ code: 'CORRUPT', message: expect.stringContaining('channel 7') })
  const decodes = (...frames: Uint8Array[]) => {
    const decoder = new FrameDecoder(codec, 'channel 7')
    return () => frames.map((bytes) => decoder.decode(bytes, createBatch()))
  }

  test('FR7 a cut frame, one with bytes behind it and one with more records than fit are CORRUPT', () => {
    const bytes = new Channel().bytesOf(
      counting(20, (i) => ({ id: i, name: `n${i}`, at: new Date(i) })),
      ['k'],
    )
    for (let cut = 0; cut < bytes.length; cut++) expect(decodes(bytes.subarray(0, cut)), `cut at ${cut}`).toThrow(corrupt)
    const longer = new Uint8Array(bytes.length + 1)
    longer.set(bytes)
    expect(decodes(longer)).toThrow(corrupt)
    const crowded = bytes.slice()
    new DataView(crowded.buffer).setUint32(16, frameRecordsMax + 1, true)
    expect(decodes(crowded)).toThrow(corrupt)
    expect(decodes(crowded)).toThrow(`at most ${frameRecordsMax}`)
  })

  test('FR8 a frame that does not continue the one before it is CORRUPT', () => {
    const channel = new Channel()
    const first = channel.bytesOf([{ a: 'x' }])
    const second = channel.bytesOf([{ a: 'y' }])
    expect(decodes(first, second)().map(({ batch }) => batch!.values[0])).toEqual([{ a: 'x' }, { a: 'y' }])
    expect(decodes(second)).toThrow(corrupt)
    expect(decodes(first, second, second)).toThrow(corrupt)
  })
})
