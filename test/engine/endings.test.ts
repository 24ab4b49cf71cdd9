// Jobs whose parts end at different times, calls that fill their queue, and parallel readers of a stream.

import { expect, test } from 'vitest'
import { jsonlSink } from '../../src/files.ts'
import { collect, generator, job, join, output, value } from '../../src/index.ts'
import { run } from '../../src/testing.ts'
import { rowsOf } from './rows.ts'
import { temporaryDirectory } from './temporary.ts'

const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n)
const ascending = (a: number, b: number): number => a - b

test('EN12 a job that was stopped when some of its subtasks had ended goes on, takes checkpoints, and finishes', async () => {
  const directory = temporaryDirectory()
  const make = (perSecond: number | undefined) => {
    const made = job('halves', { checkpointEvery: '10 ms', parallelism: 2 })
    const counted = (id: string, stream: { keyBy: ReturnType<typeof made.source<number>>['keyBy'] }) =>
      stream
        .keyBy((n: number) => n % 7)
        .process(id, {
          state: { n: value(0) },
          emits: output<number>(),
          onElement(n, ctx) {
            ctx.state.n.set(ctx.state.n.get() + 1)
            ctx.emit(n)
          },
        })
    counted('short', made.source('few', numbers(0, 50))).to('short-out', jsonlSink(`${directory}/short`))
    counted(
      'long',
      made.source(
        'many',
        generator((n) => n, perSecond === undefined ? { count: 10_000 } : { count: 10_000, perSecond }),
      ),
    ).to('long-out', jsonlSink(`${directory}/long`))
    return made
  }
  const state = `${directory}/state`
  const first = await join(make(1_000), { state })
  while ((await rowsOf(`${directory}/short`).catch(() => [])).length < 50) await new Promise((resolve) => setTimeout(resolve, 10))
  await new Promise((resolve) => setTimeout(resolve, 40))
  await first.close()
  for (const parallelism of [2, 1]) {
    const again = await join(make(parallelism === 2 ? 1_000 : undefined), { state, parallelism })
    if (parallelism === 2) {
      while (again.status()?.lastCheckpoint === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
      await again.close()
    } else await again.done
  }
  expect((await rowsOf<number>(`${directory}/short`)).sort(ascending)).toEqual(numbers(0, 50))
  expect((await rowsOf<number>(`${directory}/long`)).sort(ascending)).toEqual(numbers(0, 10_000))
})

test('AS6 EN13 calls that never come back time out also when they fill the queue', async () => {
  const hanging = job('hanging')
  const out = hanging
    .source('events', numbers(0, 500))
    .asyncMap('slow', () => new Promise<number>(() => undefined), { concurrency: 4, timeout: '1 s', onTimeout: (n) => -n })
  const outcome = await run(hanging)
  expect(outcome.of(out)).toEqual(numbers(0, 500).map((n) => -n))
})

test('AS8 EN13 calls that pause before a retry go on also when they fill the queue', async () => {
  const retrying = job('retrying')
  const out = retrying.source('events', numbers(0, 300)).asyncMap(
    'shaky',
    async (n, { attempt }) => {
      if (attempt < 2) throw new Error('not yet')
      return n
    },
    { concurrency: 4, retries: 2 },
  )
  const outcome = await run(retrying)
  expect(outcome.of(out)).toEqual(numbers(0, 300))
})

test('EN14 toAsyncIterable of a parallel stream hands out all records', async () => {
  const parallel = job('parallel', { parallelism: 3 })
  const stream = parallel
    .source('events', numbers(0, 3_000))
    .rebalance()
    .map((n) => n)
  const got: number[] = []
  for await (const n of stream.toAsyncIterable()) got.push(n)
  expect(got.sort(ascending)).toEqual(numbers(0, 3_000))
})

test('EN14 an iterator that was returned before its first record does not start the job; concurrent calls of next are all answered', async () => {
  let made = 0
  const counting = job('counting')
  const stream = counting.source('events', () => {
    made++
    return [1, 2, 3, 4]
  })
  const unused = stream.toAsyncIterable()[Symbol.asyncIterator]()
  await unused.return?.()
  expect(await unused.next()).toEqual({ done: true, value: undefined })
  expect(made).toBe(0)
  const used = stream.toAsyncIterable()[Symbol.asyncIterator]()
  const answers = await Promise.all([used.next(), used.next(), used.next(), used.next(), used.next(), used.next()])
  expect(answers.map((answer) => answer.value)).toEqual([1, 2, 3, 4, undefined, undefined])
})

test('EN15 a flood of asks is refused beyond a bound, and an ask that the job does not live to answer is TERMINATED', async () => {
  const asked = job('asked')
  const totals = asked
    .source('events', async function* () {
      yield 1
      await new Promise(() => undefined)
    })
    .keyBy((n) => n)
    .process('totals', {
      state: { n: value(0) },
      emits: output<number>(),
      onElement(n, ctx) {
        ctx.state.n.set(n)
        ctx.emit(n)
      },
    })
  const out = collect<number>()
  totals.to('out', out)
  const node = await join(asked)
  while ((await node.ask(totals, 1).catch(() => undefined)) === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
  const flood = await Promise.allSettled(Array.from({ length: 6_000 }, () => node.ask(totals, 1)))
  const refused = flood.filter(({ status }) => status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]).toMatchObject({ reason: { code: 'MAILBOX_FULL' } })
  expect(flood[0]).toEqual({ status: 'fulfilled', value: { n: 1 } })
  const late = node.close()
  const last = node.ask(totals, 1)
  await expect(
    last.then(
      () => 'answered',
      ({ code }) => code,
    ),
  ).resolves.toMatch(/answered|TERMINATED/)
  await late
})
