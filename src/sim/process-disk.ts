// A process's view of its machine's disk: calls of a dead process do nothing, and a paused one hears of outcomes when it goes on.

import type { Disk } from '../ports/disk.ts'
import type { SimProcess } from './process.ts'

/**
 * Every operation is a crash point of the process, called `disk/<operation>`, before it begins.
 * @param machine the disk that the process's machine has; the same all its life
 */
export function processDisk(process: SimProcess, machine: Disk): Disk {
  const operate = <R>(name: string, begin: () => PromiseLike<R>): Promise<R> => {
    process.crashPoints.reached(`disk/${name}`)
    return new Promise((resolve, reject) => {
      begin().then(
        (result) => process.run(() => resolve(result)),
        (thrown: unknown) => process.run(() => reject(thrown)),
      )
    })
  }
  return {
    read: (path) => operate('read', () => machine.read(path)),
    write: (path, bytes, options) => operate('write', () => machine.write(path, bytes, options)),
    link: (from, to) => operate('link', () => machine.link(from, to)),
    rename: (from, to) => operate('rename', () => machine.rename(from, to)),
    list: (directory) => operate('list', () => machine.list(directory)),
    remove: (path) => operate('remove', () => machine.remove(path)),
    syncDirectory: (directory) => operate('sync-directory', () => machine.syncDirectory(directory)),
  }
}
