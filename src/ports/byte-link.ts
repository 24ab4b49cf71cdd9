// The two ends of a link between two workers: whole messages of bytes one way, in order, and one number the other way.
//
// Guarantees needed: what was written is read once, whole and in the order of writing, or never again after the first that is missing. Each
// end tells the worker at the other one that there is something new, at the latest when the call that made it has returned.

export interface ByteSender {
  /** Sends a message; `bytes` may be reused afterwards. What the link has no room for waits here, copied. */
  write(bytes: Uint8Array): void
  /** Goes on with what waits. */
  pump(): void
  /** The greatest limit that the other end has granted; 0 before the first. */
  limit(): number
}

export interface ByteReceiver {
  /**
   * The next message, or undefined while it is not all there.
   * @returns bytes that are valid until the next call
   * @throws CORRUPT for what no sender sends
   */
  read(): Uint8Array | undefined
  /** Tells the sending end up to where it may go. Limits only grow. */
  grant(limit: number): void
}

/** Memory of one link, a part of what all workers of a process share. */
export type LinkMemory = Uint8Array<SharedArrayBuffer>

/** What opens links between the workers of one process. */
export interface ByteLinks {
  /**
   * Memory for `count` links.
   * @throws USAGE when there is not so much
   */
  create(count: number): readonly LinkMemory[]
  /** @param peer the worker that reads */
  sender(memory: LinkMemory, peer: number): ByteSender
  /** @param peer the worker that writes; @param what is read, for messages */
  receiver(memory: LinkMemory, peer: number, what: string): ByteReceiver
  /** Calls back when another worker has something new for this one. The result stops it. */
  onNews(callback: () => void): () => void
}
