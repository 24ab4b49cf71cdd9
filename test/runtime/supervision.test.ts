// What becomes of an actor that fails, and who hears of it.

import { expect, test } from 'vitest'
import { MillraceError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/model/logger.ts'
import type { Setup, SpawnOptions } from '../../src/runtime/behaviour.ts'
import { type Failure, RestartBudget, type Supervision } from '../../src/runtime/supervision.ts'
import { manualWorld } from './manual-world.ts'

const often: Supervision = { restarts: 100, withinMs: 1_000 }

/** Counts its messages; fails of those that begin with `!`. */
const counting =
  (got: string[]): Setup<string> =>
  () => {
    let n = 0
    return (text) => {
      if (text.startsWith('!')) throw new Error(text)
      got.push(`${++n} ${text}`)
    }
  }

test('SV1 a restart makes the behaviour anew and keeps address and mailbox; the message that failed is gone', () => {
  const { system, run, failures } = manualWorld()
  const got: string[] = []
  const actor = system.spawn<string>('a', counting(got), { supervision: often })
  for (const text of ['a', 'b', '!c', 'd']) actor.tell(text)
  run()
  expect(got).toEqual(['1 a', '2 b', '1 d'])
  expect(failures).toEqual([])
  expect(system.deadLetters()).toEqual([])
})

test('SV1 a rejected promise, a set-up and a data turn fail like a message', async () => {
  const { system, settle } = manualWorld()
  const got: string[] = []
  let setups = 0
  const rejecting = system.spawn<string>(
    'a',
    () => async (text) => {
      await Promise.resolve()
      if (text === '!') throw new Error(text)
      got.push(text)
    },
    { supervision: often },
  )
  const late = system.spawn<string>(
    'b',
    () => {
      if (++setups < 3) throw new Error('not yet')
      return (text) => void got.push(text)
    },
    { supervision: often },
  )
  let lives = 0
  const engine = system.spawnEngine<string>(
    'c',
    () => {
      lives++
      return {
        receive: (text) => void got.push(text),
        wake: () => {
          if (lives === 1) throw new Error('first')
          got.push('woken')
          return false
        },
      }
    },
    { supervision: often },
  )
  for (const text of ['!', 'rejecting']) rejecting.tell(text)
  late.tell('late')
  engine.wake()
  await settle()
  engine.tell('engine')
  engine.wake()
  await settle()
  expect(got.toSorted()).toEqual(['engine', 'late', 'rejecting', 'woken'])
  expect([setups, lives]).toEqual([3, 2])
})

test('SV1 every failure is logged with the address, a restart as a warning', () => {
  const said: string[] = []
  const say = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    void said.push(`${level} ${message}: ${fields?.actor} ${fields?.error}`)
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  const { system, run } = manualWorld({ logger })
  system.spawn<string>('a', counting([]), { supervision: often }).tell('!x')
  system.spawn<string>('b', counting([]), { supervision: 'stop' }).tell('!y')
  system.spawn<string>('c', (ctx) => () => ctx.log.info('mine', { error: 'none' })).tell('')
  run()
  expect(said).toEqual(['warn actor failed and is restarted: /a !x', 'error actor failed and is stopped: /b !y', 'info mine: /c none'])
})

test('SV2 more restarts than allowed within the window escalate, naming the last error', () => {
  const { system, run, clock } = manualWorld({ onFailure: (error) => errors.push(error) })
  const errors: unknown[] = []
  const actor = system.spawn<string>('a', counting([]), { supervision: { restarts: 2, withinMs: 1_000 } })
  const fail = (text: string): void => {
    actor.tell(text)
    run()
  }
  fail('!0')
  clock.advance(600)
  fail('!600')
  clock.advance(400)
  fail('!1000')
  expect(errors).toEqual([])
  fail('!1000 again')
  expect(errors).toMatchObject([{ code: 'RESTARTS_EXHAUSTED', cause: { message: '!1000 again' } }])
  fail('x')
  expect(system.deadLetters()).toEqual([{ address: '/a', reason: 'stopped', count: 1 }])
})

test('SV2 a budget pauses longer with each restart in its window, up to a bound', () => {
  const budget = new RestartBudget({ restarts: 5, withinMs: 1_000, backoff: { initialMs: 10, maxMs: 50, factor: 3 } })
  expect([0, 1, 2, 3, 4, 5].map((now) => budget.take(now))).toEqual([10, 30, 50, 50, 50, undefined])
  expect(budget.take(1_000)).toBe(50)
  expect(budget.take(3_000)).toBe(10)
})

test.each([
  { restarts: -1, withinMs: 1 },
  { restarts: 1.5, withinMs: 1 },
  { restarts: 1, withinMs: 0 },
  { restarts: 1, withinMs: Number.NaN },
  { restarts: 1, withinMs: 1, backoff: { initialMs: 2, maxMs: 1 } },
  { restarts: 1, withinMs: 1, backoff: { initialMs: 1, maxMs: 1, factor: 0.5 } },
])('SV2 the policy %j is refused', (policy) => {
  expect(() => new RestartBudget(policy)).toThrow(/restart policy/)
})

test('SV2 during its pause an actor takes nothing, loses nothing, and can be stopped', () => {
  const { system, run, clock } = manualWorld()
  const got: string[] = []
  const policy: SpawnOptions<string> = { supervision: { restarts: 5, withinMs: 1_000, backoff: { initialMs: 10, maxMs: 10 } } }
  const actor = system.spawn<string>('a', counting(got), policy)
  for (const text of ['!a', 'b']) actor.tell(text)
  run()
  clock.advance(9)
  run()
  expect(got).toEqual([])
  clock.advance(1)
  run()
  expect(got).toEqual(['1 b'])
  for (const text of ['!c', 'd']) actor.tell(text)
  run()
  system.stop(actor)
  run()
  expect(clock.pending).toBe(0)
  clock.advance(10)
  run()
  expect(got).toEqual(['1 b'])
  expect(system.deadLetters()).toEqual([{ address: '/a', reason: 'stopped', count: 1 }])
})

/** A parent with a child `child`; tells it what it is told, and records its own lives. */
const parent =
  (lives: string[], child: Setup<string>, options: SpawnOptions<string>): Setup<string> =>
  (ctx) => {
    lives.push('begins')
    ctx.onStop(() => lives.push('ends'))
    const ref = ctx.spawn<string>('child', child, options)
    return (text) => ref.tell(text)
  }

test('SV3 stop ends the failed actor alone', () => {
  const { system, run, failures } = manualWorld()
  const lives: string[] = []
  const actor = system.spawn('a', parent(lives, counting([]), { supervision: 'stop' }))
  actor.tell('!x')
  run()
  expect(lives).toEqual(['begins'])
  expect(failures).toEqual([])
  actor.tell('y')
  run()
  expect(system.deadLetters()).toEqual([{ address: '/a/child', reason: 'stopped', count: 1 }])
})

test('SV3 escalate, the default, is the parent’s failure: restarted, it starts its children again', () => {
  const { system, run, failures } = manualWorld()
  const lives: string[] = []
  const got: string[] = []
  const actor = system.spawn('a', parent(lives, counting(got), {}), { supervision: often })
  for (const text of ['x', '!y']) actor.tell(text)
  run()
  actor.tell('z')
  run()
  expect(lives).toEqual(['begins', 'ends', 'begins'])
  expect(got).toEqual(['1 x', '1 z'])
  expect(failures).toEqual([])
})

test('SV3 past the root an error reaches onFailure once, with the address of the actor that it began in', async () => {
  const { system, run, failures } = manualWorld()
  const lives: string[] = []
  const actor = system.spawn('a', parent(lives, counting([]), {}))
  actor.tell('!x')
  run()
  expect(failures).toEqual(['/a/child: !x'])
  expect(lives).toEqual(['begins', 'ends'])
  expect(await system.whenStopped(actor)).toMatchObject({ address: '/a', reason: 'failed', error: { message: '!x' } })
})

test('SV3 a parent that awaits fails of its child when its promise has settled', async () => {
  const { system, settle, failures } = manualWorld()
  let open = (): void => undefined
  const actor = system.spawn<string>('a', (ctx) => {
    const child = ctx.spawn<string>('child', counting([]))
    return async () => {
      child.tell('!x')
      await new Promise<void>((resolve) => {
        open = resolve
      })
    }
  })
  actor.tell('go')
  await settle()
  expect(failures).toEqual([])
  open()
  await settle()
  expect(failures).toEqual(['/a/child: !x'])
})

test('SV4 a defect is never restarted and goes past all parents to the system', () => {
  const { system, run, failures } = manualWorld()
  const lives: string[] = []
  const broken: Setup<string> = () => () => {
    throw new MillraceError('INVARIANT', 'broken')
  }
  system.spawn('a', parent(lives, broken, { supervision: often }), { supervision: often }).tell('x')
  run()
  expect(failures).toEqual(['/a/child: broken'])
  expect(lives).toEqual(['begins'])
})

test.each<[Supervision, string]>([
  [{ restarts: 1, withinMs: 1_000 }, 'restarted !x, stays; escalated !y'],
  ['stop', 'stopped !x, stays'],
])('SV8 a parent that asks for it is told of each failure, with %j', (supervision, expected) => {
  const { system, run } = manualWorld()
  const told: string[] = []
  const actor = system.spawn<string>(
    'a',
    (ctx) => {
      const child = ctx.spawn<string>('child', counting([]), {
        supervision,
        failed: ({ address, action, message, error }) => {
          expect([address, (error as Error).message]).toEqual(['/a/child', message])
          return `${action} ${message}`
        },
      })
      return (text) => {
        if (text.startsWith('!')) child.tell(text)
        else told.push(text)
      }
    },
    { supervision: 'stop' },
  )
  for (const text of ['!x', 'stays']) {
    actor.tell(text)
    run()
  }
  expect(told.join(', ')).toBe(expected.split('; ')[0])
})

test('SV8 a parent is told of the escalation that it survives by a restart', () => {
  const { system, run } = manualWorld()
  const told: string[] = []
  const actor = system.spawn<string>(
    'a',
    (ctx) => {
      const child = ctx.spawn<string>('child', counting([]), { failed: ({ action }) => action })
      return (text) => {
        if (text.startsWith('!')) child.tell(text)
        else told.push(text)
      }
    },
    { supervision: often },
  )
  actor.tell('!x')
  run()
  expect(told).toEqual(['escalated'])
})

test('SV8 a failure that no message caused names none', () => {
  const { system, run } = manualWorld()
  const told: boolean[] = []
  system.spawn<string>('a', (ctx) => {
    const failed = (failure: Failure): string => {
      told.push('message' in failure)
      return 'told'
    }
    const fail = (): never => {
      throw new Error('x')
    }
    const child = ctx.spawn<string>('child', () => (_, inner) => inner.watch(system.resolve('/nobody'), fail), {
      supervision: 'stop',
      failed,
    })
    child.tell('x')
    return () => undefined
  })
  run()
  expect(told).toEqual([false])
})

test('SV3 of two children that fail together the first is the parent’s failure', () => {
  const { system, run, failures } = manualWorld()
  system.spawn<string>('a', (ctx) => {
    for (const name of ['b', 'c']) ctx.spawn<string>(name, counting([])).tell('!x')
    return () => undefined
  })
  run()
  expect(failures).toEqual(['/a/b: !x'])
})

test('SV10 without onFailure an unhandled error is thrown outside of all actors, and the others go on', () => {
  const { system, dispatcher } = manualWorld({ onFailure: undefined })
  const got: string[] = []
  system.spawn<string>('a', counting([])).tell('!x')
  const other = system.spawn<string>('b', () => (text) => void got.push(text))
  other.tell('y')
  dispatcher.runOne()
  expect(got).toEqual(['y'])
  expect(() => dispatcher.run()).toThrow('!x')
  other.tell('z')
  dispatcher.run()
  expect(got).toEqual(['y', 'z'])
})

test('SV10 an onFailure that throws does not tear a turn', () => {
  const { system, dispatcher } = manualWorld({
    onFailure: () => {
      throw new Error('handler')
    },
  })
  system.spawn<string>('a', counting([])).tell('!x')
  expect(() => dispatcher.run()).toThrow('handler')
  dispatcher.run()
  expect(() => system.spawn('a', () => () => undefined)).not.toThrow()
})
