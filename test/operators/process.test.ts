// process: what its function is given, what it emits, how its errors are named, and its answers to an ask.

import { describe, expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import type { Key } from '../../src/model/key.ts'
import { process } from '../../src/operators/process.ts'
import type { ProcessDefinition } from '../../src/operators/process-definition.ts'
import type { FiredTimer, TimersHandle } from '../../src/operators/timer-service.ts'
import { type CaseElement, runCases } from '../../src/sim/operator-cases.ts'
import { type KitOptions, operatorKit } from '../../src/sim/operator-kit.ts'
import { type ListState, list, type ValueState, value } from '../../src/state/declarations.ts'

interface Context {
  readonly key: Key
  readonly state: { readonly total: ValueState<number>; readonly seen: ListState<number> }
  readonly timers: TimersHandle
  readonly timestamp: number | undefined
  readonly watermark: number
  readonly now: number
  emit(v: unknown): void
  emitTo(name: string, v: unknown): void
}

const keyBy = (element: CaseElement): string => element.key
const create = (definition: ProcessDefinition) => () => process(definition).create(operatorId('p'))
const kitOf = (definition: ProcessDefinition, options: KitOptions = {}) => operatorKit(create(definition), { keyBy, ...options })
const element = (key: string, n: number): CaseElement => ({ key, value: n, time: 0 })

/** Sums up until a second of event time has passed without a record. */
const quietSums: ProcessDefinition = {
  state: { total: value(0), seen: list<number>() },
  timers: ['quiet'],
  outputs: { big: {} },
  onElement({ value: n, time }: CaseElement, { state, timers, emitTo }: Context) {
    const last = state.seen.get().at(-1)
    if (last !== undefined) timers.cancel(last + 1_000, 'quiet')
    timers.eventTime(time + 1_000, 'quiet')
    state.seen.add(time)
    state.total.set(state.total.get() + Number(n))
    if (Number(n) > 100) emitTo('big', n)
  },
  onTimer({ name }: FiredTimer, { key, state, emit }: Context) {
    emit(`${key} ${name} ${state.total.get()} of ${state.seen.size}`)
    state.total.clear()
    state.seen.clear()
  },
}

describe('process', () => {
  test('OP1 state, timers and outputs work together, whatever is restored when', () => {
    runCases([
      {
        name: 'quiet sums',
        create: create(quietSums),
        ordered: true,
        control: true,
        script: [
          'k=1@0',
          'j=10@100',
          'k=2@900',
          ['wm1100', 'j quiet 10 of 1@1100', 'wm1100'],
          'k=3@1800',
          ['wm2799', 'wm2799'],
          ['wm2800', 'k quiet 6 of 3@2800', 'wm2800'],
          'k=9@3000',
          ['end', 'k quiet 9 of 1@4000', 'wmInfinity'],
        ],
      },
    ])
  })

  test('OP2 what is emitted has the time of the record or of the event-time timer, on side outputs too', () => {
    const kit = kitOf(
      {
        outputs: { alerts: {} },
        onElement: ({ time }: CaseElement, { timers, emit, emitTo }: Context) => {
          emit('record')
          emitTo('alerts', 'record')
          timers.eventTime(time + 5)
          timers.processingTime(50)
        },
        onTimer: ({ time }: FiredTimer, { emit, emitTo }: Context) => {
          emit(time)
          emitTo('alerts', time)
        },
      },
      { sides: ['alerts'] },
    )
    kit.record({ key: 'k', value: 1, time: 10 }, 10).watermark(20).time(50)
    const due = [
      { value: 'record', time: 10 },
      { value: 'event', time: 15 },
      { value: 'processing', time: Number.NaN },
    ]
    expect(kit.side('alerts')).toEqual(due)
    expect(kit.output.filter((emitted) => 'value' in emitted)).toEqual(due)
  })

  test('OP3 the function sees key, timestamp, watermark and clock of the moment', () => {
    const seen: unknown[] = []
    const kit = kitOf({
      onElement: (_: unknown, { key, timestamp, watermark, now }: Context) => {
        seen.push({ key, timestamp, watermark, now })
      },
    })
    kit.record(element('a', 1), 7).watermark(5).time(99).record(element('b', 1))
    expect(seen).toEqual([
      { key: 'a', timestamp: 7, watermark: Number.NEGATIVE_INFINITY, now: 0 },
      { key: 'b', timestamp: undefined, watermark: 5, now: 99 },
    ])
  })

  test('OP3 behind a restore a key sees the watermark that its group had reached', () => {
    const seen: number[] = []
    const definition: ProcessDefinition = { onElement: (_: unknown, { watermark }: Context) => void seen.push(watermark) }
    const ahead = kitOf(definition, { subtask: 0, parallelism: 2 }).watermark(100)
    const behind = kitOf(definition, { subtask: 1, parallelism: 2 }).watermark(40)
    const one = kitOf(definition).restore([ahead.snapshot(), behind.snapshot()], { subtask: 0, parallelism: 1 })
    for (let i = 0; i < 40; i++) one.record(element(`k${i}`, 1))
    expect(new Set(seen)).toEqual(new Set([40, 100]))
  })

  test('OP4 what the function throws is an error of its operator, key and time, in timers too', () => {
    const definition: ProcessDefinition = {
      onElement: ({ value: n }: CaseElement, { timers }: Context) => {
        if (n === 0) throw new Error('zero')
        timers.eventTime(30)
      },
      onTimer: () => {
        throw new Error('too late')
      },
    }
    expect(() => kitOf(definition).record(element('k', 0), 12)).toThrow('operator p, key k, at 12: zero')
    expect(() => kitOf(definition).record(element('k', 1)).record(element('j', 1)).watermark(30)).toThrow(/key [jk], at 30: too late/)
  })

  test('OP4 an output that is not declared is refused by name', () => {
    const kit = kitOf({ outputs: { a: {} }, onElement: (_: unknown, { emitTo }: Context) => emitTo('b', 1) }, { sides: ['a', 'b'] })
    expect(() => kit.record(element('k', 1))).toThrow('emitTo names output "b", which is not declared: there are a')
  })

  test('OP5 an ask gives a copy of the state of a key, or undefined where there is none', () => {
    const kit = kitOf(quietSums, { sides: ['big'] }).record({ key: 'k', value: 5, time: 3 })
    const answer = kit.query('k')
    expect(answer).toEqual({ total: 5, seen: [3] })
    kit.record({ key: 'k', value: 5, time: 4 })
    expect(answer).toEqual({ total: 5, seen: [3] })
    expect(kit.query('j')).toBeUndefined()
    expect(
      kitOf({ onElement: () => undefined })
        .record(element('k', 1))
        .query('k'),
    ).toBeUndefined()
  })

  test('OP6 timers fire in slices of the budget, and the watermark waits for the last', () => {
    const kit = kitOf({
      onElement: (_: unknown, { timers }: Context) => timers.eventTime(5),
      onTimer: (_: unknown, { key, emit }: Context) => emit(key),
    })
    for (let i = 0; i < 10; i++) kit.record(element(`k${i}`, 1))
    const { operator } = kit
    expect(operator.onWatermark!(5, 4)).toBe(false)
    expect(kit.values).toHaveLength(4)
    expect(operator.onWatermark!(5, 4)).toBe(false)
    expect(operator.onWatermark!(5, 4)).toBe(true)
    expect(kit.values).toHaveLength(10)
  })
})
