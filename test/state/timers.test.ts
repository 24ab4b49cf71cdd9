// Timers: cases as data, and any use of them against a plain model with snapshots and other parallelisms.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import { type Key, keyGroupOf, subtaskOfGroup } from '../../src/model/key.ts'
import type { Operator } from '../../src/operators/operator.ts'
import { process } from '../../src/operators/process.ts'
import type { FiredTimer, TimersHandle } from '../../src/operators/timer-service.ts'
import type { KitSnapshot, OpenKitSnapshot } from '../../src/sim/kit-snapshot.ts'
import { type CaseElement, runCase } from '../../src/sim/operator-cases.ts'
import { OperatorKit, operatorKit } from '../../src/sim/operator-kit.ts'

interface TimerContext {
  readonly key: Key
  readonly timers: TimersHandle
  readonly timestamp: number | undefined
  readonly watermark: number
  readonly now: number
  emit(v: unknown): void
}

type OnTimer = (timer: FiredTimer, context: TimerContext) => void

const say: OnTimer = ({ at, name, time }, { key, emit }) => emit(`${key}:${name ?? ''}${time === 'event' ? '' : '!'}${at}`)

/** Text commands: 'a10' sets timer a at 10, '!5' an unnamed one in processing time, '~a10' takes it back. */
function command(text: string, timers: TimersHandle): void {
  const [, sign, name, at] = /^([~!]?)([a-z]*)(-?\d+)$/.exec(text)!
  const named = name === '' ? undefined : name
  if (sign === '~') timers.cancel(Number(at), named)
  else if (sign === '!') timers.processingTime(Number(at), named)
  else timers.eventTime(Number(at), named)
}

const create =
  (onTimer: OnTimer = say) =>
  (): Operator =>
    process({
      timers: ['a', 'b', 'c'],
      onElement: ({ value }: CaseElement, { timers }: TimerContext) => {
        for (const text of String(value).split('+')) command(text, timers)
      },
      onTimer,
    }).create(operatorId('timers'))

const show = (said: string, time: number): string => (Number.isNaN(time) ? said : `${said}@${time}`)
const base = { create: create(), show, ordered: true, control: true } as const

describe('timers', () => {
  test('TM1 two keys and two names at one time are four timers', () => {
    runCase({
      name: 'timers',
      ...base,
      ordered: false,
      script: [
        'k1=a10',
        'k1=b10',
        'k2=a10',
        'k2=b10',
        ['wm9', 'wm9'],
        ['wm10', 'k1:a10@10', 'k1:b10@10', 'k2:a10@10', 'k2:b10@10', 'wm10'],
        ['wm20', 'wm20'],
      ],
    })
  })

  test('TM1 the same key, name and time twice is one timer, also behind a restore', () => {
    runCase({
      name: 'timers',
      ...base,
      script: [
        'k=a10',
        'k=a10',
        'restore',
        'k=a10',
        'k=10',
        'k=10',
        ['wm10', 'k:10@10', 'k:a10@10', 'wm10'],
        'k=a10',
        ['wm11', 'k:a10@10', 'wm11'],
      ],
    })
  })

  test('TM2 timers fire in the order of their times, those of one time in the order of their declaration, before the watermark goes on', () => {
    runCase({
      name: 'timers',
      ...base,
      script: [
        'k=30',
        'k=c10',
        'k=20',
        'k=a10',
        'k=-5',
        'k=b10',
        'k=10',
        ['wm20', 'k:-5@-5', 'k:10@10', 'k:a10@10', 'k:b10@10', 'k:c10@10', 'k:20@20', 'wm20'],
        ['wm30', 'k:30@30', 'wm30'],
      ],
    })
  })

  test('TM3 a timer that was taken back does not fire; the others do', () => {
    runCase({
      name: 'timers',
      ...base,
      script: ['k=a10+b10+a20', 'j=a11', 'k=~a10', 'k=~c10', ['wm30', 'k:b10@10', 'j:a11@11', 'k:a20@20', 'wm30']],
    })
  })

  test('TM4 a processing-time timer fires when the clock reaches it, once, without event time; taking back takes both kinds', () => {
    runCase({
      name: 'timers',
      ...base,
      script: [
        't100',
        'k=!150+!a160+!b170+a160',
        ['t149'],
        ['t150', 'k:!150'],
        'k=~a160',
        ['t5000', 'k:b!170'],
        ['wm1000', 'wm1000'],
        ['t6000'],
      ],
    })
  })

  test('TM5 a timer behind the watermark fires with the next one', () => {
    runCase({
      name: 'timers',
      ...base,
      script: [['wm100', 'wm100'], ['k=50'], ['wm101', 'k:50@50', 'wm101']],
    })
  })

  test('TM6 a timer that is set by a timer fires under the same watermark if that has reached it', () => {
    runCase({
      name: 'timers',
      ...base,
      create: create(({ at, name, time }, context) => {
        say({ at, name, time }, context)
        if (at < 40) context.timers.eventTime(at + 10, name)
      }),
      script: ['k=a10', ['wm25', 'k:a10@10', 'k:a20@20', 'wm25'], ['wm30', 'k:a30@30', 'wm30'], ['end', 'k:a40@40', 'wmInfinity']],
    })
  })

  test('TM7 at the end of input a timer that sets itself again stops after a round, and a chain of names goes to its end', () => {
    runCase({
      name: 'timers',
      ...base,
      create: create(({ at, name, time }, context) => {
        say({ at, name, time }, context)
        context.timers.eventTime(at + 10, name === 'a' ? 'b' : name === 'b' ? 'c' : name)
      }),
      script: ['k=10+a10', ['end', 'k:10@10', 'k:a10@10', 'k:b20@20', 'k:c30@30', 'wmInfinity']],
    })
  })

  test('TM7 timers that are refused at the end, and those that wait for processing time, are counted', () => {
    const forever = create(({ at }, { timers }) => timers.eventTime(at + 1))
    const kit = operatorKit(forever, { keyBy: (element: CaseElement) => element.key })
    kit.record({ key: 'k', value: '10+20+!99', time: 0 } satisfies CaseElement).end()
    expect(kit.counters).toEqual({ 'timers refused at the end': 2, 'timers waiting at the end': 1 })
  })

  test('TM8 a timer sees the watermark that made it fire, its own time, and the clock', () => {
    const seen: unknown[] = []
    const watch = create((_, { watermark, timestamp, now }) => seen.push({ watermark, timestamp, now }))
    const kit = operatorKit(watch, { keyBy: (element: CaseElement) => element.key }).time(7)
    kit
      .record({ key: 'k', value: '10+!8', time: 0 } satisfies CaseElement)
      .watermark(15)
      .time(9)
    expect(seen).toEqual([
      { watermark: 15, timestamp: 10, now: 7 },
      { watermark: 15, timestamp: undefined, now: 9 },
    ])
  })

  test('TM9 a timer that cannot be is refused by name', () => {
    const kit = () => operatorKit(create(), { keyBy: (element: CaseElement) => element.key })
    expect(() => kit().record({ key: 'k', value: 'x10', time: 0 })).toThrow(
      'operator timers: timer "x" is not declared: declared are a, b, c',
    )
    const broken = () =>
      process({ onElement: (_: unknown, { timers }: TimerContext) => timers.eventTime(Number.NaN), onTimer: () => undefined }).create(
        operatorId('op'),
      )
    expect(() => operatorKit(broken, { keyBy: () => 1 }).record(0)).toThrow('a timer at NaN is not possible')
    const deaf = () => process({ onElement: (_: unknown, { timers }: TimerContext) => timers.eventTime(1) }).create(operatorId('op'))
    expect(() => operatorKit(deaf, { keyBy: () => 1 }).record(0)).toThrow('has no onTimer for it to call')
    expect(() => process({ timers: ['a', 'a'], onElement: () => undefined, onTimer: () => undefined })).toThrow(
      'timer "a" is declared twice',
    )
    expect(() => process({ timers: ['a'], onElement: () => undefined })).toThrow('there is no onTimer')
  })

  test('TM9 a saved timer whose name the job no longer declares is refused by name', () => {
    const saved = operatorKit(create(), { keyBy: (element: CaseElement) => element.key })
      .record({ key: 'k', value: 'a10', time: 0 })
      .snapshot()
    const other = () => process({ onElement: () => undefined, onTimer: () => undefined }).create(operatorId('timers'))
    expect(() => operatorKit(other, { keyBy: () => 1 }).restore(saved)).toThrow('operator timers: a timer named "a" was saved')
  })
})

const maxParallelism = 8
const keys: readonly Key[] = [1, 2, 3, 'a', 'b', 4.5, 9n]

type Action =
  | { readonly do: 'command'; readonly key: Key; readonly text: string }
  | { readonly do: 'watermark' | 'clock'; readonly by: number }
  | { readonly do: 'begin' | 'copy' | 'finish' }
  | { readonly do: 'restore'; readonly parallelism: number }

const text = fc
  .tuple(fc.constantFrom('', '', '', '~', '!'), fc.constantFrom('', 'a', 'b'), fc.integer({ min: 0, max: 30 }))
  .map(([sign, name, at]) => `${sign}${name}${at}`)
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('command' as const), key: fc.constantFrom(...keys), text }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('watermark' as const, 'clock' as const), by: fc.nat(6) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('begin' as const, 'copy' as const, 'copy' as const, 'finish' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), parallelism: fc.integer({ min: 1, max: 4 }) }) },
)

/** Timers as texts in sets. */
interface Model {
  watermark: number
  event: Set<string>
  processing: Set<string>
}

class World {
  model: Model = { watermark: 0, event: new Set(), processing: new Set() }
  now = 0
  #kits: readonly OperatorKit[] = [this.#kit(0, 1)]
  #open: { readonly snapshots: readonly OpenKitSnapshot[]; readonly model: Model } | undefined
  #saved: { readonly cuts: readonly KitSnapshot[]; readonly model: Model } | undefined

  #kit(subtask: number, parallelism: number): OperatorKit {
    return new OperatorKit(create(), {
      keyBy: (element: CaseElement) => element.key,
      maxParallelism,
      subtask,
      parallelism,
      budget: 2,
    }).time(this.now)
  }

  act(action: Action): void {
    switch (action.do) {
      case 'command':
        this.#command(action.key, action.text)
        break
      case 'watermark':
        this.model.watermark += action.by
        for (const kit of this.#kits) kit.watermark(this.model.watermark)
        this.#expectFired(this.model.event, this.model.watermark)
        break
      case 'clock':
        this.now += action.by
        for (const kit of this.#kits) kit.time(this.now)
        this.#expectFired(this.model.processing, this.now)
        break
      case 'begin':
        this.#open ??= { snapshots: this.#kits.map((kit) => kit.openSnapshot()), model: structuredClone(this.model) }
        break
      case 'copy':
        for (const open of this.#open?.snapshots ?? []) open.copy(1)
        break
      case 'finish':
        if (this.#open !== undefined) this.#saved = { cuts: this.#open.snapshots.map((open) => open.finish()), model: this.#open.model }
        this.#open = undefined
        break
      case 'restore':
        this.#restore(action.parallelism)
    }
  }

  #command(key: Key, text: string): void {
    const kit = this.#kits[subtaskOfGroup(keyGroupOf(key, maxParallelism), maxParallelism, this.#kits.length)]!
    kit.record({ key, value: text, time: 0 })
    const timer = `${String(key)}:${text.replace(/^[~!]/, '')}`
    if (text.startsWith('!')) this.model.processing.add(timer)
    else if (text.startsWith('~')) {
      this.model.event.delete(timer)
      this.model.processing.delete(timer)
    } else this.model.event.add(timer)
  }

  #expectFired(timers: Set<string>, upTo: number): void {
    const due = [...timers].filter((timer) => Number(/\d+$/.exec(timer)![0]) <= upTo)
    for (const timer of due) timers.delete(timer)
    const fired = this.#kits.flatMap((kit) =>
      kit.take().flatMap((emitted) => ('value' in emitted ? String(emitted.value).replace('!', '') : [])),
    )
    expect(fired.sort()).toEqual(due.sort())
  }

  #restore(parallelism: number): void {
    this.act({ do: 'finish' })
    if (this.#saved === undefined) return
    const { cuts, model } = this.#saved
    this.#kits = Array.from({ length: parallelism }, (_, subtask) => this.#kit(subtask, parallelism).restore(cuts))
    this.model = structuredClone(model)
    // What was due when the snapshot was taken, or has become due since, fires at once.
    for (const kit of this.#kits) kit.take()
    for (const kind of ['event', 'processing'] as const) {
      const upTo = kind === 'event' ? this.model.watermark : this.now
      this.model[kind] = new Set([...this.model[kind]].filter((timer) => kind === 'processing' || Number(/\d+$/.exec(timer)![0]) > upTo))
    }
  }
}

test('TM10 timers are what a plain model says, a cut holds those at its beginning, and groups move with their keys', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const world = new World()
      for (const one of actions) world.act(one)
      world.act({ do: 'watermark', by: 100 })
      world.act({ do: 'clock', by: 100 })
    }),
    { seed: 3, numRuns: 300 },
  )
})
