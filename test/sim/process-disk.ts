// A process's view of its machine's disk: calls of a dead process do nothing, and a paused one hears of outcomes when it goes on.

import type { Disk } from '../../src/ports/disk.ts'
import type { SimProcess } from '../../src/sim/process.ts'

export const diskCrashPoints = [
  'disk/read',
  'disk/write',
  'disk/link',
  'disk/rename',
  'disk/list',
  'disk/remove',
  'disk/sync-directory',
] as const

/**
 * Every operation is a crash point of the process, called `disk/<operation>`, before it begins.
 * @param machine the disk that the process's machine has; the same all its life
 */
export function processDisk(process: SimProcess, machine: Disk): Disk {
  const operate = <R>(point: (typeof diskCrashPoints)[number], begin: () => PromiseLike<R>): Promise<R> => {
    return new Promise((resolve, reject) => {
      if (process.endsAt(point)) return
      begin().then(
        (result) => process.run(() => resolve(result)),
        (thrown: unknown) => process.run(() => reject(thrown)),
      )
    })
  }
  return {
    read: (path) => operate('disk/read', () => machine.read(path)),
    write: (path, bytes, options) => operate('disk/write', () => machine.write(path, bytes, options)),
    link: (from, to) => operate('disk/link', () => machine.link(from, to)),
    rename: (from, to) => operate('disk/rename', () => machine.rename(from, to)),
    list: (directory) => operate('disk/list', () => machine.list(directory)),
    remove: (path) => operate('disk/remove', () => machine.remove(path)),
    syncDirectory: (directory) => operate('disk/sync-directory', () => machine.syncDirectory(directory)),
  }
}
