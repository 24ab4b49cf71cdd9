// Questions and their one answer.

import { expect, test } from 'vitest'
import type { ActorRef } from '../../src/runtime/actor-ref.ts'
import { manualWorld } from './manual-world.ts'

type Lookup = { readonly key: string; readonly replyTo: ActorRef<number> }
const lookup = (key: string) => (replyTo: ActorRef<number>) => ({ key, replyTo })
const soon = { timeoutMs: 100 }
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: { code: string }) => error.code)

test('MB9 a question is answered, and nothing of it is left', async () => {
  const { system, settle, clock } = manualWorld()
  const actor = system.spawn<Lookup>(
    'a',
    () =>
      ({ key, replyTo }) =>
        replyTo.tell(key.length),
  )
  const answer: Promise<number> = system.ask(actor, lookup('four'), soon)
  await settle()
  expect(await answer).toBe(4)
  expect(clock.pending).toBe(0)
})

test('MB9 a question may be one of several kinds of messages, written where it is asked', async () => {
  const { system, settle } = manualWorld()
  type Message = { readonly kind: 'add'; readonly n: number } | { readonly kind: 'sum'; readonly replyTo: ActorRef<number> }
  let sum = 0
  const adder = system.spawn<Message>('adder', () => (message) => {
    if (message.kind === 'add') sum += message.n
    else message.replyTo.tell(sum)
  })
  adder.tell({ kind: 'add', n: 2 })
  const answer: Promise<number> = system.ask(adder, (replyTo: ActorRef<number>) => ({ kind: 'sum', replyTo }), soon)
  // @ts-expect-error there is no such message
  system.ask(adder, (replyTo: ActorRef<number>) => ({ kind: 'product', replyTo }), soon).catch(() => undefined)
  await settle()
  expect(await answer).toBe(2)
})

test('MB9 one actor asks another and goes on with the answer', async () => {
  const { system, settle } = manualWorld()
  const got: number[] = []
  const length = system.spawn<Lookup>(
    'length',
    () =>
      ({ key, replyTo }) =>
        replyTo.tell(key.length),
  )
  const actor = system.spawn<string>('a', () => async (key, ctx) => void got.push(await ctx.ask(length, lookup(key), soon)))
  for (const key of ['x', 'xyz']) actor.tell(key)
  await settle()
  expect(got).toEqual([1, 3])
})

test('MB9 no answer in time is ASK_TIMEOUT, not before; the late answer is a dead letter', async () => {
  const { system, settle, clock } = manualWorld()
  const waiting: ActorRef<number>[] = []
  const actor = system.spawn<Lookup>(
    'a',
    () =>
      ({ replyTo }) =>
        void waiting.push(replyTo),
  )
  let settled = false
  const answer = outcome(system.ask(actor, lookup('k'), soon)).finally(() => {
    settled = true
  })
  await settle()
  clock.advance(99)
  await settle()
  expect(settled).toBe(false)
  clock.advance(1)
  expect(await answer).toBe('ASK_TIMEOUT')
  waiting[0]!.tell(1)
  expect(system.deadLetters()).toEqual([{ address: '/answers', reason: 'late', count: 1 }])
})

test('MB9 a second answer is a dead letter', async () => {
  const { system, settle } = manualWorld()
  const actor = system.spawn<Lookup>('a', () => ({ replyTo }) => {
    replyTo.tell(1)
    replyTo.tell(2)
  })
  const answer = system.ask(actor, lookup('k'), soon)
  await settle()
  expect(await answer).toBe(1)
  expect(system.deadLetters()).toEqual([{ address: '/answers', reason: 'late', count: 1 }])
})

test('MB9 an actor that is gone, goes, or never was is TERMINATED at once', async () => {
  const { system, settle, clock } = manualWorld()
  const actor = system.spawn<Lookup>('a', () => (_, ctx) => ctx.stop())
  const going = outcome(system.ask(actor, lookup('k'), soon))
  const unread = outcome(system.ask(actor, lookup('k'), soon))
  await settle()
  const gone = outcome(system.ask(actor, lookup('k'), soon))
  const never = outcome(system.ask(system.resolve<Lookup>('/b'), lookup('k'), soon))
  expect(await Promise.all([going, unread, gone, never])).toEqual(['TERMINATED', 'TERMINATED', 'TERMINATED', 'TERMINATED'])
  expect(clock.pending).toBe(0)
})

test('MB9 an actor that fails of a question lets the asker know with its error when it stops', async () => {
  const { system, settle } = manualWorld()
  const broken = new Error('broken')
  const actor = system.spawn<Lookup>(
    'a',
    () => () => {
      throw broken
    },
    { supervision: 'stop' },
  )
  const answer = system.ask(actor, lookup('k'), soon).catch((error: unknown) => error)
  await settle()
  expect(await answer).toMatchObject({ code: 'TERMINATED', cause: broken, message: '/a was asked and has failed' })
})

test('MB9 a question that a full mailbox refuses is MAILBOX_FULL at once', async () => {
  const { system, clock } = manualWorld()
  const actor = system.spawn<Lookup>('a', () => () => undefined, { dataMax: 1 })
  const first = outcome(system.ask(actor, lookup('k'), soon))
  expect(await outcome(system.ask(actor, lookup('k'), soon))).toBe('MAILBOX_FULL')
  clock.advance(100)
  expect(await first).toBe('ASK_TIMEOUT')
})

test('MB9 an actor elsewhere is asked through its reference: it answers or it times out', async () => {
  const { system, clock } = manualWorld()
  const remote = (answers: boolean): ActorRef<Lookup> => ({
    address: 'nats://elsewhere/a',
    tell: ({ key, replyTo }) => void (answers && replyTo.tell(key.length)),
  })
  expect(await system.ask(remote(true), lookup('abc'), soon)).toBe(3)
  const silent = outcome(system.ask(remote(false), lookup('abc'), soon))
  clock.advance(100)
  expect(await silent).toBe('ASK_TIMEOUT')
  expect(() => system.stop(remote(true))).toThrow(/is no actor of this process/)
})

test('MB9 a question that cannot be made, or has no time limit, is refused and leaves no timer', async () => {
  const { system, clock } = manualWorld()
  const actor = system.spawn<Lookup>('a', () => () => undefined)
  const broken = () => {
    throw new Error('no question')
  }
  expect(await outcome(system.ask(actor, broken, soon))).toBe('USAGE')
  expect(await outcome(system.ask(actor, lookup('k'), { timeoutMs: Number.NaN }))).toBe('USAGE')
  expect(clock.pending).toBe(0)
})
