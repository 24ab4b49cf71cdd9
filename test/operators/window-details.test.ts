// Single rules of windows: late records, order, versions of state, queries, and what is emitted.

import { describe, expect, test } from 'vitest'
import type { CaseElement } from '../../src/sim/operator-cases.ts'
import { type OperatorKit, operatorKit } from '../../src/sim/operator-kit.ts'
import { count, global, session, sliding, tumbling } from '../../src/windows/assigner.ts'
import { evict } from '../../src/windows/evictor.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import { trigger } from '../../src/windows/trigger.ts'
import {
  aggregate,
  codeOf,
  element,
  generalOperator,
  keyBy,
  kitOf,
  planned,
  sums,
  type TestWindow,
  windowOperator,
} from './window-operators.ts'

const words = aggregate({
  init: () => '',
  add: (text: string, { value }: CaseElement) => text + value,
  merge: (a: string, b: string) => a + b,
})
const bound = (kit: OperatorKit) => ({
  operator: kit.operator,
  output: kit.output,
  record: (key: string) => kit.record(element(key), 1),
})

describe('late records', () => {
  test.each<[name: string, window: TestWindow, time: number, lateFrom: number]>([
    ['tumbling', { assigner: tumbling(10) }, 3, 9],
    ['sliding, when its last window is over', { assigner: sliding(10, 5) }, 3, 9],
    ['session', { assigner: session(10) }, 3, 12],
    ['tumbling with lateness', { assigner: tumbling(10), lateness: 5 }, 3, 14],
    ['session with lateness', { assigner: session(10), lateness: 5 }, 3, 17],
    ['with a trigger of its own', { assigner: tumbling(10), trigger: trigger.count(1) }, 3, 9],
  ])('WI7 %s: one that no window takes goes to the side output, or is counted where nobody reads it', (_name, window, time, lateFrom) => {
    const read = kitOf(window, sums.aggregate, { sides: ['late'] })
    read.watermark(lateFrom - 1).record(element('j'), time)
    expect(read.side('late')).toEqual([])
    read.watermark(lateFrom).record(element('k', 7), time)
    expect(read.side('late')).toEqual([{ value: element('k', 7), time }])
    expect(read.counters).toEqual({})
    const unread = kitOf(window).watermark(lateFrom).record(element('k', 7), time)
    expect(unread.counters).toEqual({ late: 1 })
    expect(unread.query('k')).toEqual([])
  })

  test('WI7 a record that only some of its windows take is not late', () => {
    const kit = kitOf({ assigner: sliding(10, 5) })
      .watermark(4)
      .record(element('k'), 3)
    expect(kit.counters).toEqual({})
    expect(kit.watermark(100).values).toEqual([{ key: 'k', value: 1 }])
  })
})

describe('order', () => {
  test('WI13 results come by the end of their windows, then in the order of the coming of keys', () => {
    const kit = kitOf({ assigner: sliding(4, 2) })
    for (const [key, time] of [
      ['c', 3],
      ['a', 1],
      ['b', 0],
      ['a', 3],
      ['c', 5],
    ] as const)
      kit.record(element(key), time)
    const shown = kit.watermark(100).output.map((out) => ('value' in out ? `${(out.value as { key: string }).key}@${out.time}` : 'wm'))
    expect(shown).toEqual(['a@1', 'b@1', 'a@3', 'b@3', 'c@3', 'a@5', 'c@5', 'c@7', 'wm'])
  })

  test('WI13 sessions that end together come in the order of their making', () => {
    const kit = kitOf({ assigner: session(10) })
    for (const [key, time] of [
      ['c', 3],
      ['a', 1],
      ['b', 0],
      ['a', 3],
      ['b', 3],
    ] as const)
      kit.record(element(key), time)
    expect(kit.watermark(100).values).toEqual(['c', 'a', 'b'].map((key) => ({ key, value: key === 'c' ? 1 : 2 })))
  })

  test.each([[sliding(6, 2)], [sliding(7, 3)], [tumbling(10)], [session(10)]])(
    'WI13 records in order are folded in order: %#',
    (assigner) => {
      const kits = [kitOf({ assigner }, words), operatorKit(() => generalOperator({ assigner }, words), { keyBy })]
      for (const kit of kits) {
        for (let time = 0; time < 20; time++) {
          kit.record(element('k', String.fromCharCode(97 + time)), time)
          if (time % 4 === 3) kit.watermark(time)
        }
        kit.end()
      }
      expect(kits[0]!.output).toEqual(kits[1]!.output)
      expect(kits[0]!.values.length).toBeGreaterThan(0)
    },
  )
})

describe('state of other versions', () => {
  const versioned = (version: number, migrate?: (old: unknown, from: number) => unknown): WindowFunction =>
    aggregate({
      init: () => ({ n: 0 }),
      add: (acc: { n: number }) => ({ n: acc.n + 1 }),
      merge: (a: { n: number }, b: { n: number }) => ({ n: a.n + b.n }),
      version,
      migrate,
    })
  const old = aggregate({ init: () => 0, add: (n: number) => n + 1, merge: (a: number, b: number) => a + b })

  for (const [name, window] of [
    ['sliced', { assigner: sliding(4, 2) }],
    ['session', { assigner: session(10) }],
    ['general', { assigner: tumbling(10), trigger: trigger.purging(trigger.eventTime()) }],
  ] as const) {
    const saved = () => kitOf(window, old).record(element('k'), 0).record(element('k'), 2).watermark(1).snapshot()

    test(`WI14 ${name}: accumulators of an older version go through migrate`, () => {
      const kit = kitOf(
        window,
        versioned(3, (n, from) => ({ n: (n as number) * 10 * from })),
      )
      kit.restore(saved()).watermark(100)
      expect(kit.values).toContainEqual({ n: 20 })
    })

    test(`WI14 ${name}: without migrate, or with a newer version, they are refused by name`, () => {
      expect(codeOf(() => kitOf(window, versioned(2)).restore(saved()))).toMatch(
        /^STATE_MISMATCH: operator window.*version 1.*version 2.*migrate/,
      )
      const newer = kitOf(window, versioned(2)).record(element('k'), 0).snapshot()
      expect(codeOf(() => kitOf(window, old).restore(newer))).toMatch(/^STATE_MISMATCH: operator window.*version 2.*version 1.*newer job/)
      const throws = versioned(2, () => {
        throw new Error('no way')
      })
      expect(codeOf(() => kitOf(window, throws).restore(saved()))).toMatch(/^STATE_MISMATCH: .*migrate threw: no way/)
    })
  }

  test('WI14 slices of other windows, or made without allowed lateness, are refused by name', () => {
    const saved = kitOf({ assigner: sliding(4, 2) })
      .record(element('k'), 0)
      .watermark(1)
      .snapshot()
    expect(codeOf(() => kitOf({ assigner: sliding(6, 2) }).restore(saved))).toMatch(
      /^STATE_MISMATCH: operator window.*4 ms every 2 ms.*6 ms every 2 ms/,
    )
    expect(codeOf(() => kitOf({ assigner: sliding(4, 2), lateness: 1 }).restore(saved))).toMatch(
      /^STATE_MISMATCH: .*without allowed lateness/,
    )
    const kept = kitOf({ assigner: sliding(4, 2), lateness: 1 })
      .record(element('k'), 0)
      .watermark(1)
      .snapshot()
    const shorter = kitOf({ assigner: sliding(4, 2) })
      .restore(kept)
      .watermark(100)
    expect(shorter.values).toEqual([{ key: 'k', value: 1 }])
  })

  test('WI14 a version that is no number from 1 on is refused when the job is built', () => {
    expect(codeOf(() => planned({ assigner: tumbling(1) }, versioned(0)))).toMatch(/^JOB_INVALID: version 0/)
  })
})

describe('queries', () => {
  test('WI15 every open window as if it fired now, earliest first, and nothing changes', () => {
    const kit = kitOf({ assigner: sliding(4, 2) })
    kit.record(element('k', 1), 0).record(element('k', 10), 2).watermark(1).record(element('k', 100), 4)
    const answer = [
      { window: { start: 0, end: 4 }, value: { key: 'k', value: 11 } },
      { window: { start: 2, end: 6 }, value: { key: 'k', value: 110 } },
      { window: { start: 4, end: 8 }, value: { key: 'k', value: 100 } },
    ]
    expect(kit.query('k')).toEqual(answer)
    expect(kit.query('k')).toEqual(answer)
    expect(kit.query('j')).toEqual([])
  })

  test('WI15 in the middle of a firing, what has fired is not counted twice', () => {
    const create = () => windowOperator({ assigner: sliding(4, 2) }, sums.aggregate)
    const kit = operatorKit(create, { keyBy })
    for (const key of ['a', 'b', 'c']) kit.record(element(key), 1).record(element(key, 10), 2)
    const { operator } = kit
    for (let calls = 0; !operator.onWatermark!(3, 1); calls++) {
      expect(calls).toBeLessThan(100)
      for (const key of ['a', 'b', 'c']) {
        const values = (operator.query!(key) as { window: { end: number }; value: { value: number } }[]).map(({ window, value }) => [
          window.end,
          value.value,
        ])
        expect([
          [
            [2, 1],
            [4, 11],
            [6, 10],
          ],
          [
            [4, 11],
            [6, 10],
          ],
          [[6, 10]],
        ]).toContainEqual(values)
      }
    }
    expect(operator.query!('a')).toEqual([{ window: { start: 2, end: 6 }, value: { key: 'a', value: 10 } }])
  })

  test.each<[string, TestWindow]>([
    ['tumbling', { assigner: tumbling(4) }],
    ['session', { assigner: session(2) }],
    ['general', { assigner: tumbling(4), trigger: trigger.purging(trigger.eventTime()) }],
  ])('WI15 in the middle of a firing, what has fired is gone: %s', (_name, window) => {
    const { operator, output, record } = bound(kitOf(window))
    for (const key of ['a', 'b', 'c']) record(key)
    while (!operator.onWatermark!(100, 1)) {
      const fired = output.length
      const open = ['a', 'b', 'c'].filter((key) => (operator.query!(key) as unknown[]).length > 0)
      expect(open).toEqual(['a', 'b', 'c'].slice(fired))
    }
    expect(output).toHaveLength(3)
  })

  test('WI15 the other windows answer too', () => {
    const elements = kitOf({ assigner: count(3) }, sums.process)
      .record(element('k', 1))
      .record(element('k', 2))
    expect(elements.query('k')).toEqual([{ window: { from: 0, to: 3 }, value: [element('k', 1), element('k', 2)] }])
    const evicted = kitOf({ assigner: global(), trigger: trigger.end(), evictor: evict.count(1) })
      .record(element('k', 1))
      .record(element('k', 2))
    expect(evicted.query('k')).toEqual([{ window: { kind: 'global' }, value: { key: 'k', value: 2 } }])
    expect(evicted.end().values).toEqual([{ key: 'k', value: 2 }])
    const purged = kitOf({ assigner: global(), trigger: trigger.purging(trigger.count(2)) })
      .record(element('k'))
      .record(element('k'))
    expect(purged.query('k')).toEqual([])
    expect(
      kitOf({ assigner: session(5) })
        .record(element('k', 3), 1)
        .query('k'),
    ).toEqual([{ window: { start: 1, end: 6 }, value: { key: 'k', value: 3 } }])
  })
})

describe('what is emitted', () => {
  const lists = aggregate({
    init: () => ({ items: [] as unknown[] }),
    add: (acc: { items: unknown[] }, { value }: CaseElement) => {
      acc.items.push(value)
      return acc
    },
    merge: (a: { items: unknown[] }, b: { items: readonly unknown[] }) => {
      a.items.push(...b.items)
      return a
    },
  })

  test.each<[string, TestWindow]>([
    ['tumbling with lateness', { assigner: tumbling(10), lateness: 100 }],
    ['sliding', { assigner: sliding(10, 5) }],
    ['sliding with lateness', { assigner: sliding(10, 5), lateness: 100 }],
    ['session with lateness', { assigner: session(10), lateness: 100 }],
    ['at every element', { assigner: global(), trigger: trigger.count(1) }],
  ])('WI16 an accumulator that is its own result is emitted as it was, whatever comes behind: %s', (_name, window) => {
    const kit = kitOf(window, lists)
    const seen: string[] = []
    for (let n = 0; n < 12; n++) {
      kit.record(element('k', n), n).watermark(n)
      seen.push(JSON.stringify(kit.output))
    }
    kit.watermark(40).record(element('k', 99), 5)
    for (const before of seen) expect(JSON.stringify(kit.output).startsWith(before.slice(0, -1))).toBe(true)
    expect(kit.values.length).toBeGreaterThan(1)
  })
})
