// A file system, as far as the engine needs one. Paths are absolute and have `/` between their parts.
//
// Guarantees needed: what `write` with `sync` reported done survives a power cut under its name once `syncDirectory` of its parent is
// done too; without them it may be lost, torn or empty. `link` and `rename` are atomic for readers; `link` never replaces. Errors reject
// with the IO code, naming path and cause (no space, no permission).

export interface Disk {
  /** Bytes of a file, or undefined where there is none. */
  read(path: string): PromiseLike<Uint8Array | undefined>
  /** Creates or replaces a file, and its directories. With `sync` the bytes are on the device when it settles. */
  write(path: string, bytes: Uint8Array, options?: { readonly sync?: boolean | undefined }): PromiseLike<void>
  /** Gives a file a second name. False when that name is taken: this is the engine's only put-if-absent. */
  link(from: string, to: string): PromiseLike<boolean>
  /** Moves a file or directory; a directory only to where nothing is. */
  rename(from: string, to: string): PromiseLike<void>
  /** Names in a directory, sorted; empty where there is none. */
  list(directory: string): PromiseLike<readonly string[]>
  /** Removes a file or a directory with all that is in it; nothing there is no error. */
  remove(path: string): PromiseLike<void>
  /** Makes the names in a directory durable, creating it if it is missing. */
  syncDirectory(directory: string): PromiseLike<void>
}
