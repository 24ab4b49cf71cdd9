// Moves what a chain emitted into a sink's writer: batches in order, one write at a time, and barriers in their place.
//
// While a write is pending nothing else is written, and the chain sees a full buffer, so it takes no input. A barrier asks the writer to
// stage the epoch; writing goes on meanwhile, for the next one.

import type { SinkBuffer } from '../src/flow/sink-buffer.ts'
import { asMillraceError, type MillraceError } from '../src/model/errors.ts'
import type { Epoch, OperatorId } from '../src/model/ids.ts'
import type { Json } from '../src/model/manifest.ts'
import type { Writer } from '../src/ports/sink.ts'

export interface SinkPumpHost {
  /** The writer has staged epoch `epoch`. */
  prepared(sink: OperatorId, epoch: Epoch, committables: readonly Json[]): void
  failed(error: MillraceError): void
  /** A pending write is done: there may be more to do. */
  resume(): void
  /** Runs in a turn of the subtask what a promise brought. */
  post(event: () => void): void
}

export class SinkPump {
  readonly id: OperatorId
  readonly #buffer: SinkBuffer
  readonly #writer: Writer<unknown>
  readonly #host: SinkPumpHost
  #writing = false

  constructor(buffer: SinkBuffer, writer: Writer<unknown>, host: SinkPumpHost) {
    this.id = buffer.id
    this.#buffer = buffer
    this.#writer = writer
    this.#host = host
  }

  /** Writes what can be written now. */
  pump(): void {
    while (!this.#writing) {
      const item = this.#buffer.take()
      if (item === undefined) return
      if (item.kind === 'barrier') this.#prepare(item.epoch)
      else {
        const pending = this.#attempt(() => this.#writer.write(item.values, item.length))
        if (pending === undefined) this.#buffer.release(item)
        else {
          this.#writing = true
          this.#settle(pending, () => {
            this.#writing = false
            this.#buffer.release(item)
            this.#host.resume()
          })
        }
      }
    }
  }

  #prepare(epoch: Epoch): void {
    const staged = this.#attempt(() => this.#writer.prepare(epoch))
    if (isThenable(staged)) this.#settle(staged, (committables) => this.#host.prepared(this.id, epoch, committables))
    else this.#host.prepared(this.id, epoch, staged)
  }

  /** The sink's own error, named. */
  #attempt<R>(action: () => R): R {
    try {
      return action()
    } catch (thrown) {
      throw asMillraceError(thrown, 'IO', `sink "${this.id}"`)
    }
  }

  #settle<R>(pending: PromiseLike<R>, done: (value: R) => void): void {
    pending.then(
      (value) => this.#host.post(() => done(value)),
      (thrown: unknown) => this.#host.post(() => this.#host.failed(asMillraceError(thrown, 'IO', `sink "${this.id}"`))),
    )
  }

  close(): void | PromiseLike<void> {
    return this.#writer.close?.()
  }
}

export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
