// asyncMap under random interleavings: records, watermarks, outcomes in any order, failures, time, restores and rescales anywhere, compared
// with what every order promises.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { operatorId } from '../../src/model/ids.ts'
import { type AsyncOrder, asyncStep } from '../../src/operators/async-definition.ts'
import { asyncMap } from '../../src/operators/async-map.ts'
import { type Emitted, OperatorKit } from '../../src/sim/operator-kit.ts'
import { KitSubtasks } from './kit-subtasks.ts'

interface Item {
  readonly n: number
  readonly key: number
}

type Action =
  | { readonly kind: 'record'; readonly key: number; readonly ahead: number }
  | { readonly kind: 'watermark' | 'idle' | 'restore' }
  | { readonly kind: 'complete' | 'fail'; readonly which: number }
  | { readonly kind: 'time'; readonly ms: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('record' as const), key: fc.nat(2), ahead: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('watermark' as const, 'idle' as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('complete' as const, 'fail' as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 40, 100) }) },
)
const withRestores = fc.oneof({ weight: 14, arbitrary: action }, { weight: 1, arbitrary: fc.constant<Action>({ kind: 'restore' }) })

const never = () => new Promise<never>(() => undefined)
const step = asyncStep('lookup', never, {
  concurrency: 3,
  timeoutMs: 150,
  retries: 50,
  backoff: { initialMs: 30 },
  onTimeout: (item: Item) => item,
})

/** Everything gets its outcome; then the input ends. */
function settle(kit: OperatorKit): void {
  for (let rounds = 0; kit.operator.onEnd!(1) === false; rounds++) {
    if (rounds > 500) throw new Error('the queue never empties')
    for (const { id, value, cancelled } of [...kit.calls].reverse()) if (cancelled === undefined) kit.complete(id, value)
    kit.time(kit.now + 50)
  }
  kit.end()
}

class Script {
  readonly kit: OperatorKit
  readonly given: (Item & { readonly time: number; readonly after: number })[] = []
  watermark = 0

  constructor(order: AsyncOrder) {
    this.kit = new OperatorKit(() => asyncMap(step, order).create(operatorId('async')), {
      keyBy: ({ key }: Item) => key,
      maxParallelism: 8,
    })
  }

  act(action: Action): void {
    const { kit } = this
    const open = kit.calls.filter(({ cancelled }) => cancelled === undefined)
    if (action.kind === 'record' && kit.ready) {
      const item = { n: this.given.length, key: action.key }
      const time = this.watermark + 1 + action.ahead
      this.given.push({ ...item, time, after: this.watermark })
      kit.record(item, time)
    } else if (action.kind === 'watermark') kit.watermark((this.watermark += 3))
    else if (action.kind === 'idle') kit.idle().active()
    else if (action.kind === 'restore') kit.restore(kit.snapshot())
    else if (action.kind === 'time') kit.time(kit.now + action.ms)
    else if (action.kind === 'complete' && open.length > 0) {
      const { id, value } = open[action.which % open.length]!
      kit.complete(id, value)
    } else if (action.kind === 'fail' && open.length > 0) kit.fail(open[action.which % open.length]!.id, new Error('again'))
    const inFlight = kit.calls.filter(({ cancelled }) => cancelled === undefined).length
    expect(inFlight).toBeLessThanOrEqual(3)
  }
}

const valuesOf = (output: readonly Emitted[]) => output.flatMap((one) => ('value' in one ? [one.value as Item] : []))

/** Before a record comes the watermark that was given before it: after a restore perhaps a lesser one, never a greater. */
function checkWatermarks({ kit, given }: Script, restored: boolean): void {
  let watermark = 0
  for (const one of kit.output) {
    if ('watermark' in one) watermark = one.watermark
    if (!('value' in one)) continue
    const { after, time } = given[(one.value as Item).n]!
    expect(one.time).toBe(time)
    if (restored) expect(watermark).toBeLessThanOrEqual(after)
    else expect(watermark).toBe(after)
  }
}

test.each(['ordered', 'per-key', 'unordered'] as const)(
  'AS14 %s: no record is lost or doubled, control keeps its place, order holds, no timer is left',
  (order) => {
    fc.assert(
      fc.property(fc.array(withRestores, { maxLength: 80 }), (actions) => {
        const script = new Script(order)
        for (const one of actions) script.act(one)
        settle(script.kit)
        const { output } = script.kit
        const out = valuesOf(output)
        const numbers = out.map(({ n }) => n)
        expect([...numbers].sort((a, b) => a - b)).toEqual(script.given.map(({ n }) => n))
        if (order === 'ordered') expect(numbers).toEqual(script.given.map(({ n }) => n))
        if (order === 'per-key') {
          for (const key of [0, 1, 2]) {
            const mine = out.filter((item) => item.key === key).map(({ n }) => n)
            expect(mine).toEqual([...mine].sort((a, b) => a - b))
          }
        }
        checkWatermarks(
          script,
          actions.some(({ kind }) => kind === 'restore'),
        )
        expect(output.filter((one) => 'watermark' in one).at(-1)).toEqual({ watermark: Number.POSITIVE_INFINITY })
        expect(script.kit.nextTime).toBe(Number.POSITIVE_INFINITY)
      }),
      { numRuns: 400 },
    )
  },
)

test('AS15 keyed, over rescales at any moment: no record is lost or doubled, those of one key keep their order', () => {
  const options = { keyBy: ({ key }: Item) => key, maxParallelism: 8 }
  const create = (order: AsyncOrder) => () => asyncMap(step, order).create(operatorId('async'))
  fc.assert(
    fc.property(fc.constantFrom<AsyncOrder>('ordered', 'per-key'), fc.array(fc.nat(20), { maxLength: 80 }), (order, choices) => {
      const subtasks = new KitSubtasks(create(order), options)
      let n = 0
      const given: Item[] = []
      for (const choice of choices) {
        if (choice < 9) {
          const item = { n: n++, key: choice % 4 }
          if (!subtasks.ofKey(item.key).ready) continue
          given.push(item)
          subtasks.ofKey(item.key).record(item, n)
        } else if (choice < 18) {
          const { kits } = subtasks
          const kit = kits[choice % kits.length]!
          const call = kit.calls[choice % Math.max(1, kit.calls.length)]
          if (call !== undefined) kit.complete(call.id, call.value)
        } else subtasks.rescale(choice - 17)
      }
      for (const kit of subtasks.kits) settle(kit)
      const out = subtasks.output.map(({ value }) => value as Item)
      const ofKey = (items: readonly Item[], key: number) => items.filter((item) => item.key === key).map((item) => item.n)
      for (const key of [0, 1, 2, 3]) expect(ofKey(out, key)).toEqual(ofKey(given, key))
    }),
    { numRuns: 300 },
  )
})
