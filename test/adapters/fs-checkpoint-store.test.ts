// The checkpoint store in a directory: the contract over the real and the simulated disk, names, leftovers, and power cuts at any point.

import { readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { FileCheckpointStore } from '../../src/adapters/fs/checkpoint-store.ts'
import { NodeDisk } from '../../src/adapters/fs/disk.ts'
import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { SimDisk } from '../../src/sim/disk.ts'
import { checkpointStoreContract } from './checkpoint-store-contract.ts'
import { bytesOf, textOf } from './disk-contract.ts'
import { pick, seededRandom } from './seeded-random.ts'
import { temporaryDirectory } from './temporary-directory.ts'

describe('over the real disk', () => {
  checkpointStoreContract(async () => {
    const disk = new NodeDisk()
    const root = `${await temporaryDirectory()}/state/job`
    const store = await FileCheckpointStore.open(disk, root, { writer: 'a', exclusive: true })
    return { store, other: await FileCheckpointStore.open(disk, root, { writer: 'b', exclusive: false }) }
  })

  test('CP42 nothing half-written stays behind, and an exclusive owner removes what a crash left', async () => {
    const disk = new NodeDisk()
    const root = await temporaryDirectory()
    const store = await FileCheckpointStore.open(disk, root, { writer: 'a', exclusive: true })
    await store.put('x', [bytesOf('1')])
    await store.putIfAbsent('x', bytesOf('2'))
    await store.putIfAbsent('y', bytesOf('2'))
    expect(await readdir(`${root}/.writing`)).toEqual([])
    await disk.write(`${root}/.writing/dead-7`, bytesOf('half'))
    await FileCheckpointStore.open(disk, root, { writer: 'b', exclusive: false })
    expect(await readdir(`${root}/.writing`)).toEqual(['dead-7'])
    const next = await FileCheckpointStore.open(disk, root, { writer: 'c', exclusive: true })
    expect((await readdir(root)).sort()).toEqual(['x', 'y'])
    expect(await next.list('')).toEqual(['x', 'y'])
  })
})

describe('in memory', () => {
  checkpointStoreContract(async () => {
    const entries = new Map<string, Uint8Array>()
    return { store: memoryCheckpointStore(entries), other: memoryCheckpointStore(entries) }
  })
})

test('CP41 many writers race for the slots of one log on a real disk: one wins each, and all read its value', async () => {
  const root = await temporaryDirectory()
  const stores = await Promise.all(
    Array.from({ length: 6 }, (_, i) => FileCheckpointStore.open(new NodeDisk(), root, { writer: `w${i}`, exclusive: false })),
  )
  for (let slot = 0; slot < 10; slot++) {
    const name = `log/${slot}`
    const won = await Promise.all(stores.map((store, i) => store.putIfAbsent(name, bytesOf(`by ${i}`))))
    expect(won.filter((one) => one)).toHaveLength(1)
    const read = await Promise.all(stores.map((store) => store.get(name)))
    expect(new Set(read.map(textOf))).toEqual(new Set([`by ${won.indexOf(true)}`]))
  }
})

describe('over the simulated disk', () => {
  checkpointStoreContract(async () => {
    const disk = new SimDisk({ random: seededRandom(1) })
    const store = await FileCheckpointStore.open(disk, '/state', { writer: 'a', exclusive: true })
    return { store, other: await FileCheckpointStore.open(disk, '/state', { writer: 'b', exclusive: false }) }
  })
})

test.each([
  '',
  '/a',
  'a/',
  'a//b',
  '../a',
  'a/../b',
  '.',
  '.hidden',
  'a/.b',
  'a b',
  'a\0',
  'ä',
  'a\\b',
  'x'.repeat(200),
  'a/'.repeat(20) + 'a',
])('CP42 refuses the name %j', async (name) => {
  const store = await FileCheckpointStore.open(new SimDisk({ random: seededRandom(1) }), '/s', { writer: 'a', exclusive: true })
  await expect(store.put(name, [bytesOf('x')])).rejects.toMatchObject({ code: 'USAGE' })
  await expect(store.putIfAbsent(name, bytesOf('x'))).rejects.toMatchObject({ code: 'USAGE' })
  await expect(store.get(name)).rejects.toMatchObject({ code: 'USAGE' })
  await expect(store.remove(name)).rejects.toMatchObject({ code: 'USAGE' })
})

test('CP42 a full disk rejects, keeps the old value, and leaves nothing behind', async () => {
  const disk = new SimDisk({ random: seededRandom(1), capacityBytes: 100 })
  const store = await FileCheckpointStore.open(disk, '/s', { writer: 'a', exclusive: true })
  await store.put('a', [bytesOf('x'.repeat(60))])
  await expect(store.put('a', [bytesOf('y'.repeat(60))])).rejects.toThrow('The disk is full')
  await expect(store.putIfAbsent('b', bytesOf('y'.repeat(60)))).rejects.toMatchObject({ code: 'IO' })
  expect(textOf(await store.get('a'))).toBe('x'.repeat(60))
  expect(await disk.list('/s/.writing')).toEqual([])
})

/** Random puts with a crash at any point; a settled one is kept whatever the crash, and no name ever stands for a part of a value. */
test('CP43 what settled survives power cuts, and only whole values are seen', async () => {
  const faults = new Map<string, number>()
  let acknowledged = 0
  for (let seed = 1; seed <= 300; seed++) acknowledged += await crashing(seed, faults)
  expect(acknowledged).toBeGreaterThan(1_000)
  for (const fault of ['lost-name', 'lost-file', 'torn-file', 'unfinished']) expect(faults.get(fault) ?? 0, fault).toBeGreaterThan(0)
})

async function crashing(seed: number, faults: Map<string, number>): Promise<number> {
  const random = seededRandom(seed)
  const events: (() => void)[] = []
  let disk = new SimDisk({
    random,
    latencyMsMax: 5,
    schedule: (_, fire) => void events.push(fire),
    onFault: (fault) => void faults.set(fault, (faults.get(fault) ?? 0) + 1),
  })
  /** Values that a name may stand for: the last acknowledged one (undefined = none), and those in doubt since. */
  const allowed = new Map<string, Set<string | undefined>>()
  const settled = new Map<string, string>()
  let acknowledged = 0
  for (let life = 0; life < 4; life++) {
    const store = await driven(FileCheckpointStore.open(disk, '/state/job', { writer: `w${life}`, exclusive: true }), events, random)
    for (const [name, values] of allowed) {
      const value = textOf(await driven(store.get(name), events, random))
      expect([...values], `seed ${seed}, life ${life}, ${name}`).toContain(value)
      allowed.set(name, new Set([value]))
    }
    const running: Promise<void>[] = []
    for (let i = 0; i < 6; i++) {
      const once = random.next() < 0.5
      const name = once ? `log/${life}-${i}` : `chk/${pick(random, 3)}/${i}`
      const value = `${life}.${i}`.padEnd(pick(random, 200), '#')
      if (!allowed.has(name)) allowed.set(name, new Set([undefined]))
      allowed.get(name)!.add(value)
      const operation: Promise<unknown> = once ? store.putIfAbsent(name, bytesOf(value)) : store.put(name, [bytesOf(value)])
      running.push(
        operation.then(() => {
          acknowledged++
          settled.set(name, value)
          allowed.set(name, new Set([value]))
        }),
      )
    }
    const steps = pick(random, 70)
    for (let step = 0; step < steps && events.length > 0; step++) await fireOne(events, random)
    disk = disk.crash(random.next() < 0.7 ? 'power' : 'process')
    events.length = 0
  }
  return acknowledged
}

async function fireOne(events: (() => void)[], random: { next(): number }): Promise<void> {
  events.splice(pick(random, events.length), 1)[0]!()
  for (let i = 0; i < 8; i++) await Promise.resolve()
}

async function driven<R>(promise: Promise<R>, events: (() => void)[], random: { next(): number }): Promise<R> {
  let done = false
  const watched = promise.finally(() => {
    done = true
  })
  watched.then(undefined, () => undefined)
  for (let i = 0; i < 20; i++) await Promise.resolve()
  while (!done && events.length > 0) await fireOne(events, random)
  return watched
}
