// The faults of the simulated disk: what a power cut takes, what a dead process leaves, bits, space, and the order of completion.

import { describe, expect, test } from 'vitest'
import { type DiskFault, SimDisk } from '../../src/sim/disk.ts'
import { bytesOf, textOf } from '../adapters/disk-contract.ts'
import { seededRandom } from '../adapters/seeded-random.ts'

/** What can be at a path after a power cut, over many seeds. */
async function outcomes(act: (disk: SimDisk) => Promise<void>, path: string): Promise<Set<string | undefined>> {
  const seen = new Set<string | undefined>()
  for (let seed = 1; seed <= 200; seed++) {
    const disk = new SimDisk({ random: seededRandom(seed) })
    await act(disk)
    seen.add(textOf(await disk.crash('power').read(path)))
  }
  return seen
}

describe('power cuts', () => {
  test('SI40 what was synced under a synced name is there', async () => {
    const kept = await outcomes(async (disk) => {
      await disk.syncDirectory('/d')
      await disk.write('/d/a', bytesOf('whole'), { sync: true })
      await disk.syncDirectory('/d')
    }, '/d/a')
    expect(kept).toEqual(new Set(['whole']))
  })

  test('SI40 without sync it is lost, torn or empty; without its name it may be gone', async () => {
    const content = await outcomes(async (disk) => {
      await disk.write('/d/a', bytesOf('old'), { sync: true })
      await disk.syncDirectory('/d')
      await disk.syncDirectory('/')
      await disk.write('/d/a', bytesOf('new'))
    }, '/d/a')
    expect([...content].sort()).toEqual(['', 'n', 'ne', 'new', 'old'])
    const name = await outcomes((disk) => disk.write('/a', bytesOf('x'), { sync: true }), '/a')
    expect(name).toEqual(new Set(['x', undefined]))
  })

  test('SI40 a directory that another call created is a name like any other', async () => {
    const seen = await outcomes(async (disk) => {
      await disk.write('/d/e/a', bytesOf('x'), { sync: true })
      await disk.syncDirectory('/d/e')
    }, '/d/e/a')
    expect(seen).toEqual(new Set(['x', undefined]))
    const created = await outcomes(async (disk) => {
      await disk.syncDirectory('/d/e')
      await disk.write('/d/e/a', bytesOf('x'), { sync: true })
      await disk.syncDirectory('/d/e')
    }, '/d/e/a')
    expect(created).toEqual(new Set(['x']))
  })

  test('SI40 a rename happens as a whole or not at all', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const disk = new SimDisk({ random: seededRandom(seed) })
      await disk.write('/a/x', bytesOf('1'), { sync: true })
      await disk.syncDirectory('/a')
      await disk.syncDirectory('/b')
      await disk.syncDirectory('/')
      await disk.rename('/a/x', '/b/y')
      const after = disk.crash('power')
      const there = [await after.list('/a'), await after.list('/b')]
      expect([
        [['x'], []],
        [[], ['y']],
      ]).toContainEqual(there)
    }
  })

  test('SI40 a removal may be undone', async () => {
    const seen = await outcomes(async (disk) => {
      await disk.write('/a', bytesOf('x'), { sync: true })
      await disk.syncDirectory('/')
      await disk.remove('/a')
    }, '/a')
    expect(seen).toEqual(new Set(['x', undefined]))
  })
})

test('SI41 a dead process leaves what it wrote, and is told nothing any more', async () => {
  const disk = new SimDisk({ random: seededRandom(1) })
  await disk.write('/a', bytesOf('x'))
  const next = disk.crash('process')
  expect(textOf(await next.read('/a'))).toBe('x')
  let told = false
  void disk.read('/a').then(() => {
    told = true
  })
  await next.read('/a')
  expect(told).toBe(false)
})

test('SI41 what was under way at a crash has happened, in part, or not, and never settles', async () => {
  const seen = new Set<string | undefined>()
  for (let seed = 1; seed <= 200; seed++) {
    const events: (() => void)[] = []
    const disk = new SimDisk({ random: seededRandom(seed), schedule: (_, fire) => void events.push(fire) })
    let settled = false
    void disk.write('/a', bytesOf('ab'), { sync: true }).then(() => {
      settled = true
    })
    const next = disk.crash('process')
    for (const fire of events.splice(0)) fire()
    const reading = next.read('/a')
    for (const fire of events.splice(0)) fire()
    seen.add(textOf(await reading))
    expect(settled).toBe(false)
  }
  expect(seen).toEqual(new Set([undefined, '', 'a', 'ab']))
})

test('SI42 operations settle in the order of the scheduler, and take effect then', async () => {
  const events: { readonly at: number; readonly fire: () => void }[] = []
  const disk = new SimDisk({ random: seededRandom(3), latencyMsMax: 10, schedule: (at, fire) => void events.push({ at, fire }) })
  const order: number[] = []
  const all = Promise.all([0, 1, 2, 3, 4, 5].map((i) => disk.write('/a', bytesOf(`${i}`)).then(() => order.push(i))))
  const wanted = events.map(({ at }, i) => ({ at, i })).sort((a, b) => a.at - b.at)
  for (const { i } of wanted) events[i]!.fire()
  await all
  expect(order).toEqual(wanted.map(({ i }) => i))
  expect(order).not.toEqual([0, 1, 2, 3, 4, 5])
  const reading = disk.read('/a')
  events.at(-1)!.fire()
  expect(textOf(await reading)).toBe(`${order.at(-1)}`)
})

test('SI43 flipped bits stay, space ends, and every fault is told', async () => {
  const faults: DiskFault[] = []
  const disk = new SimDisk({ random: seededRandom(1), capacityBytes: 10, onFault: (fault) => void faults.push(fault) })
  await disk.write('/a', new Uint8Array(8), { sync: true })
  await disk.syncDirectory('/')
  expect(disk.flipBit('/nothing')).toBe(false)
  expect(disk.flipBit('/a')).toBe(true)
  const bits = (bytes: Uint8Array | undefined) => [...bytes!].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
  expect(bits(await disk.read('/a'))).toBe(1)
  expect(bits(await disk.crash('power').read('/a'))).toBe(1)
  expect(faults).toEqual(['flipped-bit'])
  const full = new SimDisk({ random: seededRandom(1), capacityBytes: 10, onFault: (fault) => void faults.push(fault) })
  await expect(full.write('/b', new Uint8Array(11))).rejects.toThrow(/cannot write \/b: ENOSPC.*The disk is full/)
  expect(await full.list('/')).toEqual(['b'])
  await full.remove('/b')
  await full.write('/c', new Uint8Array(10))
  expect(full.usedBytes).toBe(10)
  full.setCapacity(20)
  await full.write('/d', new Uint8Array(10))
  expect(faults).toEqual(['flipped-bit', 'no-space'])
})

test('SI44 the same seed gives the same disk', async () => {
  const run = async (seed: number): Promise<string[]> => {
    const disk = new SimDisk({ random: seededRandom(seed) })
    for (let i = 0; i < 40; i++) await disk.write(`/d${i % 3}/f${i}`, bytesOf(`content ${i}`), { sync: i % 2 === 0 })
    const after = disk.crash('power')
    const seen: string[] = []
    for (const directory of await after.list('/')) {
      for (const name of await after.list(`/${directory}`))
        seen.push(`${directory}${name} ${textOf(await after.read(`/${directory}${name}`))}`)
    }
    return seen
  }
  expect(await run(5)).toEqual(await run(5))
  expect(await run(5)).not.toEqual(await run(6))
})
