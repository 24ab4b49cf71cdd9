// The lock on a directory: one live owner, no lock left by the dead, one winner of a race; and which processes count as living.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { NodeDisk } from '../../src/adapters/fs/disk.ts'
import { type LockHost, type LockOwner, lockDirectory } from '../../src/adapters/fs/lock.ts'
import { thisProcess } from '../../src/adapters/fs/process-identity.ts'
import { SimDisk } from '../../src/sim/disk.ts'
import { bytesOf } from './disk-contract.ts'
import { pick, seededRandom } from './seeded-random.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const since = Date.UTC(2024, 0, 1)
const hostOf = (pid: number, living: ReadonlySet<number>): LockHost => ({
  self: { pid, host: 'here', since },
  mayLive: (owner) => living.has(owner.pid),
})
const simDisk = () => new SimDisk({ random: seededRandom(1) })

test('CP45 a second process is refused with pid, host and since when; after release it gets the lock', async () => {
  const disk = simDisk()
  const living = new Set([1, 2])
  const first = await lockDirectory(disk, '/state', hostOf(1, living))
  await expect(lockDirectory(disk, '/state', hostOf(2, living))).rejects.toMatchObject({
    code: 'STATE_LOCKED',
    message: '/state is in use by process 1 on here since 2024-01-01T00:00:00.000Z. Stop that process or use another directory',
  })
  await first.release()
  await first.release()
  const second = await lockDirectory(disk, '/state', hostOf(2, living))
  await first.release()
  await expect(lockDirectory(disk, '/state', hostOf(1, living))).rejects.toMatchObject({ code: 'STATE_LOCKED' })
  await second.release()
})

test('CP45 the lock of an owner on another host is not taken, and the message says how to free it', async () => {
  const disk = simDisk()
  await lockDirectory(disk, '/state', { self: { pid: 5, host: 'there', since }, mayLive: () => true })
  await expect(lockDirectory(disk, '/state', { self: { pid: 5, host: 'here', since }, mayLive: () => true })).rejects.toThrow(
    'if there is gone for good, remove /state/.lock/00000001',
  )
})

test('CP46 the lock of a crashed owner is taken over', async () => {
  const disk = simDisk()
  for (let pid = 1; pid <= 5; pid++) await lockDirectory(disk, '/state', hostOf(pid, new Set([pid])))
  expect(await disk.list('/state/.lock')).toEqual(['00000004', '00000005'])
})

test('CP46 a lock file that says nothing is told, not taken', async () => {
  const disk = simDisk()
  for (const text of ['', '{}', 'null', '[1']) {
    await disk.write('/state/.lock/00000007', bytesOf(text))
    await expect(lockDirectory(disk, '/state', hostOf(1, new Set()))).rejects.toThrow('remove that file')
  }
})

/** Racers with operations in random order take over a dead owner's lock, some release, some die; never do two living ones hold it. */
test('CP46 of any racers one wins', async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed)
    const events: (() => void)[] = []
    const disk = new SimDisk({ random, schedule: (_, fire) => void events.push(fire) })
    const living = new Set<number>()
    const holders = new Set<number>()
    let taken = 0
    const race = async (pid: number): Promise<void> => {
      living.add(pid)
      for (let tries = 0; tries < 3; tries++) {
        try {
          const lock = await lockDirectory(disk, '/state', hostOf(pid, living))
          holders.add(pid)
          taken++
          expect([...holders], `seed ${seed}`).toEqual([pid])
          await disk.list('/state')
          holders.delete(pid)
          if (random.next() < 0.5) {
            living.delete(pid)
            return
          }
          await lock.release()
        } catch (thrown) {
          if ((thrown as { code?: string }).code !== 'STATE_LOCKED') throw thrown
        }
      }
      living.delete(pid)
    }
    let open = true
    const all = Promise.all([1, 2, 3, 4].map(race)).finally(() => {
      open = false
    })
    all.then(undefined, () => undefined)
    while (open) {
      const event = events.splice(pick(random, events.length), 1)[0]
      event?.()
      for (let i = 0; i < 12; i++) await Promise.resolve()
    }
    await all
    expect(taken).toBeGreaterThan(0)
  }
})

describe.runIf(process.platform === 'linux')('processes', () => {
  test('CP46 this process lives; another start time, boot, or container does not; another host cannot be seen', async () => {
    const { self, mayLive } = await thisProcess(since)
    expect(self).toMatchObject({ pid: process.pid, since })
    const judged = async (change: Partial<LockOwner>) => mayLive({ ...self, ...change })
    expect(await judged({})).toBe(true)
    expect(await judged({ started: '1' })).toBe(false)
    expect(await judged({ boot: 'another' })).toBe(false)
    expect(await judged({ space: 'pid:[1]' })).toBe(false)
    expect(await judged({ host: 'another', pid: 999_999_999 })).toBe(true)
    expect(await judged({ pid: 999_999_999 })).toBe(false)
  })

  test('CP45 CP46 a living process locks others out, a killed one does not', async () => {
    const root = await temporaryDirectory()
    const disk = new NodeDisk()
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' })
    await once(child, 'spawn')
    const { self, mayLive } = await thisProcess(since)
    await lockDirectory(disk, root, { self: { ...self, pid: child.pid!, started: undefined }, mayLive })
    await expect(lockDirectory(disk, root, { self, mayLive })).rejects.toThrow(`process ${child.pid}`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const lock = await lockDirectory(disk, root, { self, mayLive })
    await lock.release()
  })
})
