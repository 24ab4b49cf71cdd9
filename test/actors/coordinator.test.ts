// Coordinators as they run: on a store, with committers, crashed at every named point, with a store that fails, and in rivalry.

import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { committerCrashPoints } from '../../actors/committer.ts'
import { coordinatorCrashPoints } from '../../actors/coordinator.ts'
import { MillraceError } from '../../src/model/errors.ts'
import type { CheckpointStore } from '../../src/ports/checkpoint-store.ts'
import { Crash, Process, type ProcessOptions, snapshotOf, World } from './coordinated-world.ts'

const allRecords = ['record 1', 'record 2', 'record 3']

/** Starts processes, one after the other, until one ends without a crash. */
async function runToEnd(world: World, options: (run: number) => ProcessOptions): Promise<Process> {
  for (let run = 0; run < 40; run++) {
    const process = new Process(world, options(run))
    await process.run()
    if (!process.crashed && process.outcome?.kind !== 'failed') return process
  }
  throw new Error('no process came to an end')
}

/** Runs a process that ends when it first comes to a point. */
async function crashAt(world: World, point: string): Promise<void> {
  const process = new Process(world, {
    reached: (name) => {
      if (name === point) throw new Crash(name)
    },
  })
  await process.run()
  expect(process.crashed).toBe(true)
}

describe('a job on a store', () => {
  test('CP6 runs to its end, and a second run says that it is finished and does nothing', async () => {
    const world = new World()
    const first = new Process(world)
    await first.run()
    expect([first.outcome, world.visible]).toEqual([{ kind: 'finished', epoch: 4, already: false }, allRecords])
    const entries = new Map(world.entries)
    const second = new Process(world)
    await second.run()
    expect(second.outcome).toEqual({ kind: 'finished', epoch: 4, already: true })
    expect(world.entries).toEqual(entries)
  })

  test('CP7 keeps the newest checkpoints only, and cuts the log behind them', async () => {
    const world = new World()
    await new Process(world).run()
    const names = [...world.entries.keys()].sort()
    expect(names.filter((name) => !name.startsWith('blob/'))).toEqual([
      'log/00000002',
      'log/00000003',
      'log/00000004',
      'log/00000005',
      'log/00000006',
      'log/00000007',
      'manifest/00000003',
      'manifest/00000004',
    ])
    expect(new Set(names.filter((name) => name.startsWith('blob/')).map((name) => name.slice(0, 13)))).toEqual(
      new Set(['blob/00000003', 'blob/00000004']),
    )
  })

  test('CP8 tells what people want to know', async () => {
    const world = new World()
    const process = new Process(world)
    await process.run()
    const { state, lastCheckpoint, restarts, lastError, generation } = process.statuses.at(-1)!
    expect({ state, epoch: lastCheckpoint?.epoch, bytes: lastCheckpoint?.bytes, restarts, lastError, generation }).toEqual({
      state: 'finished',
      epoch: 4,
      bytes: 2 * snapshotOf(3).length,
      restarts: 0,
      lastError: undefined,
      generation: 1,
    })
  })
})

describe('crashes', () => {
  const points = [...coordinatorCrashPoints, ...committerCrashPoints].filter((point) => !point.includes('void'))

  test.each(points.map((point) => [point]))(
    'RC7 a crash at any named point, the first or a later time, changes nothing in the output: %s',
    async (point) => {
      for (let nth = 1; nth <= 4; nth++) {
        const world = new World()
        await crashAt(world, 'coordinator/after-manifest')
        let times = 0
        const reached = (name: string): void => {
          if (name === point && ++times === nth) throw new Crash(name)
        }
        // One trigger fails, so that restarts in the process are crashed into, too.
        let failing = true
        const fails = (): boolean => {
          const now = failing
          failing = false
          return now
        }
        const last = await runToEnd(world, () => ({ reached, fails }))
        expect(last.outcome).toMatchObject({ kind: 'finished' })
        expect(world.visible, `${point} for the ${nth}. time`).toEqual(allRecords)
        if (nth === 1) expect(times).toBeGreaterThan(0)
      }
    },
  )

  test('RC7 also at the points around void entries, when a fresh start makes the old checkpoints void', async () => {
    for (const point of ['coordinator/before-void-entry', 'coordinator/after-void-entry']) {
      const world = new World()
      await new Process(world).run()
      world.applied.clear()
      let times = 0
      const reached = (name: string): void => {
        if (name === point && ++times === 1) throw new Crash(name)
      }
      const last = await runToEnd(world, () => ({ reached, config: { fresh: true } }))
      expect([last.outcome?.kind, world.visible]).toEqual(['finished', allRecords])
      expect(times).toBeGreaterThan(0)
    }
  })

  test('CP17 a coordinator lets go of what was restored when the job runs', async () => {
    const world = new World()
    await crashAt(world, 'coordinator/before-stopped-entry')
    const next = new Process(world)
    const forget = vi.spyOn(next.store, 'forget')
    while (next.statuses.at(-1)?.state !== 'running') {
      const before = forget.mock.calls.length
      await next.step()
      if (next.statuses.at(-1)?.state === 'starting') expect(forget.mock.calls.length).toBe(before)
    }
    const atRunning = forget.mock.calls.length
    expect(atRunning).toBeGreaterThan(1)
    await next.run()
  })

  test('RC21 a fresh start that a sink refuses leaves log and checkpoints as they were', async () => {
    const world = new World()
    await crashAt(world, 'coordinator/before-stopped-entry')
    const before = [...world.entries.keys()]
    const refused = new Process(world, { config: { fresh: true } })
    await refused.run()
    expect(refused.outcome).toMatchObject({ kind: 'failed', error: { code: 'OUTPUT_CONFLICT' } })
    expect([...world.entries.keys()]).toEqual(before)
    const next = await runToEnd(world, () => ({}))
    expect([next.outcome?.kind, world.visible]).toEqual(['finished', allRecords])
  })

  test('RC8 leftovers of a checkpoint that never became complete are swept by the next run, after its start entry', async () => {
    const world = new World()
    await crashAt(world, 'coordinator/before-complete-entry')
    expect([...world.entries.keys()].filter((name) => !name.startsWith('log/'))).toHaveLength(3)
    const next = new Process(world)
    while (world.entries.get('log/00000003') === undefined) await next.step()
    await next.step()
    await next.step()
    expect([...world.entries.keys()].filter((name) => name.includes('00000001/') || name === 'manifest/00000001')).toEqual([])
    await next.run()
    expect(world.visible).toEqual(allRecords)
  })
})

/** A store that sometimes rejects: before it did what was asked, or after. */
function unreliable(store: CheckpointStore, fails: () => 'before' | 'after' | undefined): CheckpointStore {
  const io = (): MillraceError => new MillraceError('IO', 'the store does not answer')
  const perhaps = async <R>(action: () => PromiseLike<R>): Promise<R> => {
    const when = fails()
    if (when === 'before') throw io()
    const result = await action()
    if (when === 'after') throw io()
    return result
  }
  return {
    put: (name, bytes) => perhaps(() => store.put(name, bytes)),
    putIfAbsent: (name, bytes) => perhaps(() => store.putIfAbsent(name, bytes)),
    get: (name) => perhaps(() => store.get(name)),
    list: (prefix) => perhaps(() => store.list(prefix)),
    remove: (name) => perhaps(() => store.remove(name)),
  }
}

describe('a bad world', () => {
  const oneIn = fc.integer({ min: 6, max: 60 })

  test('RC9 with a store that fails before or after it acts, failing subtasks and crashes, the output is the same', async () => {
    await fc.assert(
      fc.asyncProperty(oneIn, oneIn, oneIn, fc.infiniteStream(fc.nat(10_000)), async (storeFails, subtaskFails, crashes, dice) => {
        const world = new World()
        let calm = false
        const chance = (n: number): boolean => !calm && dice.next().value! % n === 0
        const options: ProcessOptions = {
          store: (store) => unreliable(store, () => (chance(storeFails) ? (dice.next().value! % 2 === 0 ? 'before' : 'after') : undefined)),
          fails: () => chance(subtaskFails),
          reached: (name) => {
            if (chance(crashes)) throw new Crash(name)
          },
        }
        const last = await runToEnd(world, (run) => {
          calm = run > 20
          return options
        })
        expect([last.outcome?.kind, world.visible]).toEqual(['finished', allRecords])
      }),
      { numRuns: 150, seed: 1 },
    )
  }, 60_000)

  test('RC10 with any number of coordinators at once, paused and woken at any time, the output is the same, and the deposed ones stop', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(10_000)), fc.integer({ min: 2, max: 4 }), async (dice, rivals) => {
        const world = new World()
        const processes = [new Process(world)]
        let last: Process | undefined
        for (let i = 0; i < 400 && last?.outcome?.kind !== 'finished'; i++) {
          const pick = dice.next().value!
          if (pick % 40 === 0 && processes.length < rivals) processes.push(new Process(world))
          last = processes[pick % processes.length]!
          await last.step()
        }
        const final = await runToEnd(world, () => ({}))
        expect([final.outcome?.kind, world.visible]).toEqual(['finished', allRecords])
        for (const process of processes) {
          await process.run()
          if (process.outcome?.kind === 'failed')
            expect(['DEPOSED', 'OUTPUT_CONFLICT', 'CORRUPT', 'CHECKPOINT_DAMAGED']).toContain(process.outcome.error.code)
        }
        expect(world.visible).toEqual(allRecords)
      }),
      { numRuns: 100, seed: 1 },
    )
  }, 60_000)
})
