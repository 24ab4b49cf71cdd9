// The second argument of a merge, in tests: code that changes it, or keeps it and changes it later, is found on every path of windows.

import { describe, expect, test } from 'vitest'
import type { CaseElement } from '../../src/sim/operator-cases.ts'
import { operatorKit } from '../../src/sim/operator-kit.ts'
import { session, sliding } from '../../src/windows/assigner.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import { trigger } from '../../src/windows/trigger.ts'
import { aggregate, element, generalOperator, keyBy, type TestWindow, windowOperator } from './window-operators.ts'

interface Acc {
  list: number[]
}

const listing = (merge: (a: Acc, b: Acc) => Acc): WindowFunction =>
  aggregate({
    init: (): Acc => ({ list: [] }),
    add: (acc: Acc, { value }: CaseElement) => {
      acc.list.push(Number(value))
      return acc
    },
    merge,
    result: ({ list }: Acc) => ({ list: [...list].sort((a, b) => a - b) }),
  })

const proper = listing((a, b) => {
  a.list.push(...b.list)
  return a
})

/** Each of them gives the right results where nothing else happens to its arguments. */
const careless: Readonly<Record<string, WindowFunction>> = {
  'changes its second argument': listing((a, b) => {
    b.list.unshift(...a.list)
    return { list: [...b.list] }
  }),
  'returns its second argument': listing((a, b) => {
    b.list.push(...a.list)
    return b
  }),
}

/** Where nothing begins from `init()`, as with sessions, it keeps nothing. */
const keeping = listing((a, b) => {
  if (a.list.length > 0) a.list.push(...b.list)
  else a.list = b.list
  return a
})

/** A window, and a script of records (time, value) and watermarks in which every kind of merge comes. */
const paths: Readonly<Record<string, { readonly window: TestWindow; readonly general?: true }>> = {
  'sliced, sliding': { window: { assigner: sliding(20, 5) } },
  'sliced, sliding, with lateness': { window: { assigner: sliding(20, 5), lateness: 30 } },
  session: { window: { assigner: session(10) } },
  'session, the general way': { window: { assigner: session(10) }, general: true },
  'session with a trigger of its own': { window: { assigner: session(10), trigger: trigger.count(8) } },
}

function play(window: TestWindow, fn: WindowFunction, general: boolean, freeze: boolean): readonly unknown[] {
  const kit = operatorKit(() => (general ? generalOperator(window, fn) : windowOperator(window, fn)), { keyBy, freeze })
  const record = (time: number, value: number): void => void kit.record(element('k', value), time)
  record(1, 1)
  record(30, 2)
  record(16, 3)
  record(11, 4)
  record(21, 5)
  kit.watermark(22)
  record(12, 6)
  record(19, 7)
  record(18, 8)
  kit.watermark(200)
  return kit.values
}

describe('the second argument of a merge', () => {
  for (const [name, { window, general = false }] of Object.entries(paths)) {
    test(`WI21 ${name}: results are the same as without freezing`, () => {
      const results = play(window, proper, general, true)
      expect(results.length).toBeGreaterThan(0)
      expect(results).toEqual(play(window, proper, general, false))
    })

    for (const [what, fn] of Object.entries(careless)) {
      test(`WI21 ${name}: a merge that ${what} fails`, () => {
        expect(() => play(window, fn, general, true)).toThrow(/read only|not extensible/)
      })
    }
  }

  test.each(['sliced, sliding', 'sliced, sliding, with lateness'])(
    'WI21 %s: a merge that keeps a part of it and changes that later fails',
    (name) => {
      expect(() => play(paths[name]!.window, keeping, false, true)).toThrow(/not extensible/)
    },
  )

  test('WI21 it keeps its prototypes, and what it holds is frozen all the way down', () => {
    class Tally {
      readonly parts = { map: new Map([[1, { n: 0 }]]), at: new Date(5), bytes: new Uint8Array(2) }
      get n(): number {
        return this.parts.map.get(1)!.n
      }
    }
    const seen: Tally[] = []
    const fn = aggregate({
      init: () => new Tally(),
      add: (acc: Tally, { value }: CaseElement) => {
        acc.parts.map.get(1)!.n += Number(value)
        return acc
      },
      merge: (a: Tally, b: Tally) => {
        seen.push(b)
        a.parts.map.get(1)!.n += b.n
        return a
      },
      result: (acc: Tally) => ({ n: acc.n }),
    })
    expect(play({ assigner: session(10) }, fn, false, true)).toEqual([{ n: 36 }])
    expect(seen.length).toBeGreaterThan(0)
    for (const b of seen) {
      expect([b instanceof Tally, Object.isFrozen(b), b.parts.at.getTime(), b.parts.bytes.length]).toEqual([true, true, 5, 2])
      expect(() => b.parts.map.get(1)!.n++).toThrow('read only')
    }
  })

  test('WI21 that of a reduce is the record itself', () => {
    const first = (a: unknown, b: unknown): unknown => (Object.isFrozen(b) ? a : 'not frozen')
    const results = play({ assigner: sliding(20, 5) }, { kind: 'reduce', reduce: first as never }, false, true)
    expect(results).toEqual(play({ assigner: sliding(20, 5) }, { kind: 'reduce', reduce: ((a: unknown) => a) as never }, false, false))
  })
})
