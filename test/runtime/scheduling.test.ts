// Who runs when: turns, bursts, promises, and the simulator's choice.

import { describe, expect, test } from 'vitest'
import { turnBudgetMs, turnMessagesMax, turnsMax, turnsPerReadingMax } from '../../src/model/limits.ts'
import type { Behaviour } from '../../src/runtime/behaviour.ts'
import { manualWorld, PromptDispatcher } from './manual-world.ts'

test('MB6 ready actors take turns in order, and one with more to do goes to the end', () => {
  const { system, run } = manualWorld()
  const did: string[] = []
  for (const name of ['a', 'b', 'c']) {
    let left = name === 'b' ? 1 : 3
    system.spawnEngine(name, () => ({ receive: () => undefined, wake: () => did.push(name) > 0 && --left > 0 })).wake()
  }
  run()
  expect(did.join('')).toBe('abcacac')
})

test('MB6 an actor with many messages gives way after a bounded number', () => {
  const { system, run } = manualWorld()
  const got: string[] = []
  const [a, b] = ['a', 'b'].map((name) => system.spawn<number>(name, () => () => void got.push(name)))
  for (let n = 0; n < turnMessagesMax + 1; n++) a!.tell(n)
  b!.tell(0)
  run()
  expect(got.join('')).toBe(`${'a'.repeat(turnMessagesMax)}ba`)
})

test('MB6 control without end does not keep an engine actor from its data', () => {
  const { system, dispatcher } = manualWorld()
  let woken = 0
  const actor = system.spawnEngine<number>('a', () => ({ receive: (n) => actor.tell(n), wake: () => ++woken > 0 }))
  actor.tell(1)
  actor.wake()
  dispatcher.runOne()
  expect(woken).toBe(turnsMax - 1)
})

test('MB6 a burst ends after a bounded number of turns, and the thread is given back', () => {
  const { system, dispatcher } = manualWorld()
  let turns = 0
  system.spawnEngine('a', () => ({ receive: () => undefined, wake: () => ++turns > 0 })).wake()
  dispatcher.runOne()
  expect(turns).toBe(turnsMax - 1)
  expect(dispatcher.pending).toBe(1)
})

test('MB6 a burst ends when its time is used up: with long turns at once, with short ones within a few', () => {
  const { system, dispatcher, clock } = manualWorld()
  let turns = 0
  let turnMs = 2
  system
    .spawnEngine('a', () => ({
      receive: () => undefined,
      wake: () => {
        clock.advance(turnMs)
        return ++turns > 0
      },
    }))
    .wake()
  dispatcher.runOne()
  expect(turns).toBe(Math.ceil(turnBudgetMs / turnMs))
  turns = 0
  turnMs = 0.01
  dispatcher.runOne()
  expect(turns).toBeGreaterThanOrEqual(turnBudgetMs / turnMs)
  expect(turns).toBeLessThanOrEqual(turnBudgetMs / turnMs + turnsPerReadingMax)
})

test('MB6 an idle system asks for nothing, and a message asks for the thread once', () => {
  const { system, run, dispatcher } = manualWorld()
  const actors = ['a', 'b'].map((name) => system.spawn<number>(name, () => () => undefined))
  expect(dispatcher.pending).toBe(1)
  run()
  expect(dispatcher.pending).toBe(0)
  for (const actor of [...actors, ...actors]) actor.tell(1)
  expect(dispatcher.pending).toBe(1)
})

test('MB19 who waits for the thread to be idle has one turn, when nobody is ready and the thread was given back in between', () => {
  const { system, run, dispatcher } = manualWorld()
  const did: string[] = []
  const patient = system.spawnEngine('patient', () => ({
    receive: () => undefined,
    wake: (wasIdle) => {
      did.push(wasIdle ? 'idle' : 'turn')
      return false
    },
  }))
  let left = turnsMax + 1
  const busy = system.spawnEngine('busy', () => ({
    receive: () => undefined,
    wake: () => {
      if (--left === 0) did.push('done')
      return left > 0
    },
  }))
  run()
  busy.wake()
  patient.wakeWhenIdle()
  patient.wakeWhenIdle()
  patient.wake()
  dispatcher.runOne()
  expect(did).toEqual(['turn'])
  dispatcher.runOne()
  expect(did).toEqual(['turn', 'done'])
  run()
  expect(did).toEqual(['turn', 'done', 'idle'])
  expect(dispatcher.pending).toBe(0)
})

test('MB19 an actor that has stopped has no turn when the thread is idle', () => {
  const { system, run } = manualWorld()
  let turns = 0
  const patient = system.spawnEngine('patient', () => ({ receive: () => undefined, wake: () => ++turns < 0 }))
  run()
  patient.wakeWhenIdle()
  system.stop(patient)
  run()
  expect(turns).toBe(0)
})

test('MB7 an actor that awaits takes no message, control included, until its promise has settled', async () => {
  const { system, settle } = manualWorld()
  const did: string[] = []
  const open: (() => void)[] = []
  const actor = system.spawn<string>(
    'a',
    () => async (text) => {
      did.push(`${text} begins`)
      await new Promise<void>((resolve) => open.push(resolve))
      did.push(`${text} ends`)
    },
    { urgent: (text) => text.startsWith('!') },
  )
  for (const text of ['a', 'b']) actor.tell(text)
  await settle()
  actor.tell('!c')
  await settle()
  expect(did).toEqual(['a begins'])
  open.shift()!()
  await settle()
  expect(did).toEqual(['a begins', 'a ends', '!c begins'])
  open.shift()!()
  await settle()
  expect(did.slice(3)).toEqual(['!c ends', 'b begins'])
})

test('MB7 a behaviour that a promise brings takes the next message', async () => {
  const { system, settle } = manualWorld()
  const got: string[] = []
  const second: Behaviour<string> = (text) => void got.push(`second ${text}`)
  const actor = system.spawn<string>('a', () => async (text) => {
    got.push(`first ${text}`)
    return second
  })
  for (const text of ['a', 'b']) actor.tell(text)
  await settle()
  expect(got).toEqual(['first a', 'second b'])
})

test('MB8 code of an actor runs in its own turn only: not in a tell, a spawn, a stop, a timer or a microtask', async () => {
  const { system, settle, clock } = manualWorld()
  let inside = 0
  const never = (what: string) => {
    expect(inside, what).toBe(0)
  }
  const enter = (what: string) => {
    never(what)
    inside++
    inside--
  }
  const noisy =
    (what: string): Behaviour<string> =>
    (text, ctx) => {
      enter(what)
      inside++
      if (text === 'go') {
        const child = ctx.spawn<string>('child', (inner) => {
          enter('setup')
          inner.onStop(() => enter('clean-up'))
          return (message) => enter(`child ${message}`)
        })
        ctx.watch(child, () => {
          enter('watch')
          return 'ended'
        })
        child.tell('x')
        ctx.stop(child)
        ctx.setTimer(1, 'timer')
      }
      inside--
      if (text === 'go') return Promise.resolve().then(() => undefined)
      return undefined
    }
  system.spawn('a', () => noisy('a')).tell('go')
  await settle()
  clock.advance(1)
  never('timer')
  await settle()
  expect(system.deadLetters()).toEqual([{ address: '/a/child', reason: 'stopped', count: 1 }])
})

test('MB13 with a pick each turn is one message of the picked actor, and the same picks give the same run', () => {
  const history = (picks: readonly number[]): string => {
    let at = 0
    const { system, run } = manualWorld({ pick: (ready) => picks[at++ % picks.length]! % ready })
    const did: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const actor = system.spawn<number>(name, () => (n) => void did.push(`${name}${n}`))
      for (const n of [1, 2, 3]) actor.tell(n)
    }
    run()
    return did.join(' ')
  }
  expect(history([0])).toBe('a1 b1 c1 a2 b2 c2 a3 b3 c3')
  expect(history([2, 1, 0])).toBe(history([2, 1, 0]))
  expect(history([2, 1, 0, 1])).not.toBe(history([0]))
  expect(
    history([2, 1, 0, 1])
      .split(' ')
      .filter((one) => one.startsWith('b')),
  ).toEqual(['b1', 'b2', 'b3'])
})

test('MB13 with a pick the thread is given back after each turn', () => {
  const { system, dispatcher } = manualWorld({ pick: () => 0 })
  const got: number[] = []
  const actor = system.spawn<number>('a', () => (n) => void got.push(n))
  for (const n of [1, 2]) actor.tell(n)
  for (const expected of [0, 1, 2]) {
    dispatcher.runOne()
    expect(got).toHaveLength(expected)
  }
})

describe('MB18 what becomes ready behind a burst', () => {
  function world(turnMs: number) {
    const dispatcher = new PromptDispatcher()
    const { system, clock } = manualWorld({ dispatcher })
    let woken = 0
    const actor = system.spawnEngine('a', () => ({
      receive: () => undefined,
      wake: () => {
        clock.advance(turnMs)
        return ++woken < 0
      },
    }))
    dispatcher.run()
    return { actor, dispatcher, clock, woken: () => woken }
  }

  test('MB18 goes on in it while its time lasts, and then after I/O', () => {
    const { actor, dispatcher, woken } = world(2)
    for (const expected of [1, 2, 3]) {
      actor.wake()
      expect(dispatcher.goOn()).toBe(1)
      expect(woken()).toBe(expected)
    }
    actor.wake()
    expect(dispatcher.goOn()).toBe(0)
    dispatcher.runOne()
    expect(woken()).toBe(4)
    actor.wake()
    expect(dispatcher.goOn()).toBe(1)
  })

  test('MB18 goes on in it for a bounded number of turns, however short they are', () => {
    const { actor, dispatcher, woken } = world(0)
    for (let n = 0; n < 2 * turnsMax; n++) {
      actor.wake()
      dispatcher.goOn()
    }
    expect(woken()).toBeLessThan(turnsMax)
    expect(dispatcher.pending).toBe(1)
  })

  test('MB18 waits for I/O when the burst was long ago', () => {
    const { actor, dispatcher, clock } = world(0)
    clock.advance(turnBudgetMs)
    actor.wake()
    expect(dispatcher.goOn()).toBe(0)
    expect(dispatcher.pending).toBe(1)
  })
})
