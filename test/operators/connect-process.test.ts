// Connected streams: shared state that broadcast records change and the others read.

import { describe, expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import { connect } from '../../src/operators/connect-process.ts'
import { keyedConnect } from '../../src/operators/process.ts'
import type { TimersHandle } from '../../src/operators/timer-service.ts'
import { type CaseElement, runCases } from '../../src/sim/operator-cases.ts'
import { operatorKit } from '../../src/sim/operator-kit.ts'
import { list, type MapState, map, type ValueState, value } from '../../src/state/declarations.ts'

interface View {
  readonly limits: ReadonlyMap<string, number>
  readonly scale: number
  readonly log: readonly string[]
}

interface Handles {
  readonly limits: MapState<string, number>
  readonly scale: ValueState<number>
  readonly log: { add(v: string): void }
}

const shared = () => ({ limits: map<string, number>(), scale: value(1), log: list<string>() })

const onBroadcast = ({ key, value: n }: CaseElement, { shared, emit }: { shared: Handles; emit(v: string): void }): void => {
  if (key === 'scale') shared.scale.set(Number(n))
  else if (n === 0) shared.limits.delete(key)
  else shared.limits.set(key, Number(n))
  shared.log.add(key)
  emit(`rule ${key}`)
}

const verdict = ({ key, value: n }: CaseElement, { limits, scale, log }: View): string => {
  const over = Number(n) * scale > (limits.get(key) ?? Number.POSITIVE_INFINITY)
  return `${key} ${over ? 'over' : 'ok'} ${limits.size}/${[...limits.keys()].join('')}/${log.length}`
}

const plain = () =>
  connect({
    shared: shared(),
    onElement: (element: CaseElement, { shared, emit }: { shared: View; emit(v: string): void }) => emit(verdict(element, shared)),
    onBroadcast,
  }).create(operatorId('flag'))

interface KeyedContext {
  readonly shared: View
  readonly state: { readonly count: ValueState<number> }
  readonly timers: TimersHandle
  readonly key: string
  emit(v: string): void
}

const keyed = () =>
  keyedConnect({
    shared: shared(),
    state: { count: value(0) },
    onElement: (element: CaseElement, { shared, state, timers, emit }: KeyedContext) => {
      state.count.set(state.count.get() + 1)
      timers.eventTime(10)
      emit(`${verdict(element, shared)} #${state.count.get()}`)
    },
    onTimer: (_: unknown, { key, shared, state, emit }: KeyedContext) => emit(`${key} ${state.count.get()} x${shared.scale}`),
    onBroadcast,
  }).create(operatorId('flag'))

describe('connected streams', () => {
  test('OP9 broadcast records change the shared state, and the others see it, with restores anywhere', () => {
    runCases([
      {
        name: 'plain',
        create: plain,
        options: { keyBy: undefined },
        ordered: true,
        show: (said: string, time) => `${said}@${time}`,
        script: [
          ['a=5@1', 'a ok 0//0@1'],
          ['1:a=3@2', 'rule a@2'],
          ['1:b=9@2', 'rule b@2'],
          ['a=5@3', 'a over 2/ab/2@3'],
          ['b=5@3', 'b ok 2/ab/2@3'],
          ['1:scale=2@4', 'rule scale@4'],
          ['b=5@5', 'b over 2/ab/3@5'],
          ['1:a=0@6', 'rule a@6'],
          ['a=5@7', 'a ok 1/b/4@7'],
        ],
      },
      {
        name: 'keyed',
        create: keyed,
        options: { keyBy: [(element: CaseElement) => element.key, undefined] },
        ordered: true,
        show: (said: string, time) => `${said}@${time}`,
        script: [
          ['1:a=3@2', 'rule a@2'],
          ['a=5@3', 'a over 1/a/1 #1@3'],
          ['1:scale=4@4', 'rule scale@4'],
          ['a=1@5', 'a over 1/a/2 #2@5'],
          ['wm10', 'a 2 x4@10'],
        ],
      },
    ])
  })

  test('OP10 every new subtask takes one of the old copies', () => {
    const old = [0, 1].map((subtask) => operatorKit(plain, { subtask, parallelism: 2 }).record({ key: 'a', value: 3 }, 0, 1))
    const snapshots = old.map((kit) => kit.snapshot())
    for (const parallelism of [1, 3]) {
      for (let subtask = 0; subtask < parallelism; subtask++) {
        const kit = operatorKit(plain).restore(snapshots, { subtask, parallelism })
        expect(kit.record({ key: 'a', value: 5 }).values).toEqual(['a over 1/a/1'])
      }
    }
  })

  test('OP11 shared state cannot be written by the side that only reads it', () => {
    const kept: Handles[] = []
    const attempt = (write: (shared: View) => void) => () => {
      const create = () =>
        connect({
          shared: shared(),
          onElement: (_: unknown, context: { shared: View }) => write(context.shared),
          onBroadcast: () => undefined,
        })
      operatorKit(() => create().create(operatorId('flag'))).record(1)
    }
    expect(attempt(({ limits }) => void (limits as Map<string, number>).set('a', 1))).toThrow(/not a function/)
    expect(attempt((shared) => void ((shared as { scale: number }).scale = 1))).toThrow(/scale/)
    const leaking = connect({
      shared: shared(),
      onElement: () => kept[0]!.scale.set(2),
      onBroadcast: (_: unknown, { shared }: { shared: Handles }) => void kept.push(shared),
    })
    const kit = operatorKit(() => leaking.create(operatorId('flag'))).record(0, 0, 1)
    expect(() => kit.record(1)).toThrow('state scale was used outside of onBroadcast (in onElement it is read-only)')
  })

  test('ST7 shared state has versions too, and a state that the job no longer declares is refused by name', () => {
    const saved = operatorKit(plain).record({ key: 'a', value: 3 }, 0, 1).snapshot()
    const of = (states: Parameters<typeof connect>[0]['shared']) =>
      operatorKit(() =>
        connect({
          shared: states,
          onElement: (_: unknown, { shared, emit }: { shared: View; emit(v: unknown): void }) => emit([...shared.limits]),
          onBroadcast: () => undefined,
        }).create(operatorId('flag')),
      )
    const migrated = of({ ...shared(), limits: map<string, number>({ version: 2, migrate: (n) => Number(n) * 10 }) })
      .restore(saved)
      .record(1)
    expect(migrated.values).toEqual([[['a', 30]]])
    expect(() => of({ limits: map<string, number>(), scale: value(1) }).restore(saved)).toThrow(
      'operator flag: shared state list.log was saved, and the job declares no such state',
    )
  })
})
