// What an actor is told, in which order, and what becomes of what it cannot take.

import { expect, test } from 'vitest'
import { deadLettersNamedMax, mailboxControlMax } from '../../src/model/limits.ts'
import type { ActorRef } from '../../src/runtime/actor-ref.ts'
import type { Behaviour } from '../../src/runtime/behaviour.ts'
import { Ring } from '../../src/runtime/ring.ts'
import { manualWorld } from './manual-world.ts'

test('MB1 messages on one lane are taken in the order in which they were told', () => {
  const { system, run } = manualWorld()
  const got: number[] = []
  const actor = system.spawn<number>('a', () => (n) => void got.push(n))
  for (let n = 0; n < 100; n++) actor.tell(n)
  expect(got).toEqual([])
  run()
  expect(got).toEqual(Array.from({ length: 100 }, (_, n) => n))
})

test('MB1 undefined is a message like any other', () => {
  const { system, run } = manualWorld()
  let got = 0
  const actor = system.spawn<undefined>('a', () => () => void got++)
  actor.tell(undefined)
  actor.tell(undefined)
  run()
  expect(got).toBe(2)
})

test('MB1 a ring keeps its order while it grows, wraps, and gives items out of turn', () => {
  const ring = new Ring<number>()
  const model: number[] = []
  for (let n = 0; n < 1_000; n++) {
    ring.push(n)
    model.push(n)
    if (n % 3 === 0) expect(ring.shift()).toBe(model.shift())
    if (n % 7 === 1) expect(ring.take(n % ring.length)).toBe(model.splice(n % model.length, 1)[0])
  }
  while (ring.length > 0) expect(ring.shift()).toBe(model.shift())
  expect(model).toEqual([])
})

test('MB2 the control lane is served before the data lane', () => {
  const { system, run } = manualWorld()
  const got: string[] = []
  const actor = system.spawn<string>('a', () => (text) => void got.push(text), { urgent: (text) => text.startsWith('!') })
  for (const text of ['a', '!b', 'c', '!d']) actor.tell(text)
  run()
  expect(got).toEqual(['!b', '!d', 'a', 'c'])
})

test('MB2 control that comes while data is processed is next', () => {
  const { system, run } = manualWorld()
  const got: string[] = []
  const take: Behaviour<string> = (text, ctx) => {
    got.push(text)
    if (text === 'a') ctx.self.tell('!now')
  }
  const actor = system.spawn<string>('a', () => take, { urgent: (text) => text.startsWith('!') })
  for (const text of ['a', 'b']) actor.tell(text)
  run()
  expect(got).toEqual(['a', '!now', 'b'])
})

test('MB3 a full lane takes nothing more; what it refuses is counted by address and reason', () => {
  const { system, run, letters } = manualWorld()
  const got: string[] = []
  const actor = system.spawn<string>('a', () => (text) => void got.push(text), {
    dataMax: 2,
    controlMax: 1,
    urgent: (text) => text.startsWith('!'),
  })
  for (const text of ['a', 'b', 'c', '!a', '!b', 'd']) actor.tell(text)
  run()
  expect(got).toEqual(['!a', 'a', 'b'])
  expect(letters.map(({ message }) => message)).toEqual(['c', '!b', 'd'])
  expect(system.deadLetters()).toEqual([{ address: '/a', reason: 'overflow', count: 3 }])
  actor.tell('e')
  run()
  expect(got.at(-1)).toBe('e')
})

test('MB3 a lane without room is refused when it is asked for', () => {
  const { system } = manualWorld()
  expect(() => system.spawn('a', () => () => undefined, { dataMax: 0 })).toThrow(/dataMax is 0/)
  expect(() => system.spawnEngine('a', () => ({ receive: () => undefined }), { controlMax: 1.5 })).toThrow(/controlMax is 1.5/)
})

test('MB4 a control lane of an engine actor that overflows is a defect', () => {
  const errors: unknown[] = []
  const { system } = manualWorld({ onFailure: (error, address) => errors.push({ error, address }) })
  const actor = system.spawnEngine<number>('a', () => ({ receive: () => undefined }))
  for (let n = 0; n < mailboxControlMax; n++) actor.tell(n)
  expect(errors).toEqual([])
  actor.tell(-1)
  expect(errors).toMatchObject([{ error: { code: 'MAILBOX_FULL', fate: 'defect' }, address: '/a' }])
  expect(system.deadLetters()).toEqual([{ address: '/a', reason: 'overflow', count: 1 }])
})

test('MB5 wake-ups coalesce, and control that waits goes first', () => {
  const { system, run } = manualWorld()
  const did: string[] = []
  const actor = system.spawnEngine<string>('a', () => ({
    receive: (text) => void did.push(text),
    wake: () => {
      did.push('wake')
      return false
    },
  }))
  actor.wake()
  actor.tell('x')
  actor.wake()
  actor.tell('y')
  run()
  expect(did).toEqual(['x', 'y', 'wake'])
  actor.wake()
  run()
  expect(did).toEqual(['x', 'y', 'wake', 'wake'])
})

test('MB5 an engine actor with more to do is woken again, and control comes between', () => {
  const { system, run } = manualWorld()
  const did: string[] = []
  let left = 3
  const actor = system.spawnEngine<string>('a', () => ({
    receive: (text) => void did.push(text),
    wake: () => {
      did.push(`wake ${left}`)
      if (left === 2) actor.tell('x')
      return --left > 0
    },
  }))
  actor.wake()
  run()
  expect(did).toEqual(['wake 3', 'wake 2', 'x', 'wake 1'])
})

test('MB5 a wake-up during the data turn asks for another one', () => {
  const { system, run } = manualWorld()
  let turns = 0
  const actor = system.spawnEngine('a', () => ({
    receive: () => undefined,
    wake: () => {
      if (++turns === 1) actor.wake()
      return false
    },
  }))
  actor.wake()
  run()
  expect(turns).toBe(2)
})

test('MB10 dead letters are counted under a bounded number of addresses, the rest together', () => {
  const { system } = manualWorld()
  for (let n = 0; n < deadLettersNamedMax; n++) system.resolve<number>('/nobody-0').tell(0)
  for (let n = 0; n < deadLettersNamedMax + 10; n++) system.resolve<number>(`/nobody-${n}`).tell(n)
  const counts = system.deadLetters()
  expect(counts).toHaveLength(deadLettersNamedMax + 1)
  expect(counts[0]).toEqual({ address: '/nobody-0', reason: 'unknown', count: deadLettersNamedMax + 1 })
  expect(counts.at(-1)).toEqual({ address: '(others)', reason: 'unknown', count: 10 })
})

test('MB11 a timer tells its message once, before data that waits; a cancelled one is never heard of, even when it was due', () => {
  const { system, run, clock } = manualWorld()
  const got: string[] = []
  let cancelDue = (): void => undefined
  const actor = system.spawn<string>('a', (ctx) => {
    ctx.setTimer(10, 'early')
    ctx.setTimer(20, 'late')
    ctx.setTimer(15, 'never')()
    cancelDue = ctx.setTimer(20, 'due')
    return (text) => void got.push(text)
  })
  run()
  clock.advance(9)
  run()
  expect(got).toEqual([])
  clock.advance(11)
  actor.tell('data')
  cancelDue()
  run()
  expect(got).toEqual(['early', 'late', 'data'])
  expect(clock.pending).toBe(0)
})

test('MB12 a behaviour that is returned takes the next message', () => {
  const { system, run } = manualWorld()
  const got: string[] = []
  const count =
    (n: number): Behaviour<string> =>
    (text) => {
      got.push(`${n} ${text}`)
      return text === 'stay' ? undefined : count(n + 1)
    }
  const actor = system.spawn('a', () => count(0))
  for (const text of ['go', 'stay', 'go']) actor.tell(text)
  run()
  expect(got).toEqual(['0 go', '1 stay', '1 go'])
})

test('MB12 what is no behaviour is refused by name', () => {
  const { system, run, failures } = manualWorld()
  const wrong = {} as Behaviour<string>
  system.spawn<string>('a', () => () => wrong).tell('x')
  system.spawn<string>('b', () => null as unknown as Behaviour<string>)
  run()
  expect(failures).toEqual(
    [
      '/a: /a gave object as its behaviour: give a function, or nothing to stay as it is',
      '/b: /b gave null as its behaviour: give a function, or nothing to stay as it is',
    ].toReversed(),
  )
})

test('MB16 an address is the path of names, and is free again when its actor has stopped', () => {
  const { system, run, letters } = manualWorld()
  const got: string[] = []
  const start = (tag: string): ActorRef<string> => system.spawn<string>('job/source-0', () => (text) => void got.push(tag + text))
  const first = start('first ')
  expect(first.address).toBe('/job/source-0')
  expect(() => start('')).toThrow(/\/job\/source-0 is taken/)
  const resolved = system.resolve<string>('/job/source-0')
  resolved.tell('a')
  run()
  system.stop(first)
  run()
  resolved.tell('b')
  start('second ')
  resolved.tell('c')
  first.tell('d')
  run()
  expect(got).toEqual(['first a', 'second c'])
  expect(letters.map(({ address, reason, message }) => `${message} ${address} ${reason}`)).toEqual([
    'b /job/source-0 unknown',
    'd /job/source-0 stopped',
  ])
})

test.each(['', 'a/', 'a b', '../x', 'é', 'a'.repeat(65)])('MB16 the name %j is refused', (name) => {
  const { system } = manualWorld()
  expect(() => system.spawn(name, () => () => undefined)).toThrow(/is not usable/)
})

test('MB16 a child has one name, no path', () => {
  const { system, run, failures } = manualWorld()
  system.spawn('a', (ctx) => {
    expect(ctx.spawn('b', () => () => undefined).address).toBe('/a/b')
    ctx.spawn('c/d', () => () => undefined)
    return () => undefined
  })
  run()
  expect(failures[0]).toMatch(/^\/a: actor name "c\/d" is not usable/)
})
