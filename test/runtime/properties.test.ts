// Random societies of actors under random schedules: what holds whatever happens.
//
// Actors carry out scripts: they tell each other numbered messages, watch and unwatch, fail, pause, stop. Beside the kernel a small model
// keeps what must come out.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ActorRef, Terminated } from '../../src/runtime/actor-ref.ts'
import type { ActorContext, Setup } from '../../src/runtime/behaviour.ts'
import type { Supervision } from '../../src/runtime/supervision.ts'
import { manualWorld } from './manual-world.ts'

const actors = 4
type Step =
  | { readonly do: 'tell'; readonly to: number; readonly urgent: boolean }
  | { readonly do: 'watch' | 'unwatch'; readonly to: number }
  | { readonly do: 'fail' | 'stop' | 'await' }

type Message =
  | { readonly type: 'step'; readonly step: Step }
  | { readonly type: 'number'; readonly from: number; readonly n: number; readonly urgent: boolean }
  | { readonly type: 'ended'; readonly watch: number; readonly ended: Terminated }

const index = fc.nat({ max: actors - 1 })
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('tell' as const), to: index, urgent: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('watch' as const, 'unwatch' as const), to: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('fail' as const, 'stop' as const, 'await' as const) }) },
)
const supervisions = fc.constantFrom<Supervision>('stop', 'escalate', { restarts: 2, withinMs: 1_000 })
const program = fc.record({
  script: fc.array(fc.record({ actor: index, step: steps }), { maxLength: 60 }),
  supervision: fc.array(supervisions, { minLength: actors, maxLength: actors }),
  laneMax: fc.integer({ min: 1, max: 20 }),
  picks: fc.option(fc.array(fc.nat(), { minLength: 1 }), { nil: undefined }),
})
type Program = typeof program extends fc.Arbitrary<infer P> ? P : never

/** A watch that an actor began: open until it was told, took it back, replaced it, or lost it with its life. */
interface WatchRecord {
  readonly by: number
  readonly target: number
  open: boolean
  told: number
}

async function live({ script, supervision, laneMax, picks }: Program) {
  let at = 0
  const world = manualWorld(picks === undefined ? {} : { pick: (ready) => picks[at++ % picks.length]! % ready })
  const refs: ActorRef<Message>[] = []
  const sent: Message[] = []
  const taken: { readonly by: number; readonly message: Message }[] = []
  const watches: WatchRecord[] = []
  const busy = new Set<number>()

  const close = (by: number, target?: number): void => {
    for (const watch of watches) if (watch.by === by && (target === undefined || watch.target === target)) watch.open = false
  }
  const step = (by: number, action: Step, ctx: ActorContext<Message>): void | Promise<void> => {
    switch (action.do) {
      case 'tell': {
        const message: Message = { type: 'number', from: by, n: sent.length, urgent: action.urgent }
        sent.push(message)
        return refs[action.to]!.tell(message)
      }
      case 'watch': {
        if (action.to === by) return undefined
        close(by, action.to)
        const watch = watches.push({ by, target: action.to, open: true, told: 0 }) - 1
        return ctx.watch(refs[action.to]!, (ended) => ({ type: 'ended', watch, ended }))
      }
      case 'unwatch':
        close(by, action.to)
        return ctx.unwatch(refs[action.to]!)
      case 'fail':
        throw new Error('scripted')
      case 'stop':
        return ctx.stop()
      case 'await':
        busy.add(by)
        return Promise.resolve().then(() => void busy.delete(by))
    }
  }
  const setup =
    (by: number): Setup<Message> =>
    (ctx) => {
      ctx.onStop(() => close(by))
      return (message, self) => {
        expect(busy.has(by), 'takes no message while it awaits').toBe(false)
        taken.push({ by, message })
        if (message.type === 'step') return step(by, message.step, self)
        if (message.type === 'ended') {
          const watch = watches[message.watch]!
          expect(watch, 'a watch that was taken back is never heard of').toMatchObject({ by, open: true })
          watch.told++
          watch.open = false
        }
        return undefined
      }
    }
  for (let i = 0; i < actors; i++) {
    refs.push(
      world.system.spawn<Message>(`actor-${i}`, setup(i), {
        supervision: supervision[i]!,
        urgent: (message) => message.type === 'number' && message.urgent,
        dataMax: 100,
        controlMax: laneMax,
      }),
    )
  }
  for (const [i, { actor, step: action }] of script.entries()) {
    refs[actor]!.tell({ type: 'step', step: action })
    if (i % 7 === 0) world.dispatcher.runOne()
  }
  await world.settle()
  return { world, refs, sent, taken, watches }
}

test('MB1 MB2 MB3 every message is taken once, in order of its sender and lane, or is one dead letter', async () => {
  await fc.assert(
    fc.asyncProperty(program, async (one) => {
      const { world, refs, sent, taken } = await live(one)
      const numbers = taken.flatMap(({ by, message }) => (message.type === 'number' ? [{ by, ...message }] : []))
      const dead = world.letters.flatMap(({ message }) => ((message as Message).type === 'number' ? [message] : []))
      expect(new Set([...numbers.map(({ n }) => n), ...dead.map((message) => (message as { n: number }).n)]).size).toBe(sent.length)
      expect(numbers.length + dead.length).toBe(sent.length)
      for (let by = 0; by < refs.length; by++) {
        for (const urgent of [true, false]) {
          const lane = numbers.filter((message) => message.by === by && message.urgent === urgent)
          for (let from = 0; from < refs.length; from++) {
            const order = lane.filter((message) => message.from === from).map(({ n }) => n)
            expect(order).toEqual(order.toSorted((a, b) => a - b))
          }
        }
      }
      expect(world.system.deadLetters().reduce((sum, { count }) => sum + count, 0)).toBe(world.letters.length)
    }),
    { numRuns: 300 },
  )
})

test('SV5 every watch is told once if its actor has ended, and never otherwise', async () => {
  await fc.assert(
    fc.asyncProperty(program, async (one) => {
      const { world, refs, watches } = await live(one)
      const ended = new Set<number>()
      for (const [i, ref] of refs.entries()) void world.system.whenStopped(ref).then(() => ended.add(i))
      await world.settle()
      for (const watch of watches) {
        expect(watch.told).toBeLessThanOrEqual(1)
        if (watch.told === 1) expect(ended.has(watch.target)).toBe(true)
        if (watch.open) expect(ended.has(watch.target) && !ended.has(watch.by), 'an open watch of an ended actor').toBe(false)
      }
      const down = world.system.shutdown()
      await world.settle()
      await down
      expect(world.clock.pending).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('MB13 the same program under the same picks gives the same run', async () => {
  await fc.assert(
    fc.asyncProperty(program, async (one) => {
      const [first, second] = [await live(one), await live(one)]
      expect(second.taken).toEqual(first.taken)
      expect(second.world.failures).toEqual(first.world.failures)
      expect(second.world.letters).toEqual(first.world.letters)
    }),
    { numRuns: 100 },
  )
})
