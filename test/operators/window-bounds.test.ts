// What windows do with what is wrong, and what they cost.

import { describe, expect, test } from 'vitest'
import type { CaseElement } from '../../src/sim/operator-cases.ts'
import { operatorKit } from '../../src/sim/operator-kit.ts'
import { count, global, session, sliding, tumbling } from '../../src/windows/assigner.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import { trigger } from '../../src/windows/trigger.ts'
import { aggregate, codeOf, element, kitOf, sums, type TestWindow, windowOperator } from './window-operators.ts'

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
