// What tells this process from every other one, and whether a process told so still runs. Linux says all of it under /proc; elsewhere the
// pid alone has to do, and a pid that was given to another process looks alive.
//
// Owners on the same host under another boot id, or under another pid space, are gone: the machine or the container has been started again.
// (Containers that run side by side have different host names unless somebody gives them the same.) Owners on other hosts cannot be seen.

import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { systemCode } from '../../ports/io-error.ts'
import type { LockHost, LockOwner } from './lock.ts'

/** @param now ms since the epoch */
export async function thisProcess(now: number): Promise<LockHost> {
  const self: LockOwner = {
    pid: process.pid,
    started: (await statOf(process.pid))?.started,
    host: hostname(),
    boot: await told(() => readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    space: await told(() => readlink('/proc/self/ns/pid')),
    since: now,
  }
  return { self, mayLive: (owner) => mayLive(owner, self) }
}

async function mayLive(owner: LockOwner, self: LockOwner): Promise<boolean> {
  if (owner.host !== self.host) return true
  if (owner.boot !== self.boot || owner.space !== self.space) return false
  if (!isRunning(owner.pid)) return false
  const stat = await statOf(owner.pid)
  if (stat === undefined) return true
  return stat.state !== 'Z' && stat.state !== 'X' && (owner.started === undefined || stat.started === owner.started)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return systemCode(thrown) === 'EPERM'
  }
}

/**
 * Fields 3 and 22 of /proc/<pid>/stat, counted behind the program's name: Z and X mean ended, but not yet collected by its parent; the
 * start is in clock ticks since that of the machine.
 */
async function statOf(pid: number): Promise<{ readonly state: string | undefined; readonly started: string | undefined } | undefined> {
  const stat = await told(() => readFile(`/proc/${pid}/stat`, 'utf8'))
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0], started: fields[19] }
}

/** What the system tells, or undefined where it does not tell it. */
async function told(read: () => Promise<string>): Promise<string | undefined> {
  try {
    return (await read()).trim()
  } catch {
    return undefined
  }
}
