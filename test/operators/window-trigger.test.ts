// Triggers of the job's own.

import { describe, expect, test } from 'vitest'
import type { CaseElement } from '../../src/sim/operator-cases.ts'
import { global, session, tumbling } from '../../src/windows/assigner.ts'
import { trigger } from '../../src/windows/trigger.ts'
import type { TriggerLogic } from '../../src/windows/trigger-logic.ts'
import { codeOf, element, kitOf, planned, sums } from './window-operators.ts'

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

  test('WI18 a timer at no time is refused by operator and key', () => {
    for (const at of [Number.NaN, undefined, '5']) {
      const lost: TriggerLogic<CaseElement, undefined> = {
        init: () => undefined,
        onElement(_element, time, context) {
          if (time === 1) context.eventTimer(at as number)
          else context.processingTimer(at as number)
          return 'continue'
        },
      }
      const kit = kitOf({ assigner: global(), trigger: trigger.custom(lost) })
      for (const time of [1, 2])
        expect(() => kit.record(element('k'), time)).toThrow(/window, key k, at \d: a timer at (NaN|undefined|"5") is not possible/)
    }
  })

  test('WI2 a trigger that cannot merge is refused where windows merge', () => {
    expect(codeOf(() => planned({ assigner: session(5), trigger: trigger.custom(peaks) }, sums.reduce))).toMatch(
      /^JOB_INVALID: window window: its trigger has no merge/,
    )
  })
})
