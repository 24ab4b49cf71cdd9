// coGroup and the window join: cases as data, and a comparison with the definition under random order.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import { coGroup, windowJoin } from '../../src/operators/co-group.ts'
import { type CaseElement, type CaseStep, runCase } from '../../src/sim/operator-cases.ts'
import { operatorKit } from '../../src/sim/operator-kit.ts'
import { assignerOf, count, global, session, sliding, tumbling, windows } from '../../src/windows/assigner.ts'
import type { TimeWindow } from '../../src/windows/window.ts'
import { KitSubtasks } from './kit-subtasks.ts'

type Assigner = Parameters<typeof assignerOf>[0]

const list = (elements: readonly CaseElement[]) => elements.map(({ value }) => value).join('')
const grouped = (assigner: Assigner) => () =>
  coGroup(assignerOf(assigner), (ls: readonly CaseElement[], rs: readonly CaseElement[], { key, window }) => [
    `${key}:${list(ls)}/${list(rs)}[${window.start},${window.end})`,
  ]).create(operatorId('group'))
const joined = (assigner: Assigner) => () =>
  windowJoin(assignerOf(assigner), (l: CaseElement, r: CaseElement, { key }) => `${key}:${l.value}${r.value}`).create(operatorId('join'))

interface Case {
  readonly name: string
  readonly create: ReturnType<typeof grouped>
  readonly script: readonly CaseStep[]
}

const meetings: readonly Case[] = [
  {
    name: 'coGroup gives both lists of a window at its end, one of them may be empty',
    create: grouped(tumbling(10)),
    script: [
      '0:a=1@1',
      '1:a=2@2',
      '0:a=3@3',
      '1:b=4@9',
      '0:a=5@10',
      ['wm8'],
      ['wm9', 'a:13/2[0,10)@9', 'b:/4[0,10)@9'],
      ['wm18'],
      ['wmMAX', 'a:5/[10,20)@19'],
    ],
  },
  {
    name: 'the join gives every pair of a window, and none where a side is empty',
    create: joined(tumbling(10)),
    script: [
      '0:a=1@1',
      '1:a=2@2',
      '0:a=3@3',
      '1:a=4@9',
      '1:b=5@9',
      '0:a=6@10',
      '1:a=7@20',
      ['wmMAX', 'a:12@9', 'a:14@9', 'a:32@9', 'a:34@9'],
    ],
  },
  {
    name: 'sliding windows hold a record each',
    create: grouped(sliding(4, 2)),
    script: ['0:a=1@1', '1:a=2@3', ['wm1', 'a:1/[-2,2)@1'], ['wm3', 'a:1/2[0,4)@3'], ['wm5', 'a:/2[2,6)@5'], ['wmMAX']],
  },
]

const merging: readonly Case[] = [
  {
    name: 'a session spans both sides, and records that bridge two make one of them',
    create: grouped(session(10)),
    script: [
      '0:a=1@0',
      '1:a=2@20',
      '0:a=3@40',
      '1:b=9@25',
      '1:a=4@10',
      ['wm28'],
      ['wm29', 'a:1/24[0,30)@29'],
      ['wm34', 'b:/9[25,35)@34'],
      ['wmMAX', 'a:3/[40,50)@49'],
    ],
  },
  {
    name: 'sessions with a gap per element end where the furthest reaches',
    create: grouped(session((e: CaseElement) => Number(e.value))),
    script: ['0:a=9@0', '1:a=3@2', ['wm7'], ['wm8', 'a:9/3[0,9)@8'], '0:a=2@20', ['wmMAX', 'a:2/[20,22)@21']],
  },
  {
    name: 'custom windows, merging or not',
    create: grouped(windows({ assign: (_: CaseElement, time) => [{ start: time, end: time + 5 }], merging: false })),
    script: ['0:a=1@0', '1:a=2@2', '1:a=3@0', ['wmMAX', 'a:1/3[0,5)@4', 'a:/2[2,7)@6']],
  },
]

const byArrival: readonly Case[] = [
  {
    name: 'windows of processing time go by arrival, and what is open at the end fires',
    create: grouped(tumbling(10, { time: 'processing' })),
    script: ['t3', '0:a=1', '1:a=2@99999', ['wm50000'], ['t9', 'a:1/2[0,10)@9'], 't12', '0:a=3', ['end', 'a:3/[10,20)@19']],
  },
  {
    name: 'sliding windows of processing time fire once each, also over a restore',
    create: grouped(sliding(4, 2, { time: 'processing' })),
    script: ['t1', '0:a=1', ['t2', 'a:1/[-2,2)@1'], ['t3', 'a:1/[0,4)@3'], ['t9']],
  },
]

describe('cases', () => {
  test.each(meetings)('JO6 $name', (one) => runCase(one))
  test.each(merging)('JO7 $name', (one) => runCase(one))
  test.each(byArrival)('JO9 $name', (one) => runCase(one))

  test('JO6 the ends of windows order the results over all keys', () => {
    runCase({
      name: 'order',
      create: grouped(sliding(4, 2)),
      ordered: true,
      script: ['0:b=1@3', '0:a=2@1', ['wmMAX', 'a:2/[-2,2)@1', 'b:1/[0,4)@3', 'a:2/[0,4)@3', 'b:1/[2,6)@5']],
    })
  })
})

describe('lateness', () => {
  const keyBy = ({ key }: CaseElement) => key
  const one = (value: number): CaseElement => ({ key: 'a', value, time: Number.NaN })

  test('JO8 a record is late when all its windows have ended, and counted', () => {
    const kit = operatorKit(grouped(sliding(4, 2)), { keyBy }).watermark(3)
    kit.record(one(1), 1, 0)
    expect(kit.counters.late).toBe(1)
    kit.record(one(2), 2, 1).end()
    expect(kit.counters.late).toBe(1)
    expect(kit.values).toEqual(['a:/2[2,6)'])
  })

  test('JO8 a record whose session touches an open one is not late', () => {
    const kit = operatorKit(grouped(session(10)), { keyBy })
      .record(one(1), 15, 0)
      .watermark(16)
    kit.record(one(2), 5, 1).record(one(3), 4, 1)
    expect(kit.counters.late).toBeUndefined()
    kit.record({ ...one(4), key: 'b' }, 5, 1)
    expect(kit.counters.late).toBe(1)
    kit.end()
    expect(kit.values).toEqual(['a:1/23[4,25)'])
  })

  test('JO8 a record without a time is an error, and so is a function that throws', () => {
    expect(() => operatorKit(grouped(tumbling(10)), { keyBy }).record(one(1))).toThrow(/without a timestamp/)
    const broken = () =>
      windowJoin(assignerOf(tumbling(10)), () => {
        throw new Error('no pair')
      }).create(operatorId('join'))
    const kit = operatorKit(broken, { keyBy }).record(one(1), 1, 0).record(one(1), 1, 1)
    expect(() => kit.watermark(9)).toThrow(/operator join, key a, at 9: no pair/)
  })

  test('JO8 a window or a gap of the job that makes no sense is an error of its record', () => {
    const backwards = windows({ assign: (_: CaseElement, time) => [{ start: time, end: time - 5 }], merging: false })
    expect(() => operatorKit(grouped(backwards), { keyBy }).record(one(1), 1)).toThrow(/operator .*, key a, at 1/)
    for (const gap of [0, 1.5]) {
      expect(() => operatorKit(grouped(session(() => gap)), { keyBy }).record(one(1), 1)).toThrow(
        /key a, at 1: the gap of a session is .*positive/,
      )
    }
  })

  test('JO8 windows that no time ends are refused', () => {
    expect(() => coGroup(assignerOf(global()), () => [])).toThrow(/would never end/)
    expect(() => windowJoin(assignerOf(count(3)), () => 1)).toThrow(/windows of 3 elements every 3 would never end/)
    expect(() => operatorKit(grouped(tumbling(10)))).toThrow(/needs keyed input/)
  })
})

interface Item {
  readonly side: number
  readonly key: number
  readonly time: number
}

/** The windows of a key, by the definition. */
function windowsOf(kind: string, times: readonly number[]): TimeWindow[] {
  const found = new Map<string, TimeWindow>()
  const add = (start: number, end: number) => found.set(`${start}/${end}`, { start, end })
  if (kind === 'session') {
    let open: { start: number; end: number } | undefined
    for (const time of [...times].sort((a, b) => a - b)) {
      if (open === undefined || time > open.end) {
        if (open !== undefined) add(open.start, open.end)
        open = { start: time, end: time + 5 }
      } else open.end = time + 5
    }
    if (open !== undefined) add(open.start, open.end)
  } else {
    const [size, slide] = kind === 'tumbling' ? [7, 7] : [9, 4]
    for (const time of times)
      for (let start = Math.floor(time / slide) * slide; start > time - size; start -= slide) add(start, start + size)
  }
  return [...found.values()]
}

const assigners = { tumbling: tumbling(7), sliding: sliding(9, 4), session: session(5) }

test.each(['tumbling', 'sliding', 'session'] as const)(
  'JO10 %s: both lists of every window, each once, in any order, with restores and rescales anywhere',
  (kind) => {
    const items = fc.array(fc.record({ side: fc.nat(1), key: fc.nat(2), time: fc.nat(40) }), { maxLength: 30 })
    const show = (key: number, ls: readonly number[], rs: readonly number[], { start, end }: TimeWindow) =>
      `${key}:${[...ls].sort().join()}/${[...rs].sort().join()}[${start},${end})`
    // A session that has fired cannot be touched any more: the definition holds where the watermark stays one instant further behind.
    const slack = kind === 'session' ? 2 : 1
    fc.assert(
      fc.property(items, fc.array(fc.nat(7), { maxLength: 30 }), fc.constantFrom(1, 3, 1_000), (given, actions, budget) => {
        const numbered = given.map((item, n) => ({ ...item, n }))
        type Numbered = (typeof numbered)[0]
        const create = () =>
          coGroup(assignerOf(assigners[kind] as Assigner), (ls: readonly Numbered[], rs: readonly Numbered[], { key, window }) => [
            show(
              key as number,
              ls.map(({ n }) => n),
              rs.map(({ n }) => n),
              window,
            ),
          ]).create(operatorId('group'))
        const subtasks = new KitSubtasks(create, { keyBy: ({ key }: Item) => key, maxParallelism: 8, budget })
        let watermark = Number.NEGATIVE_INFINITY
        numbered.forEach((item, i) => {
          subtasks.ofKey(item.key).record(item, item.time, item.side)
          const least = Math.min(...numbered.slice(i + 1).map(({ time }) => time))
          const action = actions[i] ?? 0
          if (action >= 3 && Number.isFinite(least)) watermark = Math.max(watermark, least - slack)
          if (watermark > Number.NEGATIVE_INFINITY) for (const kit of subtasks.kits) kit.watermark(watermark)
          if (action >= 6) subtasks.rescale(action === 6 ? subtasks.kits.length : 3 - subtasks.kits.length)
        })
        for (const kit of subtasks.kits) kit.end()
        const expected = [0, 1, 2].flatMap((key) => {
          const mine = numbered.filter((item) => item.key === key)
          return windowsOf(
            kind,
            mine.map(({ time }) => time),
          ).map((window) => {
            const within = (side: number) =>
              mine.filter((item) => item.side === side && item.time >= window.start && item.time < window.end).map(({ n }) => n)
            return `${show(key, within(0), within(1), window)}@${window.end - 1}`
          })
        })
        expect(subtasks.output.map(({ value, time }) => `${value}@${time}`).sort()).toEqual(expected.sort())
        for (const kit of subtasks.kits) for (const { entries } of kit.snapshot().keyed.values()) expect(entries).toEqual([])
      }),
      { numRuns: 200 },
    )
  },
)
