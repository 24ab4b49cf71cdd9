// How actors end, and how others hear of it.

import { expect, test } from 'vitest'
import type { ActorRef, Terminated } from '../../src/runtime/actor-ref.ts'
import type { ActorContext, Setup } from '../../src/runtime/behaviour.ts'
import { move, type Phase } from '../../src/runtime/cell-phase.ts'
import { manualWorld } from './manual-world.ts'

/** An actor that does what it is given, in its own turn. */
type Doing = (ctx: ActorContext<Doing>) => void
const doer: Setup<Doing> = () => (action, ctx) => action(ctx)

/** An actor that records how others ended. */
function watcher(got: string[]): Setup<ActorRef<never> | Terminated> {
  return () => (message, ctx) => {
    if ('reason' in message) got.push(`${message.address} ${message.reason}`)
    else ctx.watch(message, (ended) => ended)
  }
}

test('SV5 a watcher is told of an end exactly once, however it ends, also when it had ended before', () => {
  const { system, run } = manualWorld()
  const got: string[] = []
  const watching = system.spawn('w', watcher(got))
  const ends: [string, Doing][] = [
    ['stops', (ctx) => ctx.stop()],
    [
      'fails',
      () => {
        throw new Error('x')
      },
    ],
  ]
  for (const [name, end] of ends) {
    const actor = system.spawn(name, doer, { supervision: 'stop' })
    watching.tell(actor)
    watching.tell(actor)
    run()
    expect(got).toEqual([])
    actor.tell(end)
    run()
    expect(got.splice(0)).toHaveLength(1)
    watching.tell(actor)
    run()
    expect(got.splice(0)).toEqual([`/${name} ${name === 'stops' ? 'stopped' : 'failed'}`])
  }
  watching.tell(system.resolve('/nobody'))
  run()
  expect(got).toEqual(['/nobody unknown'])
})

test('SV5 after unwatch nothing is heard, also when the end was on its way; a watch after that counts', () => {
  const { system, run } = manualWorld()
  const got: string[] = []
  const actor = system.spawn('a', doer)
  type Talk = string | ((ctx: ActorContext<Talk>) => void)
  const watching = system.spawn<Talk>('w', () => (message, ctx) => {
    if (typeof message === 'string') got.push(message)
    else message(ctx)
  })
  const said = (ctx: ActorContext<Talk>, text: string) => ctx.watch(actor, () => text)
  watching.tell((ctx) => {
    said(ctx, 'first')
    ctx.unwatch(actor)
  })
  run()
  system.stop(actor)
  run()
  watching.tell((ctx) => {
    said(ctx, 'second')
    ctx.unwatch(actor)
  })
  run()
  expect(got).toEqual([])
  watching.tell((ctx) => {
    said(ctx, 'third')
    said(ctx, 'fourth')
  })
  run()
  expect(got).toEqual(['fourth'])
})

test('SV5 a restart is no end', () => {
  const { system, run } = manualWorld()
  const got: string[] = []
  const actor = system.spawn('a', doer, { supervision: { restarts: 1, withinMs: 1_000 } })
  system.spawn('w', watcher(got)).tell(actor)
  const fail: Doing = () => {
    throw new Error('x')
  }
  actor.tell(fail)
  run()
  expect(got).toEqual([])
  actor.tell(fail)
  run()
  expect(got).toEqual(['/a failed'])
})

test('SV5 an end is heard of even when the control lane is full', () => {
  const { system, run } = manualWorld()
  const got: string[] = []
  const actor = system.spawn('a', doer)
  const watching = system.spawn<string>(
    'w',
    (ctx) => {
      ctx.watch(actor, () => 'ended')
      return (text) => void got.push(text)
    },
    { controlMax: 1, urgent: () => true },
  )
  run()
  system.stop(actor)
  watching.tell('x')
  watching.tell('y')
  run()
  expect(got).toEqual(['x', 'ended'])
})

test('SV5 an actor cannot watch itself', () => {
  const { system, run, failures } = manualWorld()
  system.spawn('a', doer).tell((ctx) => ctx.watch(ctx.self, () => () => undefined))
  run()
  expect(failures[0]).toMatch(/\/a watches itself/)
})

test('SV6 a stop comes after the current message and before all others, which become dead letters', () => {
  const { system, run, letters } = manualWorld()
  const got: string[] = []
  const actor = system.spawn<string>('a', () => (text, ctx) => {
    if (text === 'stop') ctx.stop()
    got.push(text)
    ctx.self.tell(`after ${text}`)
  })
  for (const text of ['a', 'stop', 'b']) actor.tell(text)
  run()
  expect(got).toEqual(['a', 'stop'])
  expect(letters.map(({ message }) => message)).toEqual(['b', 'after a', 'after stop'])
  expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['stopped']))
})

test('SV6 an actor that never had a turn is stopped without one', async () => {
  const { system, run } = manualWorld()
  const actor = system.spawn('a', () => {
    throw new Error('made')
  })
  system.stop(actor)
  run()
  expect(await system.whenStopped(actor)).toEqual({ address: '/a', reason: 'stopped' })
})

test('SV6 children end before their parent; each cleans up with the last given first; then its watchers are told', async () => {
  const { system, settle } = manualWorld()
  const did: string[] = []
  const noting: (depth: number) => Setup<string> = (depth) => (ctx) => {
    for (const n of [1, 2]) ctx.onStop(() => did.push(`${ctx.self.address} ${n}`))
    if (depth > 0) for (const name of ['a', 'b']) ctx.spawn(name, noting(depth - 1))
    return () => undefined
  }
  const root = system.spawn('r', noting(1))
  const ended = system.whenStopped(root).then(({ address }) => did.push(`${address} ended`))
  await settle()
  system.stop(root)
  await settle()
  await ended
  expect(did).toEqual(['/r/a 2', '/r/a 1', '/r/b 2', '/r/b 1', '/r 2', '/r 1', '/r ended'])
})

test('SV6 an actor stops when what it awaits has settled, and its signal says so meanwhile', async () => {
  const { system, settle } = manualWorld()
  const did: string[] = []
  const actor = system.spawn('a', (ctx) => {
    ctx.onStop(() => did.push('ended'))
    return async () => {
      await new Promise<void>((resolve) => ctx.signal.addEventListener('abort', () => resolve()))
      did.push('gave up')
    }
  })
  actor.tell({})
  actor.tell({})
  await settle()
  expect(did).toEqual([])
  system.stop(actor)
  await settle()
  expect(did).toEqual(['gave up', 'ended'])
})

test('SV6 an actor stops its children and itself, nobody else', () => {
  const { system, run, failures } = manualWorld()
  const other = system.spawn('other', doer)
  system.spawn('a', doer).tell((ctx) => {
    const child = ctx.spawn('child', doer)
    ctx.stop(child)
    ctx.stop(other)
  })
  run()
  expect(failures).toEqual(['/a: /a cannot stop /other: an actor stops its children and itself'])
})

test('SV6 engine actors are told that they end, after their children', () => {
  const { system, run } = manualWorld()
  const did: string[] = []
  const actor = system.spawnEngine('a', (ctx) => {
    ctx.spawnEngine('child', () => ({ receive: () => undefined, stopped: () => void did.push('child') }))
    return { receive: () => undefined, wake: () => did.push('woken') > 0, stopped: () => void did.push('a') }
  })
  run()
  system.stop(actor)
  actor.wake()
  run()
  actor.wake()
  run()
  expect(did).toEqual(['child', 'a'])
})

test('SV6 a clean-up that throws is a failure of its own; the others run, and the actor ends', async () => {
  const { system, run, failures } = manualWorld()
  const did: string[] = []
  const actor = system.spawn('a', (ctx) => {
    ctx.onStop(() => did.push('first'))
    ctx.onStop(() => {
      throw new Error('clean-up')
    })
    return () => undefined
  })
  run()
  system.stop(actor)
  run()
  expect(failures).toEqual(['/a: clean-up'])
  expect(did).toEqual(['first'])
  expect(await system.whenStopped(actor)).toEqual({ address: '/a', reason: 'stopped' })
})

test('SV9 a shutdown stops all actors and starts none any more', async () => {
  const { system, settle, clock } = manualWorld()
  const did: string[] = []
  for (const name of ['a', 'b']) {
    system.spawn(name, (ctx) => {
      ctx.onStop(() => did.push(name))
      ctx.setTimer(1_000, {})
      return () => undefined
    })
  }
  await settle()
  const down = system.shutdown()
  await settle()
  await down
  expect(did).toEqual(['a', 'b'])
  expect(clock.pending).toBe(0)
  expect(() => system.spawn('c', () => () => undefined)).toThrow(/is shut down/)
  await system.shutdown()
})

test('SV9 a parent that waits for an answer of its child still gets it', async () => {
  const { system, settle, failures } = manualWorld()
  const got: number[] = []
  const open: ActorRef<number>[] = []
  const asking = system.spawn<string>('a', (ctx) => {
    const child = ctx.spawn<ActorRef<number>>('child', () => (replyTo) => void open.push(replyTo))
    return async () => void got.push(await ctx.ask(child, (replyTo: ActorRef<number>) => replyTo, { timeoutMs: 10 }))
  })
  asking.tell('go')
  await settle()
  const down = system.shutdown()
  await settle()
  open[0]!.tell(7)
  await settle()
  await down
  expect(got).toEqual([7])
  expect(failures).toEqual([])
})

test('SV9 actors whose promises do not settle are given up after the time limit, children too', async () => {
  const { system, settle, clock } = manualWorld()
  const did: string[] = []
  const stuck: Setup<string> = (ctx) => {
    ctx.onStop(() => did.push(ctx.self.address))
    if (ctx.self.address === '/a') ctx.spawn('child', stuck).tell('x')
    return () => new Promise<void>(() => undefined)
  }
  const actor = system.spawn('a', stuck)
  await settle()
  actor.tell('x')
  await settle()
  let isDown = false
  const down = system.shutdown(50).then(() => {
    isDown = true
  })
  clock.advance(49)
  await settle()
  expect(isDown).toBe(false)
  clock.advance(1)
  await settle()
  await down
  expect(did).toEqual(['/a/child', '/a'])
})

test('SV9 what an abandoned promise comes to is ignored', async () => {
  const { system, settle, clock, failures } = manualWorld()
  let reject = (_: Error): void => undefined
  const actor = system.spawn<string>(
    'a',
    () => () =>
      new Promise<void>((_, no) => {
        reject = no
      }),
  )
  actor.tell('x')
  await settle()
  const down = system.shutdown(5)
  clock.advance(5)
  await settle()
  await down
  reject(new Error('late'))
  await settle()
  expect(failures).toEqual([])
})

const phases: readonly Phase[] = ['starting', 'running', 'waiting', 'restarting', 'backing-off', 'stopping', 'stopped']

test('SV11 an actor goes through its phases by legal moves only', () => {
  const legal = phases.map((from) =>
    phases
      .filter((to) => {
        try {
          return move(from, to, '/a') === to
        } catch {
          return false
        }
      })
      .join(' '),
  )
  expect(legal).toEqual([
    'running restarting stopping',
    'waiting restarting stopping',
    'running',
    'starting backing-off stopping',
    'starting stopping',
    'stopped',
    '',
  ])
  expect(() => move('stopped', 'running', '/a')).toThrow('actor /a went from stopped to running')
})
