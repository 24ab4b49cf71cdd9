// Moves what a chain emitted into a sink's writer: batches in order, one write at a time, and barriers in their place.
//
// While a write is pending nothing else is written, and the chain sees a full buffer, so it takes no input. A barrier asks the writer to
// stage the epoch; writing goes on meanwhile, for the next one. A barrier that comes before the epoch is staged waits, and what is behind
// it: writers stage one epoch at a time, in their order.

import type { SinkBatch, SinkBuffer, SinkItem } from '../src/flow/sink-buffer.ts'
import { errorIn, type MillraceError } from '../src/model/errors.ts'
import type { Epoch, OperatorId } from '../src/model/ids.ts'
import type { Json } from '../src/model/manifest.ts'
import { isThenable } from '../src/model/thenable.ts'
import type { Writer } from '../src/ports/sink.ts'

export interface SinkPumpHost {
  /** The writer has staged epoch `epoch`. */
  prepared(sink: OperatorId, epoch: Epoch, committables: readonly Json[]): void
  failed(error: MillraceError): void
  /** What was pending is done: there may be more to do. */
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
  #staging = false
  /** A barrier that waits for the one before it. */
  #held: SinkItem | undefined

  constructor(buffer: SinkBuffer, writer: Writer<unknown>, host: SinkPumpHost) {
    this.id = buffer.id
    this.#buffer = buffer
    this.#writer = writer
    this.#host = host
  }

  /** Writes what can be written now. */
  pump(): void {
    while (!this.#writing) {
      const item = this.#held ?? this.#buffer.take()
      if (item === undefined) return
      if (item.kind === 'batch') this.#write(item)
      else if (this.#staging) {
        this.#held = item
        return
      } else {
        this.#held = undefined
        this.#prepare(item.epoch)
      }
    }
  }

  #write(batch: SinkBatch): void {
    const pending: unknown = this.#attempt(() => this.#writer.write(batch.values, batch.length))
    if (!isThenable(pending)) return
    this.#writing = true
    this.#settle(pending, () => {
      this.#writing = false
      this.#host.resume()
    })
  }

  #prepare(epoch: Epoch): void {
    const staged = this.#attempt(() => this.#writer.prepare(epoch))
    if (!isThenable(staged)) return this.#host.prepared(this.id, epoch, staged)
    this.#staging = true
    this.#settle(staged, (committables) => {
      this.#staging = false
      this.#host.prepared(this.id, epoch, committables)
      this.#host.resume()
    })
  }

  /** The sink's own error, named. */
  #attempt<R>(action: () => R): R {
    try {
      return action()
    } catch (thrown) {
      throw errorIn(`sink "${this.id}"`, this.id, thrown, 'IO')
    }
  }

  #settle<R>(pending: PromiseLike<R>, done: (value: R) => void): void {
    pending.then(
      (value) => this.#host.post(() => done(value)),
      (thrown: unknown) => this.#host.post(() => this.#host.failed(errorIn(`sink "${this.id}"`, this.id, thrown, 'IO'))),
    )
  }
}
