// Threads, as far as the engine needs them: what is posted arrives once and in order, as a copy, unless the other side has ended.

import type { MillraceError } from '../model/errors.ts'

/** One side of the way between the main thread and another one. */
export interface ThreadPort<Out, In> {
  /** @param given buffers that change hands instead of being copied */
  post(message: Out, given?: readonly ArrayBuffer[]): void
  /** Called for each message, never during the call that sets it. */
  onMessage(take: (message: In) => void): void
}

export interface Thread<Out, In> extends ThreadPort<Out, In> {
  /** Called once, when it ends for whatever reason: an error that nobody caught, no memory, `terminate`. */
  onEnd(told: (error: MillraceError) => void): void
  /** Ends it wherever it stands. */
  terminate(): void
}
