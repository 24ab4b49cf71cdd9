// millrace/testing: whole jobs in virtual time.

import { describe, expect, test } from 'vitest'
import { forEach, job, output, print, session, tumbling, value } from '../../src/index.ts'
import { feed, run } from '../../src/testing.ts'

interface Hit {
  readonly user: string
  readonly ts: number
}
const time = { timestamp: (e: Hit) => e.ts, outOfOrder: '1 s' } as const

test("EN9 run gives what came out of every stream that the test holds, and opens none of the job's sinks", async () => {
  const views = job('views')
  const hits = views.source(
    'hits',
    (): Iterable<Hit> => {
      throw new Error('the real source must not be read')
    },
    time,
  )
  const visits = hits
    .keyBy((h) => h.user)
    .window(session('10 s'))
    .aggregate('visits', { init: () => 0, add: (n) => n + 1, merge: (a, b) => a + b, result: (n, { key }) => ({ user: key, hits: n }) })
  const late = visits.late()
  let opened = 0
  visits.to(
    'out',
    forEach(() => void opened++),
  )
  late.to('late', print())
  const out = await run(views, [
    feed(hits, [
      { user: 'a', ts: 0 },
      { user: 'a', ts: 9_000 },
      { user: 'b', ts: 60_000 },
      { user: 'a', ts: 62_000 },
    ]),
  ])
  expect(out.of(visits)).toEqual([
    { user: 'a', hits: 2 },
    { user: 'b', hits: 1 },
    { user: 'a', hits: 1 },
  ])
  expect(out.of(hits).length).toBe(4)
  expect(out.of(late)).toEqual([])
  expect(opened).toBe(0)
})

test('EN10 virtual time: a day in processing time and a call that never comes back take no real time', async () => {
  const waiting = job('waiting')
  const hits = waiting.source(
    'hits',
    [
      { user: 'a', ts: 1 },
      { user: 'b', ts: 2 },
    ],
    time,
  )
  const daily = hits
    .keyBy((h) => h.user)
    .process('daily', {
      state: { n: value(0) },
      timers: ['tomorrow'],
      emits: output<string>(),
      onElement(_, ctx) {
        ctx.timers.processingTime(ctx.now + 86_400_000, 'tomorrow')
      },
      onTimer(_, ctx) {
        ctx.emit(ctx.key)
      },
    })
  daily.to('out', print())
  const calls = hits.asyncMap('calls', (h) => (h.user === 'a' ? Promise.resolve('came') : new Promise<string>(() => undefined)), {
    timeout: '1 h',
    onTimeout: () => 'did not',
  })
  calls.to('answers', print())
  const started = performance.now()
  const out = await run(waiting, [], { forMs: 2 * 86_400_000 })
  expect(performance.now() - started).toBeLessThan(20_000)
  expect(out.of(calls)).toEqual(['came', 'did not'])
})

test('EN11 what user code emits is frozen in tests, and a mistake fails the run by name', async () => {
  const careless = job('careless')
  const hits = careless.source('hits', [{ user: 'a', ts: 1 }], time)
  const changed = hits.map((h) => Object.assign(h, { user: 'changed' }))
  changed.to('out', print())
  hits
    .keyBy((h) => h.user)
    .window(tumbling('1 s'))
    .reduce('last', (_, b) => b)
    .to('other', print())
  await expect(run(careless)).rejects.toThrow(/operator "map-1" failed.*read only|read-only|Cannot assign/)
})

describe('EN18', () => {
  const hostile = {
    get message(): string {
      throw new Error('no message')
    },
    toString(): string {
      throw new Error('no text')
    },
  }

  test('EN18 what throws something that cannot be shown is named all the same', async () => {
    for (const thrown of [hostile, Object.create(null), undefined]) {
      const throwing = job('throwing')
      throwing
        .source('s', [1])
        .map((n) => {
          if (n > 0) throw thrown
          return n
        })
        .to('out', print())
      await expect(run(throwing)).rejects.toThrow(/^operator "map-1" failed/)
    }
  })

  test('EN18 a source that cannot be opened is named', async () => {
    const failing = job('failing')
    failing
      .source('events', () => {
        throw new Error('boom')
      })
      .to('out', print())
    await expect(run(failing)).rejects.toThrow('source "events": boom')
    const wrong = job('wrong')
    wrong.source('events', (() => 5) as never).to('out', print())
    await expect(run(wrong)).rejects.toThrow('source "events": the function gave a value of type number')
  })

  test('EN18 late records of all subtasks are counted together', async () => {
    for (const parallelism of [1, 2, 4]) {
      const events = [...['a', 'b', 'c'].map((k) => ({ k, ts: 5_000, mark: undefined })), { k: 'd', ts: 5_000, mark: 5_000 }]
      const late = ['a', 'b', 'c', 'd'].map((k) => ({ k, ts: 0, mark: undefined }))
      const counting = job('counting')
      counting
        .source('s', [...events, ...late], { timestamp: (e) => e.ts, punctuation: (e) => e.mark })
        .keyBy((e) => e.k)
        .window(tumbling('1 s'))
        .aggregate('n', { init: () => 0, add: (n) => n + 1 })
        .to('out', print())
      expect((await run(counting, [], { parallelism })).counters).toEqual({ 'n.late': 4 })
    }
  })
})
