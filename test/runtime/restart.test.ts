// What a restart ends of the old life of an actor before the new one begins.

import { expect, test } from 'vitest'
import type { ActorContext, Behaviour, Setup } from '../../src/runtime/behaviour.ts'
import type { Supervision } from '../../src/runtime/supervision.ts'
import { manualWorld } from './manual-world.ts'

const often: Supervision = { restarts: 100, withinMs: 1_000 }

test('SV7 a restart stops the children, forgets timers and watches, and cleans up, before the behaviour is made anew', () => {
  const { system, run, clock } = manualWorld()
  const did: string[] = []
  const other = system.spawn<string>('other', () => () => undefined)
  let life = 0
  const child =
    (n: number): Setup<string> =>
    (ctx) => {
      ctx.onStop(() => did.push(`child ${n} ends`))
      return () => undefined
    }
  const take: Behaviour<string> = (text) => {
    if (text === '!') throw new Error(text)
    did.push(text)
  }
  const actor = system.spawn<string>(
    'a',
    (ctx) => {
      const n = ++life
      did.push(`life ${n}`)
      ctx.onStop(() => did.push(`clean ${n}`))
      ctx.spawn('child', child(n))
      ctx.setTimer(10, `timer ${n}`)
      ctx.watch(other, () => `watch ${n}`)
      return take
    },
    { supervision: often },
  )
  run()
  actor.tell('!')
  run()
  expect(did).toEqual(['life 1', 'child 1 ends', 'clean 1', 'life 2'])
  clock.advance(10)
  system.stop(other)
  run()
  expect(did.slice(4)).toEqual(['timer 2', 'watch 2'])
})

test('SV7 a context of a life that is over refuses to begin anything, and its signal is aborted', () => {
  const { system, run } = manualWorld()
  const contexts: ActorContext<string>[] = []
  const actor = system.spawn<string>(
    'a',
    (ctx) => {
      contexts.push(ctx)
      return () => {
        throw new Error('!')
      }
    },
    { supervision: often },
  )
  actor.tell('x')
  run()
  const [old, current] = contexts
  expect([old!.signal.aborted, current!.signal.aborted]).toEqual([true, false])
  for (const use of [
    () => old!.setTimer(1, 'x'),
    () => old!.onStop(() => undefined),
    () => old!.watch(actor, () => 'x'),
    () => old!.spawn('b', () => () => undefined),
  ]) {
    expect(use).toThrow(/after that life of the actor ended/)
  }
})
