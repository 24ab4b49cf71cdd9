// Opens a state directory for one process: lock, then store. Composition for the command line and for `join`.

import { resolve } from 'node:path'
import { FileCheckpointStore } from './adapters/fs/checkpoint-store.ts'
import { NodeDisk } from './adapters/fs/disk.ts'
import { lockDirectory } from './adapters/fs/lock.ts'
import { thisProcess } from './adapters/fs/process-identity.ts'
import { systemClock } from './adapters/system/clock.ts'
import { MillraceError } from './model/errors.ts'
import type { CheckpointStore } from './ports/checkpoint-store.ts'

export interface StateDirectory extends AsyncDisposable {
  readonly path: string
  readonly store: CheckpointStore
  /** Gives the directory free for another process. */
  close(): Promise<void>
}

/**
 * @param path of the directory; created where it is missing
 * @throws USAGE for an empty path; STATE_LOCKED when a live process has it; IO when it cannot be used
 */
export async function openStateDirectory(path: string): Promise<StateDirectory> {
  if (path === '') throw new MillraceError('USAGE', 'the path of the state directory is empty')
  const directory = resolve(path)
  const disk = new NodeDisk()
  const host = await thisProcess(systemClock().now())
  const lock = await lockDirectory(disk, directory, host)
  const close = (): Promise<void> => lock.release()
  try {
    const store = await FileCheckpointStore.open(disk, directory, { writer: `p${host.self.pid}`, exclusive: true })
    return { path: directory, store, close, [Symbol.asyncDispose]: close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}
