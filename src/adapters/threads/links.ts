// Links between the threads of a process: a ring a link, a doorbell a thread.

import type { ByteLinks, ByteReceiver, ByteSender, LinkMemory } from '../../ports/byte-link.ts'
import { Doorbell } from './doorbell.ts'
import { createRings, RingReader, RingWriter, ringBytesUnlessSet } from './ring.ts'

/** Shared memory that all rings of a deployment together take, if they can be made so small. */
const ringsBytes = 64 * 1024 * 1024
const ringBytesLeast = 16 * 1024

/** Wakes one worker: a `Doorbell`, or what stands for it in a simulated world. */
export interface Bell {
  ring(): void
  /** The result stops it. */
  onRing(callback: () => void): () => void
}

export const doorbells = (memories: readonly SharedArrayBuffer[]): readonly Bell[] => memories.map((shared) => new Doorbell(shared))

export class RingLinks implements ByteLinks {
  readonly #bells: readonly Bell[]
  readonly #self: number
  readonly #ringBytes: number

  /**
   * @param bells every worker's doorbell, by its number
   * @param self number of this worker
   * @param ringBytes of each ring, at most
   */
  constructor(bells: readonly Bell[], self: number, ringBytes = ringBytesUnlessSet) {
    this.#bells = bells
    this.#self = self
    this.#ringBytes = ringBytes
  }

  create(count: number): readonly LinkMemory[] {
    let bytes = this.#ringBytes
    while (bytes > ringBytesLeast && bytes * count > ringsBytes) bytes /= 2
    return createRings(count, bytes)
  }

  sender(memory: LinkMemory, peer: number): ByteSender {
    return new RingSender(memory, this.#bells[peer]!)
  }

  receiver(memory: LinkMemory, peer: number, what: string): ByteReceiver {
    return new RingReceiver(memory, this.#bells[peer]!, what)
  }

  onNews(callback: () => void): () => void {
    return this.#bells[this.#self]!.onRing(callback)
  }
}

class RingSender implements ByteSender {
  readonly #ring: RingWriter
  readonly #bell: Bell

  constructor(memory: LinkMemory, bell: Bell) {
    this.#ring = new RingWriter(memory)
    this.#bell = bell
  }

  write(bytes: Uint8Array): void {
    this.#ring.write(bytes)
    this.#bell.ring()
  }

  pump(): void {
    if (this.#ring.pendingBytes === 0) return
    this.#ring.pump()
    this.#bell.ring()
  }

  limit(): number {
    return this.#ring.limit()
  }
}

class RingReceiver implements ByteReceiver {
  readonly #ring: RingReader
  readonly #bell: Bell

  constructor(memory: LinkMemory, bell: Bell, what: string) {
    this.#ring = new RingReader(memory, what)
    this.#bell = bell
  }

  read(): Uint8Array | undefined {
    const bytes = this.#ring.read()
    if (bytes === undefined && this.#ring.takeWriterWaiting()) this.#bell.ring()
    return bytes
  }

  grant(limit: number): void {
    this.#ring.grant(limit)
    this.#bell.ring()
  }
}
