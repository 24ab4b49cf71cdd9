// Channels that are far ahead of the others in event time: when they are left unread, and when no longer.

import { describe, expect, test } from 'vitest'
import { Leads } from '../../src/flow/leads.ts'
import { operatorId } from '../../src/model/ids.ts'
import { aheadRecordsMax, aheadRestFirstMs, aheadRestMaxMs, aheadWaitMs } from '../../src/model/limits.ts'
import { planWindow } from '../../src/operators/plan-window.ts'
import { assignerOf, session, sliding, tumbling } from '../../src/windows/assigner.ts'
import type { WindowFunction } from '../../src/windows/fold.ts'
import { Bench, barrier, end, pass, wm } from './bench.ts'

const far = Array.from({ length: aheadRecordsMax + 1 }, (_, n) => n)

describe('a subtask', () => {
  const benchOf = (leads: boolean): Bench => {
    const bench = new Bench({ nodes: [{ id: 'a', is: pass }], channels: [0, 0], leads })
    bench.send(0, ...far, wm(far.length)).settle()
    expect(bench.counters['a.unread']).toBe(far.length)
    bench.send(0, 'more').settle()
    return bench
  }
  const more = (bench: Bench): number => bench.counters['a.unread']! - far.length

  test('FL25 does not read a channel that is far ahead until the other one has come as far, and reads on where nothing has to be kept', () => {
    const bench = benchOf(true)
    expect([more(bench), bench.subtask.runnable]).toEqual([0, false])
    bench.send(1, wm(far.length)).settle()
    expect(more(bench)).toBe(1)
    expect(more(benchOf(false))).toBe(1)
  })

  test('FL25 reads it when the other one has ended, or has not come nearer for the time of a wait', () => {
    const ended = benchOf(true)
    ended.send(1, end).settle()
    expect(more(ended)).toBe(1)
    const stuck = benchOf(true)
    const at = stuck.subtask.nextTime()
    expect(at).toBeLessThanOrEqual(stuck.now + aheadWaitMs)
    stuck.subtask.turn(at - 1)
    expect(more(stuck)).toBe(0)
    stuck.subtask.turn(at)
    expect(more(stuck)).toBe(1)
    expect(stuck.subtask.nextTime()).toBe(Number.POSITIVE_INFINITY)
  })

  test('FL25 reads it while a barrier is being aligned', () => {
    const bench = benchOf(true)
    bench.send(1, barrier(1)).settle()
    expect(more(bench)).toBe(1)
    bench.send(0, barrier(1), 'behind').settle()
    expect([bench.frozen, more(bench)]).toEqual([[1], 1])
  })
})

test('FL25 windows in event time keep until the watermark, those by the clock do not', () => {
  const reduce: WindowFunction = { kind: 'reduce', reduce: ((a: number, b: number) => a + b) as never }
  const assigners = [tumbling(10), sliding(10, 5), session(10), tumbling(10, { time: 'processing' })]
  const keep = assigners.map((assigner) => {
    const id = operatorId('window')
    return planWindow(id, { assigner: assignerOf(assigner), lateness: 0, function: reduce }).factory.create(id).keepsUntilWatermark ?? false
  })
  expect(keep).toEqual([true, true, true, false])
})

describe('a wait', () => {
  /** Channel 0 is ahead by so many records as it may be, and by `more`, each behind a watermark of its own. */
  const ahead = (more: number): Leads => {
    const leads = new Leads(2)
    leads.read(0, aheadRecordsMax)
    leads.watermark(0, 1, 0)
    for (let n = 0; n < more; n++) {
      leads.read(0, 1)
      leads.watermark(0, 2 + n, 0)
    }
    return leads
  }

  test('FL25 begins with one record too many, and ends when watermarks have passed as many', () => {
    expect([ahead(0).isAhead(0), ahead(1).isAhead(0), ahead(1).isAhead(1)]).toEqual([false, true, false])
    const leads = ahead(2)
    leads.reached(0.5)
    expect(leads.isAhead(0)).toBe(true)
    leads.reached(1)
    expect(leads.isAhead(0)).toBe(false)
  })

  test('FL25 goes on for as long as the lead becomes smaller', () => {
    const leads = ahead(3)
    leads.read(0, aheadRecordsMax)
    leads.watermark(0, 9, 0)
    for (let turn = 0; turn < 4; turn++) {
      leads.tick(turn * aheadWaitMs)
      leads.reached(1 + turn)
      expect(leads.isAhead(0)).toBe(turn < 3)
    }
  })

  test('FL25 rests after each one in vain, twice as long every time, whatever the clock does', () => {
    const leads = ahead(1)
    let now = 1_000
    for (let restMs = aheadRestFirstMs, tries = 0; tries < 12; restMs = Math.min(2 * restMs, aheadRestMaxMs), tries++) {
      leads.tick(now)
      expect([leads.isAhead(0), leads.nextTime]).toEqual([true, now + aheadWaitMs])
      leads.tick(now + aheadWaitMs)
      expect([leads.isAhead(0), leads.nextTime]).toEqual([false, Number.POSITIVE_INFINITY])
      now = 10
      leads.tick(now)
      leads.tick(now + restMs - 1)
      expect(leads.isAhead(0)).toBe(false)
      now += restMs
    }
  })
})
