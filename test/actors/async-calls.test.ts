// PromiseCalls with real promises: batches, order, errors, cancelling, and what it does not keep.

import { expect, test } from 'vitest'
import { PromiseCalls } from '../../actors/async-calls.ts'
import type { AsyncContext, AsyncFunction } from '../../src/operators/operator.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

function world() {
  const log = { wakes: 0, outcomes: [] as [id: number, ok: boolean, outcome: unknown][] }
  const calls = new PromiseCalls(() => log.wakes++)
  const deliver = () => calls.deliver((...outcome) => log.outcomes.push(outcome))
  return { calls, log, deliver }
}

test('AS16 many outcomes make one wake-up, and are delivered in their order', async () => {
  const { calls, log, deliver } = world()
  for (let id = 1; id <= 100; id++) calls.start(id, (async (n: number) => n * 2) as AsyncFunction, id, 1)
  expect(log).toEqual({ wakes: 0, outcomes: [] })
  await settled()
  expect(log.wakes).toBe(1)
  deliver()
  expect(log.outcomes).toEqual(Array.from({ length: 100 }, (_, i) => [i + 1, true, 2 * (i + 1)]))
  expect(calls.open).toBe(0)
  calls.start(101, () => Promise.resolve('more'), 0, 1)
  await settled()
  expect(log.wakes).toBe(2)
})

test('AS16 a call may be started while outcomes are delivered', async () => {
  const { calls, log } = world()
  calls.start(1, () => Promise.resolve('a'), 0, 1)
  calls.start(2, () => Promise.resolve('b'), 0, 1)
  await settled()
  const seen: unknown[] = []
  const onCompleted = (id: number, ok: boolean, outcome: unknown) => {
    seen.push([id, ok && outcome])
    if (id <= 2) calls.start(id + 10, () => Promise.resolve(`again ${id}`), 0, 2)
  }
  calls.deliver(onCompleted)
  await settled()
  expect(log.wakes).toBe(2)
  calls.deliver(onCompleted)
  expect(seen).toEqual([
    [1, 'a'],
    [2, 'b'],
    [11, 'again 1'],
    [12, 'again 2'],
  ])
})

test('AS17 what is thrown, rejected, no promise, or a promise that answers twice, is one outcome', async () => {
  const { calls, log, deliver } = world()
  const thrown = new Error('thrown')
  const rejected = new Error('rejected')
  const twice = {
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library that breaks the rules
    then(resolve: (value: string) => void, reject: (error: Error) => void) {
      resolve('first')
      reject(new Error('second'))
      resolve('third')
    },
  }
  calls.start(
    1,
    () => {
      throw thrown
    },
    0,
    1,
  )
  calls.start(2, () => Promise.reject(rejected), 0, 1)
  calls.start(3, (() => 'plain') as unknown as AsyncFunction, 0, 1)
  calls.start(4, () => twice as PromiseLike<string>, 0, 1)
  await settled()
  deliver()
  expect([...log.outcomes].sort(([a], [b]) => a - b)).toEqual([
    [1, false, thrown],
    [2, false, rejected],
    [3, true, 'plain'],
    [4, true, 'first'],
  ])
})

test('AS18 a cancelled call is aborted with the reason, forgotten, and never delivered, wherever it stands', async () => {
  const { calls, log, deliver } = world()
  const reason = new Error('timeout')
  const contexts: AsyncContext[] = []
  let release: (value: string) => void = () => undefined
  const held = (_: unknown, context: AsyncContext) => {
    contexts.push(context)
    return new Promise<string>((resolve) => (release = resolve))
  }
  calls.start(1, held as AsyncFunction, 0, 1)
  calls.start(2, () => Promise.resolve('settled, not delivered'), 0, 1)
  calls.start(3, () => Promise.resolve('kept'), 0, 1)
  const early = contexts[0]!.signal
  expect(early.aborted).toBe(false)
  await settled()
  calls.cancel(1, reason)
  calls.cancel(2, reason)
  calls.cancel(99, reason)
  expect(early.reason).toBe(reason)
  expect(calls.open).toBe(1)
  release('too late')
  await settled()
  deliver()
  expect(log.outcomes).toEqual([[3, true, 'kept']])
  expect(calls.open).toBe(0)
})

test('AS18 a signal is made when it is read: one that is read after the cancelling is aborted already', () => {
  const { calls } = world()
  const contexts: AsyncContext[] = []
  calls.start(
    7,
    ((_: unknown, context: AsyncContext) => {
      contexts.push(context)
      return new Promise(() => undefined)
    }) as AsyncFunction,
    0,
    3,
  )
  expect(contexts[0]!.attempt).toBe(3)
  const reason = new Error('stopped')
  calls.close(reason)
  expect(contexts[0]!.signal.aborted).toBe(true)
  expect(contexts[0]!.signal.reason).toBe(reason)
  expect(contexts[0]!.signal).toBe(contexts[0]!.signal)
})

test('AS18 after the closing nothing is delivered and nobody is woken', async () => {
  const { calls, log, deliver } = world()
  calls.start(1, () => Promise.resolve(1), 0, 1)
  calls.close(new Error('stopped'))
  await settled()
  deliver()
  expect(log).toEqual({ wakes: 0, outcomes: [] })
  expect(calls.open).toBe(0)
})
