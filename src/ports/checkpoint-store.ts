// Where checkpoints live: a flat map from name to bytes. Names are made of validated ids, with `/` between their parts.
//
// Guarantees needed: what settled survives the loss of this process (and, for a durable store, of power); `putIfAbsent` lets exactly one
// of all writers of a name win, in any process, and only whole values are ever seen under a name.

export interface CheckpointStore {
  /** The value is the bytes of all parts, one behind the other. The store may take their buffers: nobody uses them any more. */
  put(name: string, parts: readonly Uint8Array[]): PromiseLike<void>
  /** True for the one that wrote it. A rejection is ambiguous: read, then decide. */
  putIfAbsent(name: string, bytes: Uint8Array): PromiseLike<boolean>
  get(name: string): PromiseLike<Uint8Array | undefined>
  /** Names that begin with `prefix`, sorted by code units. */
  list(prefix: string): PromiseLike<readonly string[]>
  /** Nothing there is no error. */
  remove(name: string): PromiseLike<void>
}
