// Bringing a checkpoint of one log into another, empty one: which checkpoint, what of it, and the entries that the new log gets.
//
// 1. The first entry says that an import is under way; until the last one, `complete`, is there, no run takes the log for its own. Whoever
//    begins again after a crash removes everything, that first entry last.
// 2. Attempts, generations and checkpoint ids go on above all that the other log has seen: what is staged in a target that both name keeps
//    its owner, and no id of the other is used again.
// 3. What sinks had staged in the checkpoint is left behind where the other log says that every sink has made it visible: the new job's sinks
//    may have other targets, which know nothing of it. Otherwise it comes along, and is committed when the job goes on.
// 4. A savepoint comes as an ordinary checkpoint: its owner has it where it was.

import { MillraceError } from '../model/errors.ts'
import { attempt, type Epoch, generation } from '../model/ids.ts'
import type { LogEntry, Manifest } from '../model/manifest.ts'
import type { CompleteCheckpoint, LogView } from './log.ts'

/**
 * @param wanted undefined = the newest
 * @param where how people call the other state directory
 * @throws STATE_MISMATCH when the log has no such complete checkpoint
 */
export function chooseImport({ complete }: LogView, wanted: Epoch | undefined, where: string): CompleteCheckpoint {
  const chosen = wanted === undefined ? complete.at(-1) : complete.find(({ epoch }) => epoch === wanted)
  if (chosen !== undefined) return chosen
  if (complete.length === 0) throw new MillraceError('STATE_MISMATCH', `${where} has no complete checkpoint to begin from`)
  const known = complete.map(({ epoch }) => epoch).join(', ')
  throw new MillraceError('STATE_MISMATCH', `${where} has no complete checkpoint ${wanted}: it has ${known}`)
}

/** The manifest as the new log gets it. */
export function importedManifest(manifest: Manifest, view: LogView): Manifest {
  return { ...manifest, savepoint: false, committables: isCommitted(view, manifest.epoch) ? {} : manifest.committables }
}

/** A checkpoint begins only when every sink has committed the one before. */
function isCommitted({ everComplete, stopped }: LogView, of: Epoch): boolean {
  return everComplete.some((one) => one > of) || (stopped?.epoch === of && stopped.committed)
}

/** The entries of the new log, from slot 1; manifest and blobs are to be stored between the second and the last. */
export function importEntries(view: LogView, of: Epoch, checksum: number, writer: string): readonly [LogEntry, LogEntry, LogEntry] {
  const by = { generation: generation(view.generation), writer, attempts: [attempt(Math.max(1, view.nextAttempt - 1))], below: 1 }
  return [
    { ...by, kind: 'start', imports: of },
    { ...by, kind: 'reserve', epoch: view.reservedThrough },
    { ...by, kind: 'complete', epoch: of, checksum, savepoint: false },
  ]
}

/** Why a log is refused in which an import has not come to its end. */
export const importUnfinished = (of: Epoch): MillraceError =>
  new MillraceError(
    'STATE_MISMATCH',
    `checkpoint ${of} was being brought into this state directory from another one, and that was broken off. Give the same command again, with --from and the other directory, or remove this directory`,
  )
