// What the main thread of a process and its other threads say to each other: plain data, and the memory of the links between them.

import type { PlainError } from '../src/model/errors.ts'
import type { Attempt, ChannelId, OperatorId, SubtaskId } from '../src/model/ids.ts'
import type { Key } from '../src/model/key.ts'
import type { SubtaskMessage, SubtaskReport } from '../src/model/messages.ts'
import type { LinkMemory } from '../src/ports/byte-link.ts'
import type { CheckpointStore } from '../src/ports/checkpoint-store.ts'
import type { Thread, ThreadPort } from '../src/ports/thread.ts'
import type { DeployOrder } from '../src/protocol/coordinator-types.ts'
import type { SubtaskStats } from './subtask-stats.ts'

/** A channel with one end in the thread that is told of it. */
export interface ThreadChannel {
  readonly channel: ChannelId
  /** The worker at the other end. */
  readonly peer: number
  readonly memory: LinkMemory
}

export type Answer<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: PlainError }

export type ToThread =
  /** The number that the thread has from now on, 1 … threads. Comes before any order. */
  | { readonly type: 'begin'; readonly self: number }
  | { readonly type: 'deploy'; readonly order: DeployOrder; readonly channels: readonly ThreadChannel[] }
  | { readonly type: 'send'; readonly attempt: Attempt; readonly subtask: SubtaskId; readonly message: SubtaskMessage }
  | { readonly type: 'cancel'; readonly region: number; readonly attempt: Attempt }
  | { readonly type: 'ask'; readonly id: number; readonly subtask: SubtaskId; readonly operator: OperatorId; readonly key: Key }
  /** What came of a call of the store. */
  | { readonly type: 'stored'; readonly id: number; readonly answer: Answer<unknown> }

/** A call of the checkpoint store: name of the method, and its arguments. */
export type StoreCall = {
  [M in keyof CheckpointStore]: { readonly method: M; readonly args: Parameters<CheckpointStore[M]> }
}[keyof CheckpointStore]

export type FromThread =
  /** The job is loaded: orders are welcome. */
  | { readonly type: 'ready' }
  | { readonly type: 'report'; readonly report: PlainReport }
  | { readonly type: 'store'; readonly id: number; readonly call: StoreCall }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer<unknown> }
  | { readonly type: 'stats'; readonly stats: readonly SubtaskStats[] }
  | { readonly type: 'warn'; readonly text: string }

/** A report whose error is plain data. */
export type PlainReport = Exclude<SubtaskReport, { type: 'failed' }> | (Omit<Failed, 'error'> & { readonly error: PlainError })
type Failed = Extract<SubtaskReport, { type: 'failed' }>

export type JobThread = Thread<ToThread, FromThread>
export type MainPort = ThreadPort<FromThread, ToThread>

/** Buffers that may change hands: not those that hold more than these bytes and room behind them. */
export const givenOf = ({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer[] =>
  buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength > buffer.byteLength / 2 ? [buffer] : []
