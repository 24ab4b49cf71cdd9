// The real disk and the simulated one pass the same suite; the real one's errors say what to do.

import { chmod, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { NodeDisk } from '../../src/adapters/fs/disk.ts'
import { ioError } from '../../src/ports/io-error.ts'
import { SimDisk } from '../../src/sim/disk.ts'
import { bytesOf, diskContract } from './disk-contract.ts'
import { seededRandom } from './seeded-random.ts'
import { temporaryDirectory } from './temporary-directory.ts'

describe('the real disk', () => {
  diskContract(async () => ({ disk: new NodeDisk(), root: await temporaryDirectory() }))
})

describe('the simulated disk', () => {
  diskContract(async () => {
    const disk = new SimDisk({ random: seededRandom(1) })
    await disk.syncDirectory('/root')
    return { disk, root: '/root' }
  })
})

describe('the simulated disk with slow operations', () => {
  diskContract(async () => {
    const disk = new SimDisk({ random: seededRandom(2), latencyMsMax: 2, schedule: (delayMs, fire) => void setTimeout(fire, delayMs) })
    await disk.syncDirectory('/root')
    return { disk, root: '/root' }
  })
})

test('CP40 no permission is told with the path and what to do', async () => {
  const root = await temporaryDirectory()
  await chmod(root, 0o500)
  // Nothing is forbidden to root: it becomes somebody else for the moment.
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    await expect(new NodeDisk().write(`${root}/a`, bytesOf('x'))).rejects.toThrow(/cannot write .*EACCES.*Give the user/)
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})

test('CP40 the message names action, path, cause and remedy', async () => {
  const full = ioError('write', '/state/log/1', Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }))
  expect(full.code).toBe('IO')
  expect(full.message).toBe(
    'cannot write /state/log/1: ENOSPC: no space left on device, write. The disk is full: free space or use another disk',
  )
  const root = await temporaryDirectory()
  await writeFile(`${root}/file`, '')
  await expect(new NodeDisk().syncDirectory(`${root}/file`)).rejects.toThrow(`${root}/file`)
})
