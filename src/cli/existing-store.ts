// A state directory that is there, opened for reading: its job may be running.

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FileCheckpointStore } from '../adapters/fs/checkpoint-store.ts'
import { NodeDisk } from '../adapters/fs/disk.ts'
import { MillraceError } from '../model/errors.ts'
import type { CheckpointStore } from '../ports/checkpoint-store.ts'
import { CommandError, exitCodes } from './exit-codes.ts'

/** @throws with the exit code of a wrong command line where it is no state directory */
export async function existingStore(directory: string): Promise<CheckpointStore> {
  const path = resolve(directory)
  const stats = await stat(path).catch((thrown: unknown) => {
    throw new CommandError(exitCodes.usage, thrown, `there is no directory ${directory} (looked for ${path})`)
  })
  if (!stats.isDirectory()) throw new MillraceError('USAGE', `${directory} is a file: give the directory that \`run\` was given as --state`)
  const names = await new NodeDisk().list(path)
  if (names.length > 0 && !names.includes('log/') && !names.includes('.lock/')) {
    throw new MillraceError(
      'USAGE',
      `${directory} is no state directory: it has no log. Give the directory that \`run\` was given as --state`,
    )
  }
  return FileCheckpointStore.forReading(new NodeDisk(), path)
}
