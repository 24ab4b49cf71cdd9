// How a failure of a file system is told: what was tried, on which path, why it failed, and what to do about it. Real and simulated disks
// and the file connectors all speak through this one function, so a message does not depend on who found the failure.

import { MillraceError, messageOf } from '../model/errors.ts'

const advice: Readonly<Record<string, string>> = {
  EACCES: 'Give the user that runs this process access to it',
  EBUSY: 'Another process holds it: end that one first',
  EDQUOT: 'The disk quota is used up: free space or raise the quota',
  EEXIST: 'Something is there already: move it away',
  EIO: 'The device reports a defect: check the disk and the kernel log',
  EISDIR: 'A directory stands where a file is expected: move it away',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n)',
  ENAMETOOLONG: 'The path is too long for this file system: use a shorter directory',
  ENFILE: 'Too many files are open on this machine: raise the limit',
  ENOENT: 'Check that the path exists and that nothing else removes files there',
  ENOSPC: 'The disk is full: free space or use another disk',
  ENOTDIR: 'A file stands where a directory is expected: move it away',
  ENOTEMPTY: 'The directory is not empty: move it away',
  ENOTSUP: 'This file system lacks hard links or another feature that is needed: use a local one',
  EPERM: 'It is not permitted: check the owner, and that the file system has hard links',
  EROFS: 'The file system is mounted read-only: use another directory',
  EXDEV: 'Both paths must lie on one file system',
}

/** The system's code of a failure ('ENOENT'), or undefined. */
export function systemCode(thrown: unknown): string | undefined {
  const code = (thrown as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/**
 * @param action what was tried: 'write', 'rename to /a/b'
 * @returns an error of code IO
 */
export function ioError(action: string, path: string, thrown: unknown): MillraceError {
  if (thrown instanceof MillraceError) return thrown
  const code = systemCode(thrown)
  const hint = code === undefined ? undefined : advice[code]
  return new MillraceError('IO', `cannot ${action} ${path}: ${messageOf(thrown)}${hint === undefined ? '' : `. ${hint}`}`, {
    cause: thrown,
  })
}
