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
  for (let id = 0; id < 100; id++) expect(calls.start((async (n: number) => n * 2) as AsyncFunction, id, 1)).toBe(id)
  expect(log).toEqual({ wakes: 0, outcomes: [] })
  await settled()
  expect(log.wakes).toBe(1)
  deliver()
  expect(log.outcomes).toEqual(Array.from({ length: 100 }, (_, id) => [id, true, 2 * id]))
  expect(calls.open).toBe(0)
  calls.start(() => Promise.resolve('more'), 0, 1)
  await settled()
  expect(log.wakes).toBe(2)
})

test('AS16 a call may be started while outcomes are delivered', async () => {
  const { calls, log } = world()
  calls.start(() => Promise.resolve('a'), 0, 1)
  calls.start(() => Promise.resolve('b'), 0, 1)
  await settled()
  const seen: unknown[] = []
  const onCompleted = (id: number, ok: boolean, outcome: unknown) => {
    seen.push([id, ok && outcome])
    if (seen.length <= 2) calls.start(() => Promise.resolve(`again ${id}`), 0, 2)
  }
  calls.deliver(onCompleted)
  await settled()
  expect(log.wakes).toBe(2)
  calls.deliver(onCompleted)
  expect(seen).toEqual([
    [0, 'a'],
    [1, 'b'],
    [0, 'again 0'],
    [1, 'again 1'],
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
    () => {
      throw thrown
    },
    0,
    1,
  )
  calls.start(() => Promise.reject(rejected), 0, 1)
  calls.start((() => 'plain') as unknown as AsyncFunction, 0, 1)
  calls.start(() => twice as PromiseLike<string>, 0, 1)
  await settled()
  deliver()
  expect([...log.outcomes].sort(([a], [b]) => a - b)).toEqual([
    [0, false, thrown],
    [1, false, rejected],
    [2, true, 'plain'],
    [3, true, 'first'],
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
  calls.start(held as AsyncFunction, 0, 1)
  calls.start(() => Promise.resolve('settled, not delivered'), 0, 1)
  calls.start(() => Promise.resolve('kept'), 0, 1)
  const early = contexts[0]!.signal
  expect(early.aborted).toBe(false)
  await settled()
  calls.cancel(0, reason)
  calls.cancel(1, reason)
  calls.cancel(99, reason)
  expect(early.reason).toBe(reason)
  expect(calls.open).toBe(1)
  release('too late')
  await settled()
  deliver()
  expect(log.outcomes).toEqual([[2, true, 'kept']])
  expect(calls.open).toBe(0)
})

test('AS18 a signal is made when it is read: one that is read after the cancelling is aborted already', () => {
  const { calls } = world()
  const contexts: AsyncContext[] = []
  calls.start(
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
  calls.start(() => Promise.resolve(1), 0, 1)
  calls.close(new Error('stopped'))
  await settled()
  deliver()
  expect(log).toEqual({ wakes: 0, outcomes: [] })
  expect(calls.open).toBe(0)
})
