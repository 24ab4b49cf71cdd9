// Whole jobs in one process: they stop and go on, survive failing user code, set poison records aside, answer, and keep the pace of their sink.

import { expect, test } from 'vitest'
import { jsonlSink } from '../../src/files.ts'
import {
  collect,
  forEach,
  generator,
  global,
  type Job,
  job,
  join,
  list,
  map,
  output,
  sliding,
  trigger,
  tumbling,
  value,
} from '../../src/index.ts'
import { rowsOf } from './rows.ts'
import { temporaryDirectory } from './temporary.ts'

interface Event {
  readonly id: number
  readonly ts: number
}

const events = (count: number) => generator((n): Event => ({ id: n % 50, ts: n }), { count })
const time = { timestamp: (e: Event) => e.ts }

interface Count {
  readonly key: number
  readonly n: number
  readonly until: number
}

/** Counts per key in sliding windows, and per second in process state, into two exactly-once sinks: functions of the input alone. */
function counting(directory: string, count: number, before: (e: Event) => Event = (e) => e): Job {
  const counted = job('counting', { checkpointEvery: '20 ms' })
  const keyed = counted
    .source('events', events(count), time)
    .map(before)
    .keyBy((e) => e.id)
  keyed
    .window(sliding('2 s', '500 ms'))
    .aggregate('windows', {
      init: () => 0,
      add: (n) => n + 1,
      merge: (a, b) => a + b,
      result: (n, { key, window }): Count => ({ key, n, until: window.end }),
    })
    .to('counts', jsonlSink(`${directory}/counts`))
  keyed
    .process('totals', {
      state: { total: value(0), last: list<number>(), perSecond: map<number, number>() },
      timers: ['flush'],
      emits: output<{ key: number; n: number; at: number; kept: number }>(),
      onElement(e, ctx) {
        const second = Math.floor(e.ts / 1_000) * 1_000 + 1_000
        ctx.state.total.set(ctx.state.total.get() + 1)
        ctx.state.last.set([...ctx.state.last.get(), e.ts].slice(-3))
        ctx.state.perSecond.set(second, (ctx.state.perSecond.get(second) ?? 0) + 1)
        ctx.timers.eventTime(second, 'flush')
      },
      onTimer({ at }, ctx) {
        ctx.emit({ key: ctx.key, n: ctx.state.perSecond.get(at) ?? 0, at, kept: ctx.state.last.size })
        ctx.state.perSecond.delete(at)
      },
    })
    .to('totals-out', jsonlSink(`${directory}/totals`))
  return counted
}

async function undisturbed(count: number): Promise<[unknown[], unknown[]]> {
  const directory = temporaryDirectory()
  const node = await join(counting(directory, count))
  await node.done
  return [sorted(await rowsOf(`${directory}/counts`)), sorted(await rowsOf(`${directory}/totals`))]
}

const sorted = (rows: readonly unknown[]): unknown[] => rows.map((row) => JSON.stringify(row)).sort()

test('EN1 a job stopped at a checkpoint goes on from there, at any parallelism, and its output is that of an undisturbed run', async () => {
  const count = 60_000
  const expected = await undisturbed(count)
  const directory = temporaryDirectory()
  let runs = 0
  for (const parallelism of [2, 1, 3, 4, 1, 2, 3, 1]) {
    const node = await join(counting(directory, count), { state: `${directory}/state`, parallelism })
    runs++
    const over = await Promise.race([node.done.then(() => true), new Promise<false>((resolve) => setTimeout(() => resolve(false), 25))])
    if (over) break
    await node.close()
  }
  await using last = await join(counting(directory, count), { state: `${directory}/state` })
  await last.done
  expect(runs).toBeGreaterThan(1)
  expect(sorted(await rowsOf(`${directory}/counts`))).toEqual(expected[0])
  expect(sorted(await rowsOf(`${directory}/totals`))).toEqual(expected[1])
})

test('EN2 user code that throws now and then costs restarts, and no output is lost or doubled', async () => {
  const count = 60_000
  const expected = await undisturbed(count)
  const directory = temporaryDirectory()
  const failAt = [9_000, 9_001, 30_000, 55_000]
  const node = await join(
    counting(directory, count, (e) => {
      if (e.ts === failAt[0]) {
        failAt.shift()
        throw new Error('now and then')
      }
      return e
    }),
    { state: `${directory}/state`, parallelism: 2 },
  )
  await node.done
  expect(node.status()?.restarts).toBe(4)
  expect(sorted(await rowsOf(`${directory}/counts`))).toEqual(expected[0])
  expect(sorted(await rowsOf(`${directory}/totals`))).toEqual(expected[1])
})

test('EN3 a record that fails every attempt goes to deadLetters with what is known of it, and the others go on', async () => {
  const poisoned = job('poisoned', { restarts: { max: 10 } })
  const good = collect<number>()
  const dead = collect<unknown>()
  poisoned
    .source('events', [1, 2, 3, 4, 5])
    .map((n) => {
      if (n === 3) throw new Error('three')
      return n * 10
    })
    .to('good', good)
  poisoned.deadLetters().to('dead', dead)
  await (await join(poisoned)).done
  expect(new Set(good.records)).toEqual(new Set([10, 20, 40, 50]))
  expect(dead.records).toEqual([expect.objectContaining({ operator: 'map-1', record: 3, error: expect.stringContaining('three') })])
})

test('EN4 without dead letters the same record failing again fails the job, which names operator, key and record', async () => {
  const poisoned = job('poisoned', { restarts: { max: 10 } })
  poisoned
    .source('events', [{ k: 'a' }, { k: 'b' }])
    .keyBy((e) => e.k)
    .process('strict', {
      emits: output<string>(),
      onElement(e, ctx) {
        if (e.k === 'b') throw new Error('no b here')
        ctx.emit(e.k)
      },
    })
    .to('out', collect<string>())
  const node = await join(poisoned)
  await expect(node.done).rejects.toThrow(/same record fails every attempt.*operator "strict" failed for key "b".*no b here/)
})

test('EN5 ask gives what an operator holds for a key, typed by its handle', async () => {
  const asked = job('asked')
  const hold: { release?: () => void } = {}
  const blocked = new Promise<void>((resolve) => {
    hold.release = resolve
  })
  const keyed = asked
    .source(
      'events',
      async function* () {
        yield* [
          { k: 'a', ts: 1 },
          { k: 'a', ts: 2 },
          { k: 'b', ts: 3 },
        ]
        await blocked
      },
      { timestamp: (e) => e.ts },
    )
    .keyBy((e) => e.k)
  const totals = keyed.process('totals', {
    state: { n: value(0) },
    emits: output<number>(),
    onElement(_, ctx) {
      ctx.state.n.set(ctx.state.n.get() + 1)
      ctx.emit(ctx.state.n.get())
    },
  })
  const windows = keyed.window(tumbling('1 s')).aggregate('windows', { init: () => 0, add: (n) => n + 1 })
  let seen = 0
  totals.to(
    'seen',
    forEach(() => void seen++),
  )
  windows.to('out', collect<number>())
  await using node = await join(asked)
  while (seen < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await node.ask(totals, 'a')).toEqual({ n: 2 })
  expect(await node.ask(totals, 'nobody')).toBeUndefined()
  expect(await node.ask(windows, 'b')).toEqual([{ window: { start: 0, end: 1_000 }, value: 1 }])
  hold.release?.()
  await node.done
  await expect(node.ask(totals, 'a')).rejects.toThrow(/not running/)
})

test('EN6 a slow sink sets the pace: the source does not run ahead of it without bound', async () => {
  let made = 0
  const slow = job('slow')
  let written = 0
  slow
    .source('endless', () =>
      (function* () {
        for (;;) yield made++
      })(),
    )
    .rebalance()
    .map((n) => n)
    .parallelism(2)
    .to(
      'out',
      forEach(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        written++
      }),
    )
  await using node = await join(slow)
  while (written < 30) await new Promise((resolve) => setTimeout(resolve, 5))
  const ahead = made
  while (written < 90) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(made - ahead).toBeLessThan(5_000)
  expect(made).toBeLessThan(40_000)
  await node.close()
})

test("EN7 toAsyncIterable hands out records at the consumer's pace, and break stops the job", async () => {
  const numbers = job('numbers')
  let made = 0
  const stream = numbers.source('endless', () =>
    (function* () {
      for (;;) yield made++
    })(),
  )
  const got: number[] = []
  for await (const n of stream.map((x) => x * 2).toAsyncIterable()) {
    got.push(n)
    if (got.length === 5) break
  }
  expect(got).toEqual([0, 2, 4, 6, 8])
  const after = made
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(made).toBe(after)
})

test('EN8 drain ends the input, lets everything out, and the job has finished', async () => {
  const directory = temporaryDirectory()
  const endless = job('endless', { checkpointEvery: '10 ms' })
  endless
    .source(
      'events',
      generator((n): Event => ({ id: n % 3, ts: n }), { perSecond: 50_000 }),
      time,
    )
    .keyBy((e) => e.id)
    .window(global())
    .trigger(trigger.end())
    .aggregate('all', { init: () => 0, add: (n) => n + 1, result: (n, { key }) => ({ key, n }) })
    .to('out', jsonlSink(`${directory}/out`))
  const state = `${directory}/state`
  const node = await join(endless, { state })
  while (!node.stats().some(({ recordsIn }) => recordsIn > 100)) await new Promise((resolve) => setTimeout(resolve, 5))
  await node.drain()
  const rows = await rowsOf<{ key: number; n: number }>(`${directory}/out`)
  expect(rows.map(({ key }) => key).sort()).toEqual([0, 1, 2])
  const again = await join(endless, { state })
  await again.done
  expect(await rowsOf(`${directory}/out`)).toEqual(rows)
})

test('FL24 a record of a slow source comes out, however long a batch may wait', async () => {
  const slow = job('slow', { flushInterval: '1 h', watermarkInterval: '1 h', checkpointEvery: '1 h' })
  const came = new Promise<number>((resolve) => {
    slow
      .source(
        'events',
        generator((n): Event => ({ id: n, ts: n }), { perSecond: 20 }),
      )
      .keyBy((e) => e.id)
      .map((e) => e.id)
      .parallelism(2)
      .to('out', forEach(resolve))
  })
  await using node = await join(slow)
  expect(await came).toBe(0)
  await node.close()
})
