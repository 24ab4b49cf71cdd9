// The two ends of a channel between subtasks of two workers: frames as bytes over a link that keeps their order.
//
// The sending end encodes a frame at once, so its batch is free again, and what the link has no room for waits there; the channel's credit
// bounds it. The receiving end decodes what has come when its subtask has a turn. Each end is polled by its subtask alone.

import { FrameDecoder, FrameEncoder } from '../src/codec/frame-codec.ts'
import { BatchPool } from '../src/flow/batch-pool.ts'
import { OutputChannel } from '../src/flow/exchange.ts'
import { InputChannel } from '../src/flow/gate.ts'
import type { ValueCodec } from '../src/model/codec.ts'
import { MillraceError } from '../src/model/errors.ts'
import type { Frame } from '../src/model/frame.ts'
import type { Attempt, ChannelId, OperatorId } from '../src/model/ids.ts'
import type { ByteReceiver, ByteSender } from '../src/ports/byte-link.ts'

export interface ChannelEnd {
  /** Looks for what the other end has sent or granted. */
  poll(): void
}

export class SendingEnd implements ChannelEnd {
  readonly output: OutputChannel
  readonly #link: ByteSender
  readonly #encoder: FrameEncoder
  readonly #operator: OperatorId

  /** @param operator whose output it is, for messages */
  constructor(attempt: Attempt, id: ChannelId, operator: OperatorId, codec: ValueCodec, link: ByteSender) {
    this.#link = link
    this.#encoder = new FrameEncoder(codec)
    this.#operator = operator
    this.output = new OutputChannel(attempt, id, { send: (frame) => this.#send(frame) })
  }

  poll(): void {
    this.#link.pump()
    this.output.grant(this.#link.limit())
  }

  #send(frame: Frame): void {
    this.#link.write(this.#encoded(frame))
    if (frame.batch !== null) this.output.release(frame.batch)
  }

  #encoded(frame: Frame): Uint8Array {
    try {
      return this.#encoder.encode(frame)
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.code !== 'UNENCODABLE') throw thrown
      const message = `what operator "${this.#operator}" gives cannot go to another thread: ${thrown.message}`
      throw new MillraceError('UNENCODABLE', message, { operator: this.#operator, cause: thrown })
    }
  }
}

export class ReceivingEnd implements ChannelEnd {
  readonly input: InputChannel
  readonly #link: ByteReceiver
  readonly #decoder: FrameDecoder
  readonly #pool = new BatchPool()

  /**
   * @param index position among the receiver's channels
   * @param inputIndex which input of the receiver's root operator
   */
  constructor(attempt: Attempt, id: ChannelId, index: number, inputIndex: number, codec: ValueCodec, link: ByteReceiver) {
    this.#link = link
    this.#decoder = new FrameDecoder(codec, `channel ${id}`)
    this.input = new InputChannel(attempt, id, index, inputIndex, {
      grant: (limit) => link.grant(limit),
      release: (batch) => this.#pool.release(batch),
    })
  }

  poll(): void {
    for (let bytes = this.#link.read(); bytes !== undefined; bytes = this.#link.read()) {
      const batch = this.#pool.take()
      const frame = this.#decoder.decode(bytes, batch)
      if (frame.batch === null) this.#pool.release(batch)
      this.input.deliver(frame)
    }
  }
}
