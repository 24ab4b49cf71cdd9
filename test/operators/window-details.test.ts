// Single rules of windows: late records, order, versions of state, queries, custom triggers, errors, and what a firing costs.

import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/model/errors.ts'
import type { CaseElement } from '../../src/sim/operator-cases.ts'
import { type KitOptions, type OperatorKit, operatorKit } from '../../src/sim/operator-kit.ts'
import { count, global, session, sliding, tumbling } from '../../src/windows/assigner.ts'
import { evict } from '../../src/windows/evictor.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import { trigger } from '../../src/windows/trigger.ts'
import type { TriggerLogic } from '../../src/windows/trigger-logic.ts'
import { generalOperator, planned, sums, type TestWindow, windowOperator } from './window-operators.ts'

const keyBy = ({ key }: CaseElement): string => key
const element = (key: string, value: number | string = 1): CaseElement => ({ key, value, time: 0 })
const kitOf = (window: TestWindow, fn: WindowFunction = sums.aggregate, options: KitOptions = {}): OperatorKit =>
  operatorKit(() => windowOperator(window, fn), { keyBy, ...options })

const aggregate = (spec: object): WindowFunction => ({ kind: 'aggregate', aggregate: spec as never })
const words = aggregate({
  init: () => '',
  add: (text: string, { value }: CaseElement) => text + value,
  merge: (a: string, b: string) => a + b,
})
const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (thrown) {
    return thrown instanceof MillraceError ? `${thrown.code}: ${thrown.message}` : String(thrown)
  }
  return 'nothing was thrown'
}

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

describe('custom triggers', () => {
  /** Fires at a value above the last one that fired, at 'at' of event time, and purges at a clock time. */
  const record: string[] = []
  const peaks: TriggerLogic<CaseElement, { top: number }> = {
    init: () => ({ top: 0 }),
    onElement({ value }, time, context) {
      context.eventTimer(time + 5)
      context.processingTimer(context.now + 50)
      if (Number(value) <= context.state.top) return 'continue'
      context.state = { top: Number(value) }
      return 'fire'
    },
    onEventTime: (at, { state, key }) => {
      record.push(`event ${key} ${at} ${state.top}`)
      return 'continue'
    },
    onProcessingTime: () => 'purge',
    clear: ({ window }) => {
      record.push(`clear ${JSON.stringify(window)}`)
    },
  }

  test('WI17 a trigger of the job keeps a state a window, sets timers, and says when to fire and to purge', () => {
    record.length = 0
    const kit = kitOf({ assigner: tumbling(20), trigger: trigger.custom(peaks) })
    kit.record(element('k', 5), 1).record(element('k', 3), 2)
    kit.restore(kit.snapshot()).record(element('k', 4), 2).record(element('k', 6), 3)
    expect(kit.values).toEqual([
      { key: 'k', value: 5 },
      { key: 'k', value: 18 },
    ])
    expect(kit.nextTime).toBe(50)
    kit.time(50).record(element('k', 7), 4).watermark(7)
    expect(kit.values.at(-1)).toEqual({ key: 'k', value: 7 })
    expect(record).toEqual(['event k 6 7', 'event k 7 7'])
    kit.watermark(19)
    expect(record).toEqual(['event k 6 7', 'event k 7 7', 'event k 8 7', 'event k 9 7', 'clear {"start":0,"end":20}'])
    expect(kit.nextTime).toBe(Number.POSITIVE_INFINITY)
  })

  test('WI17 one that sets a timer at every timer does not go on for ever at the end of the stream', () => {
    const ticking: TriggerLogic<CaseElement, undefined> = {
      init: () => undefined,
      onElement(_element, time, context) {
        context.eventTimer(time + 1)
        context.processingTimer(context.now + 1)
        return 'continue'
      },
      onEventTime(at, context) {
        context.eventTimer(at + 1)
        return 'fire'
      },
      onProcessingTime(at, context) {
        context.processingTimer(at + 1)
        return 'fire'
      },
    }
    const kit = kitOf({ assigner: global(), trigger: trigger.custom(ticking) })
    kit.record(element('k'), 1).end()
    expect(kit.values).toEqual([
      { key: 'k', value: 1 },
      { key: 'k', value: 1 },
    ])
  })

  test('WI17 a timer can be taken back', () => {
    const fickle: TriggerLogic<CaseElement, undefined> = {
      init: () => undefined,
      onElement({ value }, time, context) {
        if (value === 1) {
          context.eventTimer(time)
          context.processingTimer(9)
        } else {
          context.cancelEventTimer(time)
          context.cancelProcessingTimer(9)
        }
        return 'continue'
      },
      onEventTime: () => 'fire-and-purge',
      onProcessingTime: () => 'fire-and-purge',
    }
    const kit = kitOf({ assigner: global(), trigger: trigger.custom(fickle) })
    kit.record(element('a', 1), 5).record(element('b', 1), 5).record(element('a', 2), 5).watermark(5).time(9)
    expect(kit.values).toEqual([{ key: 'b', value: 1 }])
  })

  test('WI2 a trigger that cannot merge is refused where windows merge', () => {
    expect(codeOf(() => planned({ assigner: session(5), trigger: trigger.custom(peaks) }, sums.reduce))).toMatch(
      /^JOB_INVALID: window window: its trigger has no merge/,
    )
  })
})

describe('errors', () => {
  const broken = (step: string): WindowFunction => {
    const fail = (name: string) => () => {
      if (name === step) throw new Error('broken')
      return 0
    }
    return aggregate({ init: () => 0, add: fail('add'), merge: fail('merge'), result: fail('result') })
  }

  test.each<[string, TestWindow]>([
    ['sliced', { assigner: sliding(10, 5) }],
    ['session', { assigner: session(10) }],
    ['general', { assigner: tumbling(10), trigger: trigger.every(5) }],
  ])('WI18 what a function of the job throws names operator and key: %s', (_name, window) => {
    expect(codeOf(() => kitOf(window, broken('add')).record(element('k'), 1).record(element('k'), 1))).toMatch(
      /^USER_CODE: operator window, key k, at 1: broken/,
    )
    expect(codeOf(() => kitOf(window, broken('result')).record(element('k'), 1).record(element('j'), 1).end())).toMatch(
      /^USER_CODE: operator window, key k, at \d+: broken/,
    )
  })

  test('WI18 merge and the iteration of a process function too', () => {
    const kit = kitOf({ assigner: sliding(10, 5) }, broken('merge'))
      .record(element('k'), 1)
      .record(element('k'), 6)
    expect(codeOf(() => kit.end())).toMatch(/^USER_CODE: operator window, key k, at 9: broken/)
    const yields: WindowFunction = {
      kind: 'process',
      *process() {
        yield 1
        throw new Error('broken')
      },
    }
    const half = kitOf({ assigner: tumbling(10) }, yields).record(element('k'), 1)
    expect(codeOf(() => half.end())).toMatch(/^USER_CODE: operator window, key k, at 9: broken/)
    expect(half.values).toEqual([1])
  })

  test.each<[string, TestWindow]>([
    ['sliced', { assigner: tumbling(10) }],
    ['session', { assigner: session(10) }],
    ['general', { assigner: tumbling(10), trigger: trigger.count(1) }],
    ['every', { assigner: global(), trigger: trigger.every(1) }],
  ])('WI18 a record without a timestamp is refused by name: %s', (_name, window) => {
    expect(codeOf(() => kitOf(window).record(element('k')))).toMatch(/^USER_CODE: .*timestamp NaN/)
    expect(codeOf(() => kitOf(window).record(element('k'), Number.POSITIVE_INFINITY))).toMatch(/^USER_CODE: .*timestamp Infinity/)
  })

  test('WI18 a gap that is not positive is refused with its record', () => {
    const window = { assigner: session(({ value }: CaseElement) => Number(value)) }
    expect(codeOf(() => kitOf(window).record(element('k', 0), 1))).toMatch(
      /^USER_CODE: operator window, key k, at 1: the gap of a session is 0 ms/,
    )
  })

  test('WI18 a window without a key is a mistake of the engine', () => {
    for (const window of [{ assigner: tumbling(1) }, { assigner: session(1) }, { assigner: count(1) }]) {
      expect(codeOf(() => operatorKit(() => windowOperator(window, sums.reduce)))).toMatch(
        /^INVARIANT: window window stands behind no keyBy/,
      )
    }
  })
})

describe('what windows cost', () => {
  test('WI19 a firing stops when its budget is used up, and goes on where it stopped', () => {
    for (const window of [
      { assigner: sliding(30, 10) },
      { assigner: tumbling(10) },
      { assigner: session(10) },
      { assigner: tumbling(10), trigger: trigger.every(7) },
    ]) {
      const kit = kitOf(window)
      for (let n = 0; n < 50; n++) kit.record(element(`k${n}`), n % 20)
      let most = 0
      let calls = 1
      for (let before = 0; !kit.operator.onWatermark!(1_000, 10); before = kit.values.length, calls++)
        most = Math.max(most, kit.values.length - before)
      expect(most).toBeLessThanOrEqual(10)
      expect(calls).toBeGreaterThan(3)
      expect(kit.values.length).toBeGreaterThanOrEqual(50)
    }
  })

  test.each([0, 50])('WI19 a sliding window costs a few merges a result, however many slices it has: lateness %d', (lateness) => {
    let merges = 0
    let adds = 0
    const counted = aggregate({
      init: () => ({ n: 0 }),
      add: (acc: { n: number }) => {
        adds++
        return { n: acc.n + 1 }
      },
      merge: (a: { n: number }, b: { n: number }) => {
        merges++
        return { n: a.n + b.n }
      },
    })
    const slices = 200
    const kit = kitOf({ assigner: sliding(slices * 10, 10), lateness }, counted)
    let records = 0
    for (let time = 0; time < 10_000; time += 5, records++) {
      kit.record(element('k'), time)
      if (time % 10 === 5) kit.watermark(time)
    }
    expect(adds).toBe(records)
    expect(kit.values.length).toBe(999)
    expect(merges / kit.values.length).toBeLessThan(5)
    expect(kit.values.at(-1)).toEqual({ n: 2 * slices })
  })

  test('WI19 a session that only grows does not move in the order of timers', () => {
    const kit = kitOf({ assigner: session(10) })
    kit.record(element('k'), 0)
    for (let time = 1; time < 1_000; time++) kit.record(element('k'), time)
    // One step a call: as many as the gap fits in, not as there are records.
    let steps = 0
    while (!kit.operator.onWatermark!(998, 1)) steps++
    expect(steps).toBeLessThanOrEqual(2)
    expect(kit.watermark(1_008).values).toEqual([{ key: 'k', value: 1_000 }])
  })
})
