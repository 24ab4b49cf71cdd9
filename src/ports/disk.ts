// A file system, as far as the engine needs one. Paths are absolute and have `/` between their parts.
//
// Guarantees needed: what `write` with `sync` reported done survives a power cut under its name once `syncDirectory` of its parent is
// done too; without them it may be lost, torn or empty. `link` and `rename` are atomic for readers; `link` never replaces. Errors reject
// with the IO code, naming path and cause (no space, no permission).
//
// A directory that `write`, `link` or `rename` had to create is a name in its parent like any other, and durable only with it.

export interface Disk {
  /** Bytes of a file, or undefined where there is none. */
  read(path: string): PromiseLike<Uint8Array | undefined>
  /**
   * Creates or replaces a file, and its directories. Bytes in parts come one part behind the other. With `sync` they are on the device when
   * it settles.
   */
  write(path: string, bytes: Uint8Array | readonly Uint8Array[], options?: { readonly sync?: boolean | undefined }): PromiseLike<void>
  /** Gives a file a second name, creating its directories. False when that name is taken: this is the engine's only put-if-absent. */
  link(from: string, to: string): PromiseLike<boolean>
  /** Moves a file or directory, creating the directories of `to`. A file replaces a file; a directory moves only to where nothing is. */
  rename(from: string, to: string): PromiseLike<void>
  /** Names in a directory, sorted by code units; that of a directory ends with `/`. Empty where there is no directory. */
  list(directory: string): PromiseLike<readonly string[]>
  /** Removes a file or a directory with all that is in it; nothing there is no error. */
  remove(path: string): PromiseLike<void>
  /** Makes the names in a directory durable. Where it is missing it is created first, and its own name is made durable too. */
  syncDirectory(directory: string): PromiseLike<void>
}
