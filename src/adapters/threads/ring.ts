// A ring of bytes in shared memory: one writer in one thread, one reader in another, and whole messages from the one to the other.
//
// Messages follow each other as length u32 and bytes, so the ring carries one stream of bytes: a message larger than the ring goes through
// in pieces, and so does one that meets the end of the ring. Positions count all bytes modulo 2^32; the ring's size is a power of two, so a
// position's low bits are its place.
//
// 1. Only the writer moves `tail`, only the reader moves `head`, and 0 ≤ tail - head ≤ size. Bytes are written before `tail` moves over
//    them and read before `head` does. Each position lies on a cache line of its own.
// 2. What does not fit waits in the writer, copied, and in order. The channel's credit bounds it, not the ring.
// 3. A writer that waits says so before it looks at `head` for the last time, and the reader looks for that after it has moved `head`. So
//    either the writer sees the room or the reader sees that the writer waits.
// 4. The other way the ring carries one number: the limit that the receiver has granted. It is absolute and only grows.

import { MillraceError, messageOf } from '../../model/errors.ts'
import { sectionBytesMax } from '../../model/limits.ts'
import type { LinkMemory } from '../../ports/byte-link.ts'

/** Size of a ring, unless set: two to three full frames of small records. */
export const ringBytesUnlessSet = 128 * 1024
const ringBytesMin = 4 * 1024
const ringBytesMax = 1024 * 1024 * 1024

/** Places in the head, in 32-bit words. */
const tailAt = 0
const headAt = 16
const waitingAt = 32
/** In 64-bit words. */
const limitAt = 24
const headBytes = 256
const prefixBytes = 4

/**
 * Shared memory for so many rings, asked for in one piece: V8 throws where there is no room for a large piece, but ends the process where
 * many small ones have used up the last of it, for then there is none for its own heap either.
 * @param bytes room for messages in each: a power of two from 4 KiB to 1 GiB
 * @throws USAGE when there is no memory for them
 */
export function createRings(count: number, bytes = ringBytesUnlessSet): readonly LinkMemory[] {
  if (!(bytes >= ringBytesMin && bytes <= ringBytesMax) || (bytes & (bytes - 1)) !== 0)
    throw new MillraceError('USAGE', `a ring of ${bytes} bytes is not possible: use a power of two from ${ringBytesMin} to ${ringBytesMax}`)
  const each = headBytes + bytes
  const shared = sharedMemory(count * each, `${figure(count)} channels between threads`)
  return Array.from({ length: count }, (_, at) => new Uint8Array(shared, at * each, each))
}

const figure = (n: number): string => n.toLocaleString('en')

/** Allocates shared memory. What it is for, and what to do when there is none, is in the error. */
export function sharedMemory(bytes: number, purpose: string): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes)
  } catch (thrown) {
    throw new MillraceError(
      'USAGE',
      `there are no ${figure(bytes)} bytes of shared memory for ${purpose} (${messageOf(thrown)}): use fewer threads or a lower parallelism, so that there are fewer channels, or give the process more memory`,
      { cause: thrown },
    )
  }
}

/** The parts of a ring's memory. */
class RingMemory {
  readonly words: Int32Array
  readonly limits: BigInt64Array
  readonly data: Uint8Array
  readonly size: number

  constructor({ buffer, byteOffset, length }: LinkMemory) {
    this.words = new Int32Array(buffer, byteOffset, headBytes / 4)
    this.limits = new BigInt64Array(buffer, byteOffset, headBytes / 8)
    this.data = new Uint8Array(buffer, byteOffset + headBytes, length - headBytes)
    this.size = this.data.length
  }
}

export class RingWriter {
  readonly #memory: RingMemory
  readonly #prefix = new Uint8Array(prefixBytes)
  readonly #waiting: Uint8Array[] = []
  /** Bytes of the first waiting piece that are in the ring. */
  #done = 0
  #tail: number
  /** The reader's position when it was last looked at. */
  #head: number
  /** Bytes that wait here for room. */
  pendingBytes = 0

  constructor(memory: LinkMemory) {
    this.#memory = new RingMemory(memory)
    this.#tail = Atomics.load(this.#memory.words, tailAt)
    this.#head = Atomics.load(this.#memory.words, headAt)
  }

  /**
   * Sends a message; `bytes` may be reused afterwards.
   * @returns true when all that was ever written is in the ring; else some of it waits for `pump`
   */
  write(bytes: Uint8Array): boolean {
    new DataView(this.#prefix.buffer).setUint32(0, bytes.length, true)
    if (this.#waiting.length > 0) {
      this.#keep(this.#prefix, 0)
      this.#keep(bytes, 0)
      return this.pump()
    }
    const prefixDone = this.#copy(this.#prefix, 0)
    const done = prefixDone === prefixBytes ? this.#copy(bytes, 0) : 0
    this.#publish()
    if (done === bytes.length && prefixDone === prefixBytes) return true
    if (prefixDone < prefixBytes) this.#keep(this.#prefix, prefixDone)
    this.#keep(bytes, done)
    return this.pump()
  }

  /** Goes on with what waits. True when nothing waits any more; else the ring has noted that its writer waits. */
  pump(): boolean {
    while (!this.#move()) {
      const { words, size } = this.#memory
      Atomics.store(words, waitingAt, 1)
      this.#head = Atomics.load(words, headAt)
      if ((this.#tail - this.#head) >>> 0 === size) return false
      Atomics.store(words, waitingAt, 0)
    }
    return true
  }

  /** The greatest limit that the receiver has granted; 0 before the first. */
  limit(): number {
    return Number(Atomics.load(this.#memory.limits, limitAt))
  }

  #keep(bytes: Uint8Array, from: number): void {
    if (from === bytes.length) return
    this.#waiting.push(bytes.slice(from))
    this.pendingBytes += bytes.length - from
  }

  /** Puts as much of what waits into the ring as there is room. True when that was all of it. */
  #move(): boolean {
    let whole = 0
    for (const piece of this.#waiting) {
      const moved = this.#copy(piece, this.#done)
      this.#done += moved
      this.pendingBytes -= moved
      if (this.#done < piece.length) break
      this.#done = 0
      whole++
    }
    this.#waiting.splice(0, whole)
    this.#publish()
    return this.#waiting.length === 0
  }

  /** Copies what fits of `bytes` from `from` on behind the tail, without telling the reader. Returns the number of bytes. */
  #copy(bytes: Uint8Array, from: number): number {
    const { data, size, words } = this.#memory
    const wanted = bytes.length - from
    let room = size - ((this.#tail - this.#head) >>> 0)
    if (room < wanted) {
      this.#head = Atomics.load(words, headAt)
      room = size - ((this.#tail - this.#head) >>> 0)
    }
    const count = Math.min(wanted, room)
    const at = this.#tail & (size - 1)
    const first = Math.min(count, size - at)
    data.set(first === bytes.length ? bytes : bytes.subarray(from, from + first), at)
    if (first < count) data.set(bytes.subarray(from + first, from + count), 0)
    this.#tail = (this.#tail + count) | 0
    return count
  }

  #publish(): void {
    Atomics.store(this.#memory.words, tailAt, this.#tail)
  }
}

export class RingReader {
  readonly #memory: RingMemory
  readonly #what: string
  #head: number
  /** The writer's position when it was last looked at. */
  #tail: number
  /** The message in the making: its length, once that is there, and its bytes so far. */
  #prefix = new Uint8Array(prefixBytes)
  #prefixDone = 0
  #length = 0
  #message = new Uint8Array(ringBytesMin)
  #done = 0

  /** @param what is read, for error messages: the channel */
  constructor(memory: LinkMemory, what: string) {
    this.#memory = new RingMemory(memory)
    this.#what = what
    this.#tail = Atomics.load(this.#memory.words, tailAt)
    this.#head = Atomics.load(this.#memory.words, headAt)
  }

  /**
   * The next message, or undefined while it is not all there.
   * @returns a copy that the reader owns: valid until the next call
   * @throws CORRUPT for a length that no writer writes
   */
  read(): Uint8Array | undefined {
    this.#tail = Atomics.load(this.#memory.words, tailAt)
    const before = this.#head
    const whole = this.#take()
    if (this.#head !== before) Atomics.store(this.#memory.words, headAt, this.#head)
    if (!whole) return undefined
    this.#prefixDone = 0
    return this.#message.subarray(0, this.#length)
  }

  /** Whether the writer waits for room that there may be now. Asked after reading; true is said once, and the writer must then be woken. */
  takeWriterWaiting(): boolean {
    const { words } = this.#memory
    return Atomics.load(words, waitingAt) === 1 && Atomics.exchange(words, waitingAt, 0) === 1
  }

  /** Tells the writer's side the limit up to which it may send. Limits only grow. */
  grant(limit: number): void {
    Atomics.store(this.#memory.limits, limitAt, BigInt(limit))
  }

  /** Moves what is there into the message. True when it is whole. */
  #take(): boolean {
    if (this.#prefixDone < prefixBytes) {
      this.#prefixDone += this.#copy(this.#prefix, this.#prefixDone, prefixBytes - this.#prefixDone)
      if (this.#prefixDone < prefixBytes) return false
      this.#length = new DataView(this.#prefix.buffer).getUint32(0, true)
      this.#done = 0
      if (this.#length > sectionBytesMax)
        throw new MillraceError('CORRUPT', `the ring of ${this.#what} is damaged: a message of ${this.#length} bytes`)
    }
    // Room grows with what arrives, not with what a length claims.
    const there = Math.min(this.#length - this.#done, (this.#tail - this.#head) >>> 0)
    const needed = this.#done + there
    if (needed > this.#message.length) {
      const grown = new Uint8Array(Math.min(Math.max(needed, 2 * this.#message.length), Math.max(needed, this.#length)))
      grown.set(this.#message.subarray(0, this.#done))
      this.#message = grown
    }
    this.#done += this.#copy(this.#message, this.#done, there)
    return this.#done === this.#length
  }

  #copy(into: Uint8Array, at: number, wanted: number): number {
    const { data, size } = this.#memory
    const count = Math.min(wanted, (this.#tail - this.#head) >>> 0)
    const from = this.#head & (size - 1)
    const first = Math.min(count, size - from)
    into.set(data.subarray(from, from + first), at)
    if (first < count) into.set(data.subarray(0, count - first), at + first)
    this.#head = (this.#head + count) | 0
    return count
  }
}
