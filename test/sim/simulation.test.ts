// What makes a simulation worth something: it repeats itself exactly, it can be replayed and shrunk, and it finds what is broken.

import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { SimWorld } from '../../src/sim/world.ts'
import { type Replay, reportOf, runSeeds, writeReplay } from './campaign.ts'
import { crashPoints } from './faults.ts'
import { mutants, plantMutant, type Unplant } from './mutants.ts'
import { shrink } from './shrink.ts'
import { simulate, type Verdict } from './simulate.ts'

let unplant: Unplant = () => undefined
afterEach(() => unplant())

test('SI2 the same seed gives the same trace, others give others', async () => {
  const hashes = new Set<string>()
  for (let seed = 0; seed < 20; seed++) {
    const first = await simulate(seed)
    expect((await simulate(seed)).hash).toBe(first.hash)
    hashes.add(first.hash)
  }
  expect(hashes.size).toBe(20)
}, 60_000)

test('SI3 at least 20 places are named at which a process can end', () => {
  expect(new Set(crashPoints).size).toBe(crashPoints.length)
  expect(crashPoints.length).toBeGreaterThanOrEqual(20)
})

describe('mutants', () => {
  test('SI4 at least ten bugs are planted', () => {
    expect(Object.keys(mutants).length).toBeGreaterThanOrEqual(10)
  })

  for (const [name, { bug, seed = 0 }] of Object.entries(mutants)) {
    test(`SI4 the bug "${bug}" (${name}) is found within 1,000 seeds`, async () => {
      unplant = plantMutant(name)
      const found = (await runSeeds(seed, seed + 1, {}, 1)).failed.length > 0 || (await runSeeds(0, 1_000, {}, 1)).failed.length > 0
      expect(found).toBe(true)
    }, 300_000)
  }
})

async function firstFailure(mutant: string): Promise<Verdict> {
  unplant = plantMutant(mutant)
  return (await runSeeds(0, 1_000, {}, 1)).failed[0]!
}

test('SI5 a failing seed tells itself and the command that replays it, and its file of choices fails in the same way', async () => {
  const failure = await firstFailure('offset-early')
  const report = reportOf(failure, {}, 'offset-early')
  expect(report).toContain(`seed ${failure.seed} failed`)
  const path = writeReplay(failure, {}, 'offset-early')
  expect(report).toContain(`npm run sim -- --replay ${path}`)
  const replay = JSON.parse(readFileSync(path, 'utf8')) as Replay
  expect(replay).toMatchObject({ seed: failure.seed, mutant: 'offset-early', hash: failure.hash })
  const again = await simulate(replay.seed, { choices: replay.choices })
  expect({ hash: again.hash, problems: again.problems }).toEqual({ hash: failure.hash, problems: failure.problems })
}, 60_000)

test('SI6 shrinking gives a simpler run that still fails', async () => {
  const failure = await firstFailure('offset-early')
  const fails = async (choices: Verdict['choices']): Promise<boolean> => (await simulate(failure.seed, { choices })).problems.length > 0
  const simplest = await shrink(failure.choices, fails, 100)
  const size = (choices: Verdict['choices']): number => Object.values(choices).reduce((sum, made) => sum + made.length, 0)
  expect(size(simplest)).toBeLessThan(size(failure.choices))
  expect((await simulate(failure.seed, { choices: simplest })).problems).not.toEqual([])
}, 60_000)

describe('world', () => {
  test('SI7 virtual time moves only when nothing else can happen: promises and turns that are due come first', async () => {
    const world = new SimWorld(1)
    const { clock, dispatcher } = world.process()
    const seen: string[] = []
    const done = new Promise<void>((resolve) => clock.setTimer(1_000, () => resolve()))
    clock.setTimer(10, () => seen.push(`timer at ${clock.monotonic()}`))
    dispatcher.defer(() => {
      seen.push(`turn at ${clock.monotonic()}`)
      void Promise.resolve()
        .then(() => undefined)
        .then(() => undefined)
        .then(() => seen.push(`promise at ${clock.monotonic()}`))
    })
    await world.runUntil(done)
    expect(seen).toEqual(['turn at 0', 'promise at 0', 'timer at 10'])
    expect(world.timeMs).toBe(1_000)
  })

  test('SI8 nothing of a dead process happens, and what comes to a paused one waits', async () => {
    const world = new SimWorld(1)
    const [dead, paused] = [world.process(), world.process()]
    const seen: string[] = []
    dead.clock.setTimer(5, () => seen.push('dead'))
    paused.clock.setTimer(5, () => seen.push(`paused, at ${world.timeMs}`))
    world.after(1, () => dead.kill())
    world.after(1, () => paused.pause())
    world.after(20, () => paused.resume())
    await world.runUntil(new Promise<void>((resolve) => world.after(30, () => resolve())))
    dead.dispatcher.defer(() => seen.push('dead'))
    await world.runUntil(new Promise<void>((resolve) => world.after(1, () => resolve())))
    expect(seen).toEqual(['paused, at 20'])
  })

  test('SI9 a world in which nothing can happen any more says so instead of waiting for ever', async () => {
    await expect(new SimWorld(1).runUntil(new Promise(() => undefined))).rejects.toThrow('nothing can happen any more')
    const ticking = new SimWorld(1)
    const tick = (): void => void ticking.after(1_000, tick)
    tick()
    await expect(ticking.runUntil(new Promise(() => undefined), { untilMs: 60_000 })).rejects.toThrow('not done after 60000 ms')
  })
})
