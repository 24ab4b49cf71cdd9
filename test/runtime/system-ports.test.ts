// One contract for the clock and the dispatcher of this machine and for the manual ones of these tests.

import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { immediateDispatcher } from '../../src/adapters/system/dispatcher.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Dispatcher } from '../../src/ports/dispatcher.ts'
import { createSystem } from '../../src/runtime/system.ts'
import { ManualClock, ManualDispatcher } from './manual-world.ts'

interface World {
  readonly name: string
  readonly clock: Clock
  readonly dispatcher: Dispatcher
  /** Lets so much time pass, and what is deferred run. */
  pass(ms: number): Promise<void>
}

const manualClock = new ManualClock()
const manualDispatcher = new ManualDispatcher()
const worlds: World[] = [
  {
    name: 'system',
    clock: systemClock(),
    dispatcher: immediateDispatcher,
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 2)),
  },
  {
    name: 'system, unref',
    clock: systemClock({ unref: true }),
    dispatcher: immediateDispatcher,
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 2)),
  },
  {
    name: 'manual',
    clock: manualClock,
    dispatcher: manualDispatcher,
    pass: async (ms) => {
      manualClock.advance(ms)
      manualDispatcher.run()
    },
  },
]

test("MB18 what this machine's dispatcher takes soon runs once, later, and before what is deferred", async () => {
  const did: string[] = []
  immediateDispatcher.defer(() => did.push('deferred'))
  immediateDispatcher.soon!(() => did.push('soon'))
  expect(did).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 2))
  expect(did).toEqual(['soon', 'deferred'])
})

describe.each(worlds)('$name', ({ clock, dispatcher, pass }) => {
  test('MB14 deferred turns run later, once each, in order', async () => {
    const did: number[] = []
    dispatcher.defer(() => {
      did.push(1)
      dispatcher.defer(() => did.push(3))
    })
    dispatcher.defer(() => did.push(2))
    expect(did).toEqual([])
    await pass(1)
    await pass(1)
    expect(did).toEqual([1, 2, 3])
  })

  test('MB15 a timer fires once, not before its delay, and not during the call that set it', async () => {
    const fired: number[] = []
    const start = clock.monotonic()
    for (const delay of [8, 0, 3]) clock.setTimer(delay, () => fired.push(delay, clock.monotonic() - start))
    expect(fired).toEqual([])
    await pass(15)
    expect(fired.filter((_, i) => i % 2 === 0)).toEqual([0, 3, 8])
    for (let i = 0; i < fired.length; i += 2) expect(fired[i + 1]).toBeGreaterThanOrEqual(fired[i]!)
  })

  test('MB15 a cancelled timer never fires, and one that is far away or at no time does not fire now', async () => {
    const fired: string[] = []
    clock.setTimer(1, () => fired.push('cancelled'))()
    const cancels = [2 ** 31, Number.POSITIVE_INFINITY].map((delay) => clock.setTimer(delay, () => fired.push(`${delay}`)))
    await pass(5)
    for (const cancel of cancels) cancel()
    expect(fired).toEqual([])
  })

  test('MB15 the clock goes on, and the monotonic one never back', async () => {
    const [wall, monotonic] = [clock.now(), clock.monotonic()]
    await pass(5)
    expect(clock.monotonic() - monotonic).toBeGreaterThanOrEqual(5)
    expect(clock.now()).toBeGreaterThan(wall)
  })
})

test('MB6 MB14 a busy actor lets I/O and timers proceed', async () => {
  await using system = createSystem({ clock: systemClock(), dispatcher: immediateDispatcher })
  let busy = true
  system.spawnEngine('busy', () => ({ receive: () => undefined, wake: () => busy })).wake()
  const start = performance.now()
  await new Promise((resolve) => setTimeout(resolve, 5))
  busy = false
  expect(performance.now() - start).toBeLessThan(1_000)
})
