// The generator: records by number, at a rate, from a seed, in parts.

import { expect, test } from 'vitest'
import { generator } from '../../../src/adapters/memory/generator.ts'
import { into, open, StandingClock, take } from '../../api/reading.ts'

test('SO63 a generator gives the same records again from any offset, random ones too', async () => {
  const make = () => generator((n, random) => [n, random(), random()], { count: 50, seed: 7 })
  const all = await take(await open(make()))
  expect(all.map(([n]) => n)).toEqual(Array.from({ length: 50 }, (_, i) => i))
  const reader = await open(make())
  await take(reader, 20)
  expect(await take(await open(make(), reader.offset()))).toEqual(all.slice(20))
})

test('SO63 random numbers lie in [0, 1), differ between records and between seeds', async () => {
  const of = async (seed: number) => take(await open(generator((_, random) => random(), { count: 2_000, seed })))
  const [one, other] = await Promise.all([of(1), of(2)])
  expect(one.every((x) => x >= 0 && x < 1)).toBe(true)
  expect(new Set([...one, ...other]).size).toBeGreaterThan(3_990)
  const mean = one.reduce((sum, x) => sum + x, 0) / one.length
  expect(mean).toBeGreaterThan(0.47)
  expect(mean).toBeLessThan(0.53)
})

test('SO63 splits share the numbers out between them', async () => {
  const source = generator((n) => n, { count: 10, splits: 3 })
  expect(await source.splits([])).toEqual([
    { id: '0', at: 0 },
    { id: '1', at: 1 },
    { id: '2', at: 2 },
  ])
  const parts = await Promise.all([0, 1, 2].map(async (split) => take(await open(source, undefined, new StandingClock(), split))))
  expect(parts).toEqual([
    [0, 3, 6, 9],
    [1, 4, 7],
    [2, 5, 8],
  ])
})

test('SO63 a rate is kept by the clock, over all splits, and begins again where it stopped', async () => {
  const clock = new StandingClock()
  const source = generator((n) => n, { perSecond: 20, splits: 2 })
  const reader = await open(source, undefined, clock)
  const poll = (): number[] => {
    const out: number[] = []
    reader.poll(into(out), 100)
    return out
  }
  expect(poll()).toEqual([])
  clock.time = 350
  expect(poll()).toEqual([0, 2, 4])
  expect(poll()).toEqual([])
  const ready = reader.ready()
  clock.next()
  await ready
  expect(clock.time).toBe(400)
  expect(poll()).toEqual([6])
  const resumed = await open(source, reader.offset(), clock)
  clock.time = 500
  expect(await take(resumed, 1)).toEqual([8])
})

test('SO63 what makes no sense is refused', () => {
  expect(() => generator((n) => n, { perSecond: 0 })).toThrow('perSecond is 0, it must be positive')
  expect(() => generator((n) => n, { count: 1.5 })).toThrow('count is 1.5')
  expect(() => generator((n) => n, { splits: 0 })).toThrow('splits is 0')
  expect(() => generator((n) => n, { seed: 0.5 })).toThrow('seed is 0.5')
  expect(() => generator(5 as never)).toThrow('takes a function')
})

test('SO63 it ends by itself only where it is counted', () => {
  expect([generator((n) => n).bounded, generator((n) => n, { count: 1 }).bounded]).toEqual([false, true])
})
