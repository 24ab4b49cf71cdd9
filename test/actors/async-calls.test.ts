// PromiseCalls with real promises: batches, order, errors, cancelling, and what it does not keep.

import { expect, test } from 'vitest'
import { PromiseCalls } from '../../actors/async-calls.ts'
import type { AsyncContext, AsyncFunction } from '../../src/operators/operator.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

function world() {
  const log = { wakes: 0, outcomes: [] as [ticket: object, ok: boolean, outcome: unknown][] }
  const calls = new PromiseCalls(() => log.wakes++)
  const deliver = () => calls.deliver((...outcome) => log.outcomes.push(outcome))
  /** Starts a call whose ticket is `{ of }`. */
  const start = (of: unknown, fn: (value: never, context: AsyncContext) => unknown, attempt = 1) =>
    calls.start(fn as AsyncFunction, of, attempt, { of })
  return { calls, log, deliver, start }
}

test('AS16 many outcomes make one wake-up, and are delivered in their order', async () => {
  const { calls, log, deliver, start } = world()
  for (let id = 0; id < 100; id++) expect(start(id, async (n: number) => n * 2)).toBe(id)
  expect(log).toEqual({ wakes: 0, outcomes: [] })
  await settled()
  expect(log.wakes).toBe(1)
  deliver()
  expect(log.outcomes).toEqual(Array.from({ length: 100 }, (_, of) => [{ of }, true, 2 * of]))
  expect(calls.open).toBe(0)
  start('more', () => Promise.resolve('more'))
  await settled()
  expect(log.wakes).toBe(2)
})

test('AS7 AS16 a call may be started while outcomes are delivered, in the place of one that is over', async () => {
  const { calls, log, start } = world()
  start(1, () => Promise.resolve('a'))
  start(2, () => Promise.resolve('b'))
  await settled()
  const seen: unknown[] = []
  const onCompleted = (ticket: object, ok: boolean, outcome: unknown) => {
    seen.push([ticket, ok && outcome])
    if (seen.length <= 2) start(seen.length + 2, () => Promise.resolve('again'))
  }
  calls.deliver(onCompleted)
  await settled()
  expect(log.wakes).toBe(2)
  calls.deliver(onCompleted)
  expect(seen).toEqual([
    [{ of: 1 }, 'a'],
    [{ of: 2 }, 'b'],
    [{ of: 3 }, 'again'],
    [{ of: 4 }, 'again'],
  ])
})

test('AS17 what is thrown, rejected, no promise, or a promise that answers twice, is one outcome', async () => {
  const { log, deliver, start } = world()
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
  start(0, () => {
    throw thrown
  })
  start(1, () => Promise.reject(rejected))
  start(2, () => 'plain')
  start(3, () => twice)
  await settled()
  deliver()
  expect(log.outcomes).toHaveLength(4)
  expect(log.outcomes).toEqual(
    expect.arrayContaining([
      [{ of: 0 }, false, thrown],
      [{ of: 1 }, false, rejected],
      [{ of: 2 }, true, 'plain'],
      [{ of: 3 }, true, 'first'],
    ]),
  )
})

test('AS18 a cancelled call is aborted with the reason, forgotten, and never delivered, wherever it stands', async () => {
  const { calls, log, deliver, start } = world()
  const reason = new Error('timeout')
  const contexts: AsyncContext[] = []
  let release: (value: string) => void = () => undefined
  const held = (_: unknown, context: AsyncContext) => {
    contexts.push(context)
    return new Promise<string>((resolve) => (release = resolve))
  }
  start(0, held)
  start(1, () => Promise.resolve('settled, not delivered'))
  start(2, () => Promise.resolve('kept'))
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
  expect(log.outcomes).toEqual([[{ of: 2 }, true, 'kept']])
  expect(calls.open).toBe(0)
})

test('AS18 a signal is made when it is read: one that is read after the cancelling is aborted already', () => {
  const { calls, start } = world()
  const contexts: AsyncContext[] = []
  const never = (_: unknown, context: AsyncContext) => {
    contexts.push(context)
    return new Promise(() => undefined)
  }
  start(0, never, 3)
  expect(contexts[0]!.attempt).toBe(3)
  const reason = new Error('stopped')
  calls.close(reason)
  expect(contexts[0]!.signal.aborted).toBe(true)
  expect(contexts[0]!.signal.reason).toBe(reason)
  expect(contexts[0]!.signal).toBe(contexts[0]!.signal)
})

test('AS18 after the closing nothing is delivered and nobody is woken', async () => {
  const { calls, log, deliver, start } = world()
  start(0, () => Promise.resolve(1))
  calls.close(new Error('stopped'))
  await settled()
  deliver()
  expect(log).toEqual({ wakes: 0, outcomes: [] })
  expect(calls.open).toBe(0)
})
