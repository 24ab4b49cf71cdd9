// Records folded before an exchange, in whole jobs: where it is planned, and that users see nothing of it but its speed.

import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { jobInternals } from '../../src/api/job.ts'
import type { KeyedStream } from '../../src/api/keyed-types.ts'
import type { Stream } from '../../src/api/stream-types.ts'
import { FrameDecoder, FrameEncoder } from '../../src/codec/frame-codec.ts'
import {
  collect,
  count,
  evict,
  generator,
  global,
  type Job,
  type JobOptions,
  job,
  join,
  session,
  sliding,
  trigger,
  tumbling,
} from '../../src/index.ts'
import { createBatch } from '../../src/model/batch.ts'
import { attempt, channelId } from '../../src/model/ids.ts'
import { drawMermaid, drawText, planJson } from '../../src/plan/draw.ts'
import { feed, run } from '../../src/testing.ts'

interface Sale {
  readonly shop: string
  readonly n: number
  readonly ts: number
}

const time = { timestamp: (sale: Sale) => sale.ts, outOfOrder: '1 s' } as const
const shops = ['a', 'b', 'c']
const salesOf = (n: number): readonly Sale[] => Array.from({ length: n }, (_, i) => ({ shop: shops[i % 3]!, n: i, ts: i * 10 }))

const sum = {
  init: () => ({ sum: 0 }),
  add: (acc: { sum: number }, { n }: Sale) => ({ sum: acc.sum + n }),
  merge: (a: { sum: number }, b: { sum: number }) => ({ sum: a.sum + b.sum }),
  result: ({ sum }: { sum: number }, { key, window }: { key: string; window: { end: number } }) => ({ shop: key, sum, end: window.end }),
}
const plain = { init: sum.init, add: sum.add, merge: sum.merge }
const noMerge = { init: sum.init, add: sum.add }
const later = (a: Sale, b: Sale): Sale => (a.n > b.n ? a : b)

type Shops = KeyedStream<Sale, string>
type Case = readonly [what: string, is: boolean, build: (keyed: Shops) => Stream<unknown>]

const cases: readonly Case[] = [
  ['tumbling, aggregate with merge', true, (keyed) => keyed.window(tumbling('1 s')).aggregate('w', sum)],
  ['tumbling, reduce', true, (keyed) => keyed.window(tumbling('1 s')).reduce('w', later)],
  ['sliding, aggregate with merge', true, (keyed) => keyed.window(sliding('10 s', '1 s')).aggregate('w', sum)],
  ['sliding, with lateness', true, (keyed) => keyed.window(sliding('10 s', '1 s')).allowedLateness('1 s').reduce('w', later)],
  ['the default trigger by name', true, (keyed) => keyed.window(tumbling('1 s')).trigger(trigger.eventTime()).aggregate('w', sum)],
  ['aggregate without merge', false, (keyed) => keyed.window(tumbling('1 s')).aggregate('w', noMerge)],
  ['process', false, (keyed) => keyed.window(tumbling('1 s')).process('w', (sales) => [sales.length])],
  ['another trigger', false, (keyed) => keyed.window(tumbling('1 s')).trigger(trigger.count(3)).aggregate('w', sum)],
  ['an evictor', false, (keyed) => keyed.window(tumbling('1 s')).evictor(evict.count(3)).aggregate('w', sum)],
  ['processing time', false, (keyed) => keyed.window(tumbling('1 s', { time: 'processing' })).aggregate('w', sum)],
  ['sessions', false, (keyed) => keyed.window(session('1 s')).aggregate('w', sum)],
  ['windows by number', false, (keyed) => keyed.window(count(10)).aggregate('w', plain)],
  ['the global window', false, (keyed) => keyed.window(global()).trigger(trigger.end()).aggregate('w', plain)],
  ['a reduce outside of windows', false, (keyed) => keyed.reduce('w', later)],
]

function combinesAt(parallelism: number, build: (keyed: Shops, job: Job) => Stream<unknown>, options: JobOptions = {}): boolean {
  const planned = job('planned', options)
  build(
    planned.source('sales', salesOf(3), time).keyBy(({ shop }) => shop),
    planned,
  ).to('out', collect<unknown>())
  const { plan } = jobInternals(planned).compile({ parallelism })
  return plan.edges.some(({ combines }) => combines === 'w')
}

describe('where', () => {
  test.each(cases)('CB9 %s: %s', (_, is, build) => {
    expect(combinesAt(2, build)).toBe(is)
    expect(combinesAt(1, build)).toBe(false)
  })

  test('CB9 never where late records are read', () => {
    const reads = (keyed: Shops): Stream<unknown> => {
      const window = keyed.window(tumbling('1 s')).aggregate('w', sum)
      window.late().to('late', collect<Sale>())
      return window
    }
    expect(combinesAt(2, reads)).toBe(false)
  })

  test('CB9 never where the job says so', () => {
    const build = (keyed: Shops): Stream<unknown> => keyed.window(tumbling('1 s')).aggregate('w', sum)
    expect([true, false].map((combine) => combinesAt(2, build, { combine }))).toEqual([true, false])
    expect(() => job('planned', { combine: 'no' as never })).toThrow('combine is "no": it is true or false')
  })

  test('CB9 a plan shows it, and has another fingerprint', () => {
    const combined = job('shown', { parallelism: 2 })
    const stream = combined.source('sales', salesOf(3), time).keyBy(({ shop }) => shop)
    const window = stream.window(tumbling('1 s')).aggregate('w', sum)
    window.to('out', collect<unknown>())
    const before = combined.plan()
    expect(drawText(before)).toContain('hash, combined ─▶ 1 w')
    expect(drawMermaid(before)).toContain('"hash, combined"')
    expect(JSON.parse(planJson(before)).edges).toMatchObject([{ partition: 'hash', combines: 'w' }])
    window.late().to('late', collect<Sale>())
    expect(drawText(combined.plan())).toContain('hash ─▶ 1 w')
    expect(combined.plan().fingerprint).not.toBe(before.fingerprint)
  })
})

const poison = ({ ts }: Sale): void => {
  if (ts === 300) throw new Error('thirty')
}

function poisoned(fold: 'aggregate' | 'reduce', restarts: number): { job: Job; good: readonly unknown[]; dead: readonly unknown[] } {
  const made = job('poisoned', { parallelism: 2, restarts: { max: restarts } })
  const windows = made
    .source('sales', salesOf(60), time)
    .keyBy(({ shop }) => shop)
    .window(tumbling('1 s'))
  const good = collect<unknown>()
  const dead = collect<unknown>()
  if (fold === 'aggregate') {
    const add = (acc: { sum: number }, sale: Sale): { sum: number } => {
      poison(sale)
      return sum.add(acc, sale)
    }
    windows.aggregate('w', { ...sum, add }).to('good', good)
  } else {
    const reduce = (a: Sale, b: Sale): Sale => {
      poison(a)
      poison(b)
      return { ...b, n: a.n + b.n }
    }
    windows.reduce('w', reduce).to('good', good)
  }
  made.deadLetters().to('dead', dead)
  return { job: made, good: good.records, dead: dead.records }
}

describe('what users see', () => {
  test.each(['aggregate', 'reduce'] as const)(
    'CB10 a record that %s cannot fold where it is sent goes to deadLetters as a record of the window, and the others go on',
    async (fold) => {
      const { job: failing, good, dead } = poisoned(fold, 10)
      await (await join(failing)).done
      expect(dead).toEqual([
        { operator: 'w', key: 'a', timestamp: 300, record: { shop: 'a', n: 30, ts: 300 }, error: expect.stringContaining('thirty') },
      ])
      expect((good as readonly { sum?: number; n?: number }[]).reduce((all, { sum: s, n }) => all + (s ?? n!), 0)).toBe((59 * 60) / 2 - 30)
    },
  )

  test('CB10 without dead letters the job fails, and names window and key', async () => {
    const failing = job('failing', { parallelism: 2, restarts: { max: 10 } })
    const add = (acc: { sum: number }, sale: Sale): { sum: number } => {
      poison(sale)
      return sum.add(acc, sale)
    }
    failing
      .source('sales', salesOf(60), time)
      .keyBy(({ shop }) => shop)
      .window(tumbling('1 s'))
      .aggregate('w', { ...sum, add })
      .to('out', collect<unknown>())
    await expect((await join(failing)).done).rejects.toThrow(/same record fails every attempt.*operator "w" failed for key "a".*thirty/)
  })

  test('CB11 records count as records, at the sender and at the window, though fewer things go between', async () => {
    const records = 30_000
    const counted = job('counted', { parallelism: 2 })
    const sales = generator((n): Sale => ({ shop: shops[n % 3]!, n, ts: n }), { count: records })
    counted
      .source('sales', sales, time)
      .keyBy(({ shop }) => shop)
      .window(tumbling('1 s'))
      .aggregate('w', sum)
      .to('out', collect<unknown>())
    const node = await join(counted)
    await node.done
    const total = (vertex: number, of: 'recordsIn' | 'recordsOut'): number =>
      node.stats().reduce((all, stats) => all + (stats.vertex === vertex ? stats[of] : 0), 0)
    expect([total(0, 'recordsIn'), total(0, 'recordsOut'), total(1, 'recordsIn')]).toEqual([records, records, records])
  })

  test('CB12 in tests a merge that changes what it must not is found', async () => {
    const careless = job('careless', { parallelism: 2 })
    const merge = (a: { sum: number }, b: { sum: number }): { sum: number } => {
      b.sum += a.sum
      return b
    }
    const sales = careless.source('sales', salesOf(3), time)
    sales
      .rebalance()
      .keyBy(() => 'all')
      .window(tumbling('1 min'))
      .aggregate('w', { ...sum, merge, result: (acc) => acc.sum })
      .to('out', collect<number>())
    await expect(run(careless, [feed(sales, salesOf(8))], { parallelism: 2 })).rejects.toThrow(/operator "w" failed for key "all"/)
  })
})

test('CB13 a partial comes through the bytes of a frame as it was', () => {
  const batch = createBatch()
  batch.length = 3
  batch.partials = 2
  const values = [{ sum: 3, names: ['x'] }, { shop: 'a', n: 1, ts: 5 }, 7n]
  const times = [1_000, 5, 2_000]
  const counts = [2, 0, 4_000_000_000]
  for (const [i, value] of values.entries()) {
    batch.values[i] = value
    batch.times[i] = times[i]!
    batch.counts[i] = counts[i]!
    batch.keys[i] = 'a'
    batch.groups[i] = 9
  }
  const codec = msgpackCodec()
  const bytes = new FrameEncoder(codec).encode({ attempt: attempt(1), channel: channelId(0), seq: 1, batch, control: null })
  const { batch: got } = new FrameDecoder(codec, 'channel 0').decode(bytes.slice(), createBatch())
  expect(got!.values.slice(0, 3)).toEqual(values)
  expect([...got!.times.subarray(0, 3)]).toEqual(times)
  expect([...got!.counts.subarray(0, 3)]).toEqual(counts)
  expect(got!.partials).toBe(2)
})
