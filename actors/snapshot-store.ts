// Where a worker's subtasks keep their snapshots: the part of the checkpoint store that belongs to them.

import { messageOf } from '../src/model/errors.ts'
import type { ManifestStore } from './manifest-store.ts'
import type { WorkerEnvironment } from './worker.ts'

/** @param warn told when what nobody needs could not be removed */
export function snapshotStore(
  store: ManifestStore,
  warn: (text: string) => void,
): Pick<WorkerEnvironment, 'storeBlob' | 'discardBlob' | 'fetchBlob'> {
  return {
    storeBlob: (epoch, attempt, subtask, blob) => store.putBlob(epoch, attempt, subtask, blob),
    discardBlob: (blob) =>
      store.removeBlob(blob).then(undefined, (thrown: unknown) => warn(`${blob.name} could not be removed: ${messageOf(thrown)}`)),
    fetchBlob: (blob) => store.getBlob(blob),
  }
}
