// asyncMap and fork as one machine: order, control, concurrency, timeouts, retries, state. Calls are ended by hand.

import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/model/errors.ts'
import { operatorId } from '../../src/model/ids.ts'
import { type AsyncOrder, type AsyncStepOptions, asyncStep, type LaneDefinition } from '../../src/operators/async-definition.ts'
import { asyncMap, fork } from '../../src/operators/async-map.ts'
import { type Emitted, type KitCall, type KitOptions, OperatorKit } from '../../src/sim/operator-kit.ts'

const never = () => new Promise<never>(() => undefined)
const step = (options: AsyncStepOptions = {}) => asyncStep('lookup', never, options)
const kitOf = (order: AsyncOrder, options: AsyncStepOptions = {}, kit: KitOptions = {}) =>
  new OperatorKit(() => asyncMap(step(options), order).create(operatorId('async')), kit)

/** The open call for a value. */
function callOf(kit: OperatorKit, value: unknown): KitCall {
  const found = kit.calls.filter((call) => call.value === value && call.cancelled === undefined)
  expect(found).toHaveLength(1)
  return found[0]!
}
const finish = (kit: OperatorKit, ...values: number[]) => {
  for (const value of values) kit.complete(callOf(kit, value).id, value * 2)
}
const show = (output: readonly Emitted[]) =>
  output.map((one) => ('value' in one ? `${one.value}@${one.time}` : 'watermark' in one ? `wm${one.watermark}` : one.status))

describe('order', () => {
  const script = (kit: OperatorKit) => kit.record(1, 1).record(2, 2).watermark(2).record(3, 3)

  test.each(['ordered', 'unordered'] as const)('AS1 %s: the watermark keeps its place between the results', (order) => {
    const kit = script(kitOf(order))
    expect(kit.take()).toEqual([])
    finish(kit, 1, 2, 3)
    expect(show(kit.take())).toEqual(['2@1', '4@2', 'wm2', '6@3'])
  })

  test('AS1 ordered: results wait for those before them', () => {
    const kit = script(kitOf('ordered'))
    finish(kit, 3, 2)
    expect(show(kit.take())).toEqual([])
    finish(kit, 1)
    expect(show(kit.take())).toEqual(['2@1', '4@2', 'wm2', '6@3'])
  })

  test('AS2 unordered: results may overtake within a segment between watermarks, never across', () => {
    const kit = script(kitOf('unordered'))
    finish(kit, 3)
    expect(show(kit.take())).toEqual([])
    finish(kit, 2)
    expect(show(kit.take())).toEqual(['4@2'])
    finish(kit, 1)
    expect(show(kit.take())).toEqual(['2@1', 'wm2', '6@3'])
  })

  test('AS3 per-key: results of one key keep their order, others overtake, none crosses a watermark', () => {
    const kit = kitOf('per-key', {}, { keyBy: (n: number) => n % 10 })
    kit.record(1, 1).record(11, 2).record(2, 3).record(21, 4).watermark(5).record(31, 6).record(12, 7)
    finish(kit, 21, 11, 2, 31, 12)
    expect(show(kit.take())).toEqual(['4@3'])
    finish(kit, 1)
    expect(show(kit.take())).toEqual(['2@1', '22@2', '42@4', 'wm5', '62@6', '24@7'])
  })

  test('AS3 per-key order without a key is refused', () => {
    expect(() => kitOf('per-key')).toThrow(/put keyBy in front of it/)
  })

  test('AS4 control goes out at once when nothing is before it; of watermarks with nothing between them the last counts', () => {
    const kit = kitOf('ordered').watermark(1).idle().active()
    expect(show(kit.take())).toEqual(['wm1', 'IDLE', 'ACTIVE'])
    kit.record(1, 5).watermark(2).watermark(3).idle().record(2, 6).active()
    finish(kit, 2)
    expect(show(kit.take())).toEqual([])
    finish(kit, 1)
    expect(show(kit.take())).toEqual(['2@5', 'wm3', 'IDLE', '4@6', 'ACTIVE'])
  })

  test('AS4 the greatest watermark waits for its turn, and the operator has not ended before', () => {
    const kit = kitOf('ordered').record(1, 1).watermark(Number.POSITIVE_INFINITY)
    expect(kit.operator.onEnd!(1)).toBe(false)
    finish(kit, 1)
    expect(show(kit.take())).toEqual(['2@1', 'wmInfinity'])
    expect(kit.operator.onEnd!(1)).toBe(true)
  })
})

describe('concurrency', () => {
  test('AS5 no more calls are in flight than allowed; what is beyond waits and starts in order', () => {
    const kit = kitOf('ordered', { concurrency: 2 }).record(1, 1).record(2, 1).record(3, 1)
    expect(kit.calls.map(({ value }) => value)).toEqual([1, 2])
    expect(kit.ready).toBe(true)
    kit.record(4, 1)
    expect(kit.ready).toBe(false)
    finish(kit, 2)
    expect(kit.calls.map(({ value }) => value)).toEqual([1, 3])
    expect(kit.ready).toBe(false)
    finish(kit, 1)
    expect(kit.calls.map(({ value }) => value)).toEqual([3, 4])
    expect(kit.ready).toBe(true)
  })

  test('AS5 the rest of a turn finds room although the operator wants no more', () => {
    const kit = kitOf('unordered', { concurrency: 1 })
    for (let n = 1; n <= 100; n++) kit.operator.inputs[0]!(n, n)
    expect(kit.calls).toHaveLength(1)
    for (let n = 1; n <= 100; n++) finish(kit, n)
    expect(kit.values).toEqual(Array.from({ length: 100 }, (_, n) => 2 * (n + 1)))
  })
})

describe('timeouts and retries', () => {
  const start = (options: AsyncStepOptions) =>
    kitOf('ordered', { timeoutMs: 10, ...options })
      .time(0)
      .record(1, 0)
      .time(5)
      .record(2, 5)

  test('AS6 a call that takes longer than the timeout fails the attempt by name, and its signal is aborted', () => {
    const kit = start({})
    expect(kit.nextTime).toBe(10)
    expect(() => kit.time(11)).toThrow(
      expect.objectContaining({
        code: 'ASYNC_TIMEOUT',
        fate: 'fault',
        message: expect.stringContaining('no result at event time 0 within') as string,
      }),
    )
    expect(kit.calls.map(({ cancelled }) => (cancelled as MillraceError | undefined)?.code)).toEqual(['ASYNC_TIMEOUT', undefined])
    expect(kit.counters.timeouts).toBe(1)
  })

  test('AS6 or the substitute comes out, and an outcome that comes later does not count', () => {
    const kit = start({ onTimeout: (n: number) => -n })
    const { id } = callOf(kit, 1)
    kit.time(11)
    expect(show(kit.take())).toEqual(['-1@0'])
    kit.complete(id, 2).time(15)
    expect(show(kit.take())).toEqual(['-2@5'])
    expect(kit.nextTime).toBe(Number.POSITIVE_INFINITY)
  })

  test('AS6 completion beats a timeout of the same instant, and leaves no timer', () => {
    const kit = start({})
    const [first, second] = [callOf(kit, 1), callOf(kit, 2)]
    kit.complete(second.id, 4)
    expect(kit.nextTime).toBe(10)
    kit.complete(first.id, 2)
    kit.time(10)
    expect(show(kit.take())).toEqual(['2@0', '4@5'])
    expect(kit.nextTime).toBe(Number.POSITIVE_INFINITY)
  })

  test('AS6 a record that waits for room has its timeout from its first call on', () => {
    const kit = kitOf('ordered', { timeoutMs: 10, concurrency: 1 }).time(0).record(1, 0).record(2, 0).time(8)
    finish(kit, 1)
    expect(kit.nextTime).toBe(18)
    expect(() => kit.time(18)).toThrow(/within its timeout of 10 ms/)
  })

  test('AS8 a failed call is made again after a pause that grows, with the number of the attempt', () => {
    const kit = kitOf('ordered', { retries: 3, backoff: { initialMs: 100, maxMs: 300 } })
      .time(0)
      .record(1, 1)
    const at: number[] = []
    for (let attempt = 1; attempt <= 3; attempt++) {
      const call = callOf(kit, 1)
      expect(call.attempt).toBe(attempt)
      kit.fail(call.id, new Error('no'))
      expect(kit.calls).toEqual([])
      at.push(kit.nextTime)
      kit.time(kit.nextTime)
    }
    expect(at).toEqual([100, 300, 600])
    finish(kit, 1)
    expect(kit.values).toEqual([2])
    expect(kit.counters.retries).toBe(3)
    expect(kit.nextTime).toBe(Number.POSITIVE_INFINITY)
  })

  test('AS8 the place of a call that pauses is free for another', () => {
    const kit = kitOf('unordered', { retries: 1, concurrency: 1 }).time(0).record(1, 1).record(2, 2)
    kit.fail(callOf(kit, 1).id, new Error('no'))
    expect(kit.calls.map(({ value }) => value)).toEqual([2])
    kit.time(100)
    expect(kit.calls.map(({ value }) => value)).toEqual([2])
    finish(kit, 2, 1)
    expect(kit.values).toEqual([4, 2])
  })

  test.each([
    { what: 'while it pauses', timeoutMs: 250 },
    { what: 'while it is called', timeoutMs: 220 },
  ])('AS8 retries stop at the timeout, $what', ({ timeoutMs }) => {
    const kit = kitOf('ordered', { retries: 5, backoff: { initialMs: 100, factor: 1 }, timeoutMs, onTimeout: () => 'late' })
      .time(0)
      .record(1, 1)
    const fails = timeoutMs === 250 ? 3 : 2
    for (let attempt = 0; attempt < fails; attempt++) {
      kit.fail(callOf(kit, 1).id, new Error('no'))
      kit.time(Math.min(kit.nextTime, timeoutMs))
    }
    kit.time(timeoutMs)
    expect(kit.values).toEqual(['late'])
    expect(kit.nextTime).toBe(Number.POSITIVE_INFINITY)
    expect(kit.time(10_000).calls.filter(({ cancelled }) => cancelled === undefined)).toEqual([])
  })

  test('AS8 a record that waits for room to be called again can time out there', () => {
    const kit = kitOf('unordered', { retries: 1, concurrency: 1, timeoutMs: 150, onTimeout: (n: number) => -n })
    kit.time(0).record(1, 1).record(2, 2)
    kit.fail(callOf(kit, 1).id, new Error('no'))
    kit.time(100).time(150)
    expect(kit.values).toEqual([-1, -2])
    expect(
      kit
        .record(3, 3)
        .calls.filter(({ cancelled }) => cancelled === undefined)
        .map(({ value }) => value),
    ).toEqual([3])
  })

  test('AS9 an error fails the attempt at once, not when its turn comes, naming key and time', () => {
    const kit = kitOf('ordered', {}, { keyBy: (n: number) => `k${n}` })
      .record(1, 10)
      .record(2, 20)
    expect(() => kit.fail(callOf(kit, 2).id, new Error('no such user'))).toThrow(/operator async, key k2, at 20: no such user/)
    const retried = kitOf('ordered', { retries: 1 }).time(0).record(1, 10)
    retried.fail(callOf(retried, 1).id, new Error('first')).time(100)
    expect(() => retried.fail(callOf(retried, 1).id, new Error('second'))).toThrow(/second/)
    const substitute = () => {
      throw new Error('no substitute')
    }
    expect(() => kitOf('ordered', { timeoutMs: 1, onTimeout: substitute }).time(0).record(1, 1).time(1)).toThrow(/no substitute/)
  })

  test('AS9 options that make no sense are refused', () => {
    expect(() => step({ concurrency: 0 })).toThrow(/concurrency is 0/)
    expect(() => step({ timeoutMs: 0 })).toThrow(/timeout is 0 ms/)
    expect(() => step({ onTimeout: () => 1 })).toThrow(/onTimeout without a timeout/)
    expect(() => step({ retries: -1 })).toThrow(/retries is -1/)
    expect(() => step({ backoff: { initialMs: -1 } })).toThrow(/back-off pause is negative/)
    expect(() => step({ backoff: { factor: 0.5 } })).toThrow(/factor is 0.5/)
    expect(step()).toMatchObject({
      concurrency: 64,
      retries: 0,
      timeoutMs: undefined,
      backoff: { initialMs: 100, factor: 2, maxMs: 10_000 },
    })
  })
})

describe('state', () => {
  const keyed: KitOptions = { keyBy: (n: number) => n % 10, maxParallelism: 8 }

  test.each([
    { how: 'keyed', options: keyed },
    { how: 'not keyed', options: {} },
  ])('AS10 $how: what is in the queue is called again after a restore, in its order, complete or not, before new input', ({ options }) => {
    const kit = kitOf('ordered', { concurrency: 3 }, options).record(1, 1).record(2, Number.NaN).record(11, 3).watermark(3).record(4, 4)
    finish(kit, 2)
    kit.restore(kit.snapshot())
    expect(kit.calls.map(({ value }) => value)).toEqual([1, 2, 11])
    finish(kit, 1, 2, 11, 4)
    expect(show(kit.take())).toEqual(['2@1', '4@NaN', '22@3', '8@4', 'wm3'])
  })

  test('AS10 a snapshot that is copied late is the queue at its beginning', () => {
    const kit = kitOf('ordered', {}, keyed).record(1, 1).record(2, 2).record(3, 3)
    const open = kit.openSnapshot()
    open.copy(1)
    finish(kit, 1, 2, 3)
    kit.record(4, 4)
    const restored = kitOf('ordered', {}, keyed).restore(open.finish())
    expect(restored.calls.map(({ value }) => value)).toEqual([1, 2, 3])
  })

  test('AS11 keyed records go with their key group, those of one key in their order', () => {
    const kit = kitOf('per-key', {}, keyed)
    const values = Array.from({ length: 40 }, (_, n) => n)
    for (const n of values) kit.record(n, n)
    const snapshot = kit.snapshot()
    const parts = [0, 1, 2].map((subtask) =>
      kitOf('per-key', {}, { ...keyed, subtask, parallelism: 3 }).restore(snapshot, { subtask, parallelism: 3 }),
    )
    const called = parts.map(({ calls }) => calls.map(({ value }) => value as number))
    expect(called.flat().sort((a, b) => a - b)).toEqual(values)
    for (const mine of called)
      for (const n of mine) expect(mine.filter((other) => other % 10 === n % 10)).toEqual(values.filter((other) => other % 10 === n % 10))
  })

  test('AS11 others are dealt round robin, in their order', () => {
    const kit = kitOf('ordered')
    for (let n = 0; n < 5; n++) kit.record(n, n)
    const snapshot = kit.snapshot()
    const parts = [0, 1].map((subtask) => kitOf('ordered', {}, { subtask, parallelism: 2 }).restore(snapshot, { subtask, parallelism: 2 }))
    expect(parts.map(({ calls }) => calls.map(({ value }) => value))).toEqual([
      [0, 2, 4],
      [1, 3],
    ])
  })

  test('AS12 a watermark in the queue is dropped, the one let out comes again first, and of several the least counts', () => {
    const at = (subtask: number) => kitOf('ordered', {}, { ...keyed, subtask, parallelism: 2 })
    const [slow, fast] = [at(0), at(1)]
    slow.watermark(10).record(1, 15).watermark(20)
    fast.watermark(18).record(2, 19).watermark(20)
    const kit = kitOf('ordered', {}, keyed)
    kit.restore([slow.snapshot(), fast.snapshot()], { subtask: 0, parallelism: 1 })
    expect(show(kit.take())).toEqual(['wm10'])
    finish(kit, 1)
    finish(kit, 2)
    expect(show(kit.take()).sort()).toEqual(['2@15', '4@19', 'wm20'])
    expect(show(kit.output).at(-1)).toBe('wm20')
  })

  test('AS12 after a restore the watermark that was out goes before the first record, in every order', () => {
    for (const order of ['ordered', 'unordered'] as const) {
      const kit = kitOf(order).watermark(7).record(1, 9)
      const fresh = kitOf(order).restore(kit.snapshot())
      finish(fresh, 1)
      expect(show(fresh.take())).toEqual(['wm7', '2@9'])
    }
  })
})

describe('fork', () => {
  const lanes = (options: AsyncStepOptions = {}): LaneDefinition[] => [
    {
      name: 'double',
      steps: [
        { kind: 'map', fn: (n: number) => `d${n}` },
        asyncStep('first', never, options),
        { kind: 'map', fn: (text: string) => `${text}!` },
        asyncStep('second', never),
      ],
    },
    { name: 'same', steps: [] },
    { name: 'half', steps: [asyncStep('third', never)] },
  ]
  const kitWith = (order: AsyncOrder, options: AsyncStepOptions = {}) =>
    new OperatorKit(() => fork(lanes(options), order).create(operatorId('fork')))

  test('AS13 every record goes through all lanes at once, and comes out joined when each has its result', () => {
    const kit = kitWith('ordered').record(6, 1)
    expect(kit.calls.map(({ value }) => value).sort()).toEqual([6, 'd6'])
    kit.complete(callOf(kit, 'd6').id, 'D')
    kit.complete(callOf(kit, 'D!').id, 'E')
    expect(kit.values).toEqual([])
    kit.complete(callOf(kit, 6).id, 3)
    expect(kit.output).toEqual([{ value: { input: 6, double: 'E', same: 6, half: 3 }, time: 1 }])
  })

  test('AS13 a timeout of one step gives its substitute to the rest of its lane', () => {
    const kit = kitWith('unordered', { timeoutMs: 10, onTimeout: (text: string) => `no ${text}` })
      .time(0)
      .record(6, 1)
    kit.complete(callOf(kit, 6).id, 3)
    kit.time(10)
    kit.complete(callOf(kit, 'no d6!').id, 'E')
    expect(kit.values).toEqual([{ input: 6, double: 'E', same: 6, half: 3 }])
  })

  test('AS13 a restore begins the lanes of a record again', () => {
    const kit = kitWith('ordered').record(6, 1)
    kit.complete(callOf(kit, 'd6').id, 'D')
    kit.restore(kit.snapshot())
    expect(kit.calls.map(({ value }) => value).sort()).toEqual([6, 'd6'])
  })

  test('AS13 lanes without a call join at once, a function that throws fails the attempt, and names must differ', () => {
    const plain = new OperatorKit(() =>
      fork([{ name: 'x', steps: [{ kind: 'map', fn: (n: number) => n + 1 }] }], 'ordered').create(operatorId('fork')),
    )
    expect(plain.record(1, 2).watermark(3).output).toEqual([{ value: { input: 1, x: 2 }, time: 2 }, { watermark: 3 }])
    const fn = () => {
      throw new Error('lane broke')
    }
    const broken = new OperatorKit(() => fork([{ name: 'x', steps: [{ kind: 'map', fn }] }], 'ordered').create(operatorId('fork')))
    expect(() => broken.record(1, 2)).toThrow(/operator fork at 2: lane broke/)
    expect(() => fork([], 'ordered')).toThrow(/no lanes/)
    expect(() => fork([{ name: 'input', steps: [] }], 'ordered')).toThrow(/input is the record's/)
    expect(() =>
      fork(
        [
          { name: 'a', steps: [] },
          { name: 'a', steps: [] },
        ],
        'ordered',
      ),
    ).toThrow(MillraceError)
  })
})
