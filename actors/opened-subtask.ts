// A subtask with all that was opened for it, and how that is closed again.

import type { SubtaskTime } from '../src/flow/snapshotter.ts'
import type { Subtask } from '../src/flow/subtask.ts'
import { MillraceError } from '../src/model/errors.ts'
import type { OperatorId } from '../src/model/ids.ts'
import type { Writer } from '../src/ports/sink.ts'
import type { Reader } from '../src/ports/source.ts'
import type { PromiseCalls } from './async-calls.ts'

export interface OpenedSubtask {
  readonly subtask: Subtask
  readonly writers: ReadonlyMap<OperatorId, Writer<unknown>>
  /** By split; none for one that is finished. */
  readonly readers: readonly (Reader<unknown> | undefined)[]
  /** By index of the operator in the chain. */
  readonly calls: ReadonlyMap<number, PromiseCalls>
  readonly time: SubtaskTime | undefined
}

/** Closes everything, whatever of it fails: nobody is left to whom such an error would matter. Settles when writers have closed. */
export async function closeOpened({ subtask, readers, writers, calls }: Omit<OpenedSubtask, 'time'>): Promise<void> {
  const over = new MillraceError('JOB_STOPPED', 'the attempt that started this call is over')
  const closing = [
    ...[...calls.values()].map((running) => () => running.close(over)),
    () => subtask.chain.close(),
    ...readers.map((reader) => () => reader?.close?.()),
    ...[...writers.values()].map((writer) => () => writer.close?.()),
  ]
  // Each is called now, and one that throws keeps no other from being called.
  await Promise.allSettled(closing.map(async (close) => close()))
}
