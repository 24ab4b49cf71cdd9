// The ring between two threads: every message once, whole and in order, whatever its size and whoever is faster.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDoorbell, Doorbell } from '../../../src/adapters/threads/doorbell.ts'
import { createRings, RingReader, RingWriter, sharedMemory } from '../../../src/adapters/threads/ring.ts'
import { checkMessage } from './messages.ts'
import { startThread } from './thread.ts'

const ringBytes = 4_096

interface Pair {
  readonly writer: RingWriter
  readonly reader: RingReader
}

/** @param position that both ends begin at, in place of 0 */
function ringPair(position = 0): Pair {
  // One of several, so that its memory does not begin where the shared memory does.
  const ring = createRings(3, ringBytes)[1]!
  const words = new Int32Array(ring.buffer, ring.byteOffset)
  words.set([position])
  words.set([position], 16)
  return { writer: new RingWriter(ring), reader: new RingReader(ring, 'channel 3') }
}

const numbered = (n: number, size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (n + i) & 0xff)

test('RG1 messages come out whole, once and in order, whatever their sizes and whoever goes first', () => {
  const step = fc.oneof(fc.constantFrom<'read' | 'pump'>('read', 'read', 'pump'), fc.nat(20), fc.nat(3 * ringBytes))
  // Positions wrap around at 2³¹ and at 2³² bytes, so they begin shortly before that.
  const position = fc.oneof(fc.integer({ min: -20_000, max: 0 }), fc.integer({ min: 2 ** 31 - 20_000, max: 2 ** 31 - 1 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), position, (steps, from) => {
      const { writer, reader } = ringPair(from)
      const sizes: number[] = []
      let taken = 0
      const read = (): boolean => {
        const bytes = reader.read()
        if (bytes === undefined) return false
        expect(Buffer.compare(bytes, numbered(taken, sizes[taken]!))).toBe(0)
        taken++
        return true
      }
      for (const one of steps) {
        if (one === 'read') read()
        else if (one === 'pump') expect(writer.pump()).toBe(writer.pendingBytes === 0)
        else {
          const bytes = numbered(sizes.length, one)
          sizes.push(one)
          expect(writer.write(bytes)).toBe(writer.pendingBytes === 0)
          bytes.fill(0)
        }
      }
      while (read() || !writer.pump()) expect(taken).toBeLessThanOrEqual(sizes.length)
      while (read()) expect(taken).toBeLessThanOrEqual(sizes.length)
      expect(taken).toBe(sizes.length)
    }),
    { numRuns: 300 },
  )
})

test('RG2 what does not fit waits in the writer, which is told of room exactly when it waits', () => {
  const { writer, reader } = ringPair()
  expect(writer.write(numbered(0, 100))).toBe(true)
  expect(reader.takeWriterWaiting()).toBe(false)
  expect(writer.write(numbered(1, 10_000))).toBe(false)
  expect(writer.pendingBytes).toBe(10_000 + 8 + 100 - ringBytes)
  expect(writer.pump()).toBe(false)
  expect(reader.read()).toEqual(numbered(0, 100))
  expect(reader.takeWriterWaiting()).toBe(true)
  expect(reader.takeWriterWaiting()).toBe(false)
  for (let round = 0; round < 3; round++) {
    expect(reader.read()).toEqual(round < 2 ? undefined : numbered(1, 10_000))
    writer.pump()
  }
  expect(writer.pendingBytes).toBe(0)
  expect(reader.read()).toBeUndefined()
})

test('RG3 a limit goes the other way, beyond 32 bits', () => {
  const { writer, reader } = ringPair()
  expect(writer.limit()).toBe(0)
  for (const limit of [4_096, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1]) {
    reader.grant(limit)
    expect(writer.limit()).toBe(limit)
  }
})

test('RG4 a length that no writer writes is CORRUPT, and nothing is allocated for it', () => {
  const [ring] = createRings(1, ringBytes)
  ring!.fill(0xff, 256)
  new Int32Array(ring!.buffer)[0] = 100
  expect(() => new RingReader(ring!, 'channel 3').read()).toThrow(
    expect.objectContaining({ code: 'CORRUPT', message: expect.stringContaining('channel 3') }),
  )
})

test('RG4 a size that no ring has, and memory that is not there, are refused with what to do', () => {
  for (const bytes of [0, 1_024, 5_000, 2 ** 31, -4_096, Number.NaN])
    expect(() => createRings(1, bytes), String(bytes)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('power of two') }),
    )
  expect(() => sharedMemory(2 ** 52, 'a test')).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(/shared memory for a test .*use fewer threads/) }),
  )
})

test.each<[string, number]>([
  ['its credit is used up', 20],
  ['the ring is full', 1_000_000],
])('RG1 RG2 RG5 two threads: a sender that sleeps whenever %s gets everything through', async (_, window) => {
  const messages = 3_000
  const ring = createRings(1, ringBytes)[0]!
  const bells = { mine: createDoorbell(), theirs: createDoorbell() }
  const own = new Doorbell(bells.theirs)
  const sender = new Doorbell(bells.mine)
  const reader = new RingReader(ring, 'channel 3')
  let taken = 0
  let granted = window
  reader.grant(granted)
  const readSome = (): void => {
    let left = 1 + (taken % 7)
    for (let bytes = reader.read(); bytes !== undefined; bytes = reader.read()) {
      checkMessage(bytes, taken++, ringBytes)
      if (--left > 0) continue
      // A reader that is slow at times: the rest in another turn.
      own.ring()
      break
    }
    if (taken + window - granted >= 10 && window < messages) {
      granted = taken + window
      reader.grant(granted)
      sender.ring()
    } else if (reader.takeWriterWaiting()) sender.ring()
  }
  const thread = startThread('ring-sender.ts', { ...bells, ring, ringBytes, messages })
  await new Promise<void>((resolve, reject) => {
    const stop = own.onRing(() => {
      try {
        readSome()
        if (taken < messages) return
        stop()
        resolve()
      } catch (thrown) {
        reject(thrown)
      }
    })
    thread.once('error', reject)
    sender.ring()
  })
  expect(reader.read()).toBeUndefined()
})
