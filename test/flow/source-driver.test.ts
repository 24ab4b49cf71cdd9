// Splits of a source subtask: event time, watermarks, idleness, punctuation that has to be resumed, bad records.

import { expect, test } from 'vitest'
import { SourceDriver } from '../../src/flow/source-driver.ts'
import type { Validate } from '../../src/flow/validation.ts'
import type { EventTimeDefinition } from '../../src/model/event-time.ts'
import { operatorId } from '../../src/model/ids.ts'
import type { PollingReader } from '../../src/model/reader.ts'

interface Row {
  readonly ts: number
  readonly mark?: number
}

/** A reader of scripted polls: each a list of rows, then what the poll says. */
function reader(polls: readonly [readonly Row[], 'more' | 'wait' | 'end'][]): PollingReader<Row> {
  let at = 0
  let given = 0
  return {
    poll(out) {
      const [rows, result] = polls[at++] ?? [[], 'end']
      for (const row of rows) {
        given++
        out.record(row)
      }
      return result
    },
    offset: () => given,
    where: () => `row ${given}`,
  }
}

const time: EventTimeDefinition = { timestamp: (row: Row) => row.ts, outOfOrderMs: 0, idleAfterMs: undefined }

function driven(
  definition: EventTimeDefinition | undefined,
  readers: readonly PollingReader<Row>[],
  options: { validate?: Validate; invalid?: boolean; resumable?: boolean } = {},
) {
  const log: unknown[] = []
  let blocked = options.resumable === true
  const driver = new SourceDriver(
    { id: operatorId('clicks'), time: definition, validate: options.validate, watermarkIntervalMs: 50, watermarkRecords: 5 },
    {
      record: (value, at) => log.push([(value as Row).ts ?? value, at]),
      invalid: options.invalid === true ? (value) => log.push(value) : undefined,
      watermark(at) {
        log.push(`wm ${at}`)
        const through = !blocked
        blocked = options.resumable === true
        return through
      },
      status: ({ kind }) => log.push(kind),
    },
  )
  for (const [i, one] of readers.entries()) driver.addSplit({ id: `s${i}`, finished: false }, one)
  driver.start()
  return { driver, log }
}

test('SO30 records carry their event time, and the watermark follows behind the greatest at most once an interval', () => {
  const { driver, log } = driven(time, [
    reader([
      [[{ ts: 5 }, { ts: 3 }], 'more'],
      [[{ ts: 9 }], 'more'],
      [[{ ts: 12 }], 'more'],
      [[], 'end'],
    ]),
  ])
  driver.turn(1_000, true)
  driver.turn(1_010, true)
  driver.turn(1_051, true)
  expect(log).toEqual([[5, 5], [3, 3], 'wm 4', [9, 9], [12, 12], 'wm 11'])
  expect(driver.turn(1_052, true)).toBe('end')
  expect(log.at(-1)).toBe('wm Infinity')
})

test('SO38 a watermark is due before the interval is over when enough records have been read since the last one', () => {
  const row = (ts: number): Row => ({ ts })
  const { driver, log } = driven(time, [
    reader([
      [[row(1)], 'more'],
      [[2, 3, 4, 5].map(row), 'more'],
      [[row(6)], 'more'],
      [[row(7)], 'more'],
    ]),
  ])
  for (let turn = 0; turn < 4; turn++) driver.turn(1_000, true)
  expect(log.filter((entry) => typeof entry === 'string')).toEqual(['wm 0', 'wm 5'])
})

test('SO31 the watermark is the least of the splits, and a finished split no longer holds it back', () => {
  const { driver, log } = driven(time, [reader([[[{ ts: 100 }], 'wait']]), reader([[[{ ts: 7 }], 'end']])])
  driver.turn(0, true)
  expect(log).toEqual([[100, 100]])
  driver.turn(60, true)
  expect(log).toEqual([[100, 100], [7, 7], 'wm 99'])
})

test('SO32 a source without event time is idle for time from the start, and ends with the greatest watermark', () => {
  const { driver, log } = driven(undefined, [reader([[[{ ts: 1 }], 'end']])])
  expect(log).toEqual(['IDLE'])
  expect(driver.turn(0, true)).toBe('end')
  expect(log.slice(1)).toEqual([[1, Number.NaN], 'ACTIVE', 'wm Infinity'])
})

test('SO33 an idle split says ACTIVE before its next record; back-pressure does not make it idle', () => {
  const { driver, log } = driven({ ...time, idleAfterMs: 100 }, [
    reader([
      [[{ ts: 5 }], 'wait'],
      [[{ ts: 6 }], 'wait'],
    ]),
  ])
  driver.turn(0, true)
  driver.turn(80, false)
  driver.turn(160, false)
  expect(log).toEqual([[5, 5], 'wm 4'])
  driver.turn(280, true) // it was blocked until now
  expect(log).toEqual([[5, 5], 'wm 4'])
  driver.turn(380, true)
  expect(log).toEqual([[5, 5], 'wm 4', 'IDLE'])
  expect(driver.progress()).toEqual([{ id: 's0', at: undefined, offset: 1, finished: false, maxTime: 5, idle: true }])
  driver.splitReady(0)
  driver.turn(390, true)
  expect(log.slice(3)).toEqual(['ACTIVE', [6, 6]])
})

test('SO34 punctuation goes out at once, and what follows it waits until it is through', () => {
  const punctuated = { ...time, punctuation: (row: Row) => row.mark }
  const { driver, log } = driven(punctuated, [reader([[[{ ts: 1 }, { ts: 2, mark: 2 }, { ts: 3 }, { ts: 4 }], 'wait']])], {
    resumable: true,
  })
  driver.turn(0, true)
  expect(log).toEqual([[1, 1], [2, 2], 'wm 2'])
  expect(driver.settled).toBe(false)
  driver.resumed()
  expect(log.slice(3)).toEqual([
    [3, 3],
    [4, 4],
  ])
  expect(driver.settled).toBe(true)
})

test('SO35 a record that does not match the schema goes to onInvalid with its place, or fails the job by name', () => {
  const validate: Validate = (raw) => ((raw as Row).ts > 0 ? { value: raw } : { issues: [{ message: 'ts must be positive' }] })
  const rows = (): PollingReader<Row> => reader([[[{ ts: 1 }, { ts: -1 }, { ts: 2 }], 'end']])
  const kept = driven(time, [rows()], { validate, invalid: true })
  kept.driver.turn(0, true)
  expect(kept.log.slice(0, 3)).toEqual([[1, 1], { raw: { ts: -1 }, issues: [{ message: 'ts must be positive' }], offset: 'row 2' }, [2, 2]])
  const failing = driven(time, [rows()], { validate })
  expect(() => failing.driver.turn(0, true)).toThrow(/source "clicks".*row 2.*ts must be positive.*onInvalid/s)
})

test('SO35 what a schema library says beside the message does not go with it, but the path', () => {
  const path = ['a', { key: 1, value: {} }, Symbol('s')]
  const issue = { message: 'odd', path, input: { raw: true }, requirement: () => true }
  const { driver, log } = driven(time, [reader([[[{ ts: 1 }], 'end']])], { validate: () => ({ issues: [issue] }), invalid: true })
  driver.turn(0, true)
  expect(log[0]).toEqual({ raw: { ts: 1 }, issues: [{ message: 'odd', path: ['a', 1, 'Symbol(s)'] }], offset: 'row 1' })
})

test('SO36 a timestamp that is no number fails by name; an error in the chain is given its place in the source', () => {
  const { driver } = driven({ ...time, timestamp: () => Number.NaN }, [reader([[[{ ts: 1 }], 'end']])])
  expect(() => driver.turn(0, true)).toThrow(/timestamp returned NaN/)
  for (const [at, message] of [
    [new Date(5), /returned a Date; it must return milliseconds since the epoch, a number/],
    [5n, /returned a bigint/],
    ['5', /returned a string/],
    [undefined, /returned undefined/],
  ] as const) {
    const odd = driven({ ...time, timestamp: () => at as never }, [reader([[[{ ts: 1 }], 'end']])])
    expect(() => odd.driver.turn(0, true)).toThrow(message)
  }
  for (const mark of [Number.NaN, Number.POSITIVE_INFINITY, null, '5']) {
    const punctuation = (row: Row) => row.mark
    const odd = driven({ ...time, punctuation }, [reader([[[{ ts: 1, mark: mark as never }], 'end']])])
    expect(() => odd.driver.turn(0, true)).toThrow(
      /punctuation returned .*; it must return milliseconds since the epoch, a number, or undefined/,
    )
  }
  const bad = new SourceDriver(
    { id: operatorId('clicks'), time, validate: undefined },
    {
      record() {
        throw new Error('boom')
      },
      invalid: undefined,
      watermark: () => true,
      status: () => undefined,
    },
  )
  bad.addSplit({ id: 'part-7', finished: false }, reader([[[{ ts: 1 }], 'end']]))
  bad.start()
  expect(() => bad.turn(0, true)).toThrow(/boom.*source "clicks", split "part-7", at row 1/)
})

test('SO37 a subtask without splits ends at once, and a restored finished split is not read again', () => {
  const none = driven(time, [])
  expect(none.driver.turn(0, true)).toBe('end')
  expect(none.log).toEqual(['wm Infinity'])
  const { driver, log } = driven(time, [])
  driver.addSplit({ id: 'done', finished: true, offset: 17 }, undefined)
  driver.start()
  expect(driver.turn(0, true)).toBe('end')
  expect(log).toEqual(['wm Infinity'])
  expect(driver.progress()).toEqual([{ id: 'done', at: undefined, offset: 17, finished: true }])
})

test('SO34 what is kept back keeps its order and its place, and a failure in it is told like any other', () => {
  const punctuated = { ...time, punctuation: (row: Row) => row.mark }
  const mixed: PollingReader<Row> = {
    poll(out) {
      out.record({ ts: 1, mark: 1 })
      out.malformed('?', 'is no row')
      out.record({ ts: 2 })
      return 'wait'
    },
    offset: () => 3,
    where: () => 'line 7',
  }
  const { driver, log } = driven(punctuated, [mixed], { resumable: true, invalid: true })
  driver.turn(0, true)
  expect(log).toEqual([[1, 1], 'wm 1'])
  expect(driver.settled).toBe(false)
  driver.resumed()
  expect(log.slice(2)).toEqual([{ raw: '?', issues: [{ message: 'is no row' }], offset: 'line 7' }, [2, 2]])

  const broken = driven({ ...punctuated, timestamp: (row: Row) => throwAt(row, 2) }, [mixed], { resumable: true, invalid: true })
  broken.driver.turn(0, true)
  expect(() => broken.driver.resumed()).toThrow(
    expect.objectContaining({ code: 'USER_CODE', message: expect.stringContaining('split "s0", at line 7') }),
  )
})

function throwAt(row: Row, ts: number): number {
  if (row.ts === ts) throw new Error('no such time')
  return row.ts
}

test('SO33 SO37 restored splits that are all idle tell the greatest watermark, then IDLE', () => {
  const { driver, log } = driven({ ...time, idleAfterMs: 100 }, [])
  driver.addSplit({ id: 'a', finished: false, maxTime: 50, idle: true }, reader([]))
  driver.addSplit({ id: 'b', finished: false, maxTime: 70, idle: true }, reader([]))
  driver.start()
  expect(log).toEqual(['wm 69', 'IDLE'])
})

test('SO36 an offset that cannot be told is an error of the source by name, not of the engine', () => {
  const { driver } = driven(time, [
    {
      poll: () => 'wait',
      offset() {
        throw new Error('position lost')
      },
      where: () => '',
    },
  ])
  expect(() => driver.progress()).toThrow(expect.objectContaining({ code: 'IO', message: 'source "clicks", split "s0": position lost' }))
})
