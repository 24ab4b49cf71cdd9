// A channel between two subtasks of one thread: frames and credit change hands by reference, and each side wakes the other.

import { OutputChannel } from '../src/flow/exchange.ts'
import { InputChannel } from '../src/flow/gate.ts'
import type { Attempt, ChannelId } from '../src/model/ids.ts'

export interface LocalChannel {
  readonly output: OutputChannel
  readonly input: InputChannel
}

/**
 * @param index position among the receiver's channels
 * @param inputIndex which input of the receiver's root operator
 * @param wakeSender called when the sender may go on; @param wakeReceiver when a frame has come
 */
export function localChannel(
  attempt: Attempt,
  id: ChannelId,
  index: number,
  inputIndex: number,
  wakeSender: () => void,
  wakeReceiver: () => void,
): LocalChannel {
  const input: InputChannel = new InputChannel(attempt, id, index, inputIndex, {
    grant(limit) {
      if (output.grant(limit)) wakeSender()
    },
    release(batch) {
      output.release(batch)
    },
  })
  const output: OutputChannel = new OutputChannel(attempt, id, {
    send(frame) {
      input.deliver(frame)
      wakeReceiver()
    },
  })
  return { output, input }
}
