// asyncMap and fork: one synchronous machine. A record enters the queue and goes through its lanes, step by step; calls are started
// through the context and their outcomes come back as `onCompleted`; results leave the queue in the operator's order.
//
// Watermarks and idleness stand in the queue with the records, so none overtakes a record. Records beyond the calls that are allowed in
// flight wait in the queue; when it holds twice as many as may be in flight, `ready` says no, and the rest of the turn's records still
// finds room. What fails, fails the attempt at once, not when the record's turn comes.

import type { Control } from '../model/elements.ts'
import { MillraceError } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import { type Key, whose } from '../model/key.ts'
import { StepCalls } from './async-calls.ts'
import type { AsyncOrder, LaneDefinition } from './async-definition.ts'
import { ResultQueue } from './async-queue.ts'
import { inputOf, LaneRun, type Run } from './async-run.ts'
import { DealtQueueState, KeyedQueueState, OutputWatermark, type QueueState } from './async-state.ts'
import type { HoldsWatermarks, KeyContext, Operator, OperatorContext, Receive } from './operator.ts'

type LaneMap = (value: unknown) => unknown

/** Exactly one of the two. */
interface Step {
  readonly calls: StepCalls | undefined
  readonly map: LaneMap | undefined
}

/** Makes what is emitted out of the record and the results of its lanes. */
export type JoinLanes = (input: unknown, results: readonly unknown[]) => unknown

export class AsyncOperator implements Operator, HoldsWatermarks {
  readonly id: OperatorId
  readonly inputs: readonly Receive[]
  readonly #definitions: readonly LaneDefinition[]
  readonly #order: AsyncOrder
  /** Undefined: one lane, whose result is emitted as it is. */
  readonly #join: JoinLanes | undefined
  readonly #outputWatermark: OutputWatermark
  /** Records in the queue from which on no more are wanted. */
  readonly #capacity: number
  #lanes: readonly (readonly Step[])[] = []
  #steps: readonly StepCalls[] = []
  #context!: OperatorContext
  #keys: KeyContext | undefined
  #queue!: ResultQueue
  #state!: QueueState
  #forward: (control: Control) => void = () => undefined

  constructor(id: OperatorId, lanes: readonly LaneDefinition[], order: AsyncOrder, join: JoinLanes | undefined) {
    this.id = id
    this.#definitions = lanes
    this.#order = order
    this.#join = join
    const room = lanes.flatMap(({ steps }) => steps.map((step) => (step.kind === 'async' ? step.concurrency : 0)))
    this.#capacity = 2 * Math.max(1, ...room)
    this.#outputWatermark = new OutputWatermark(id)
    this.inputs = [(value, time) => this.#receive(value, time)]
  }

  open(context: OperatorContext): void {
    this.#context = context
    this.#keys = context.keys
    this.#queue = new ResultQueue(this.#order, context, (control) => this.#pass(control))
    this.#lanes = this.#definitions.map(({ steps }) =>
      steps.map((step) => ({
        calls: step.kind === 'async' ? new StepCalls(step, context.calls, context.progress) : undefined,
        map: step.kind === 'map' ? (step.fn as LaneMap) : undefined,
      })),
    )
    this.#steps = this.#lanes.flatMap((lane) => lane.flatMap(({ calls }) => calls ?? []))
    context.operatorPart(this.#outputWatermark)
    if (context.keys !== undefined) {
      const state = new KeyedQueueState(this.id, this.#queue, context.maxParallelism)
      context.keyedPart(state)
      this.#state = state
      return
    }
    if (this.#order === 'per-key') {
      throw new MillraceError('JOB_INVALID', `${this.id} keeps order per key, but its input has no key: put keyBy in front of it`, {
        operator: this.id,
      })
    }
    const state = new DealtQueueState(this.id, this.#queue)
    context.operatorPart(state)
    this.#state = state
  }

  holdWatermarks(forward: (control: Control) => void): void {
    this.#forward = forward
  }

  /** The watermark that had left goes first, then the records, as calls. Nothing leaves yet: operators behind may not be restored. */
  restored(): void {
    const { restored } = this.#outputWatermark
    if (restored > Number.NEGATIVE_INFINITY) this.#queue.hold({ kind: 'WATERMARK', time: restored })
    for (const { input, time, key, group } of this.#state.takeRestored()) this.#begin(input, time, key, group)
  }

  onWatermark(time: number): boolean {
    this.#queue.addControl({ kind: 'WATERMARK', time })
    return true
  }

  onStatus(control: Control): void {
    this.#queue.addControl(control)
  }

  ready(): boolean {
    return this.#queue.length < this.#capacity
  }

  onCompleted(ticket: object, ok: boolean, outcome: unknown): void {
    const run = ticket as Run
    const step = run.calls!
    step.landed(run)
    if (ok) {
      step.leave(run)
      run.step++
      this.#advance(run, outcome)
    } else if (step.retry(run)) this.#context.count('retries', 1)
    else throw this.#failure(run, outcome)
  }

  /** Calls begin behind the outcomes and not between them: V8 inlines only so much into one function, and both together are more. */
  onCompletedAll(): void {
    for (const step of this.#steps) step.fill()
  }

  nextTime(): number {
    let next = Number.POSITIVE_INFINITY
    for (const step of this.#steps) next = Math.min(next, step.nextTime())
    return next
  }

  onTime(now: number): boolean {
    for (const step of this.#steps) {
      for (let run = step.takeExpired(now); run !== undefined; run = step.takeExpired(now)) this.#timeOut(run, step)
      step.endPauses(now)
    }
    return true
  }

  onEnd(): boolean {
    return this.#queue.length === 0
  }

  #receive(value: unknown, time: number): void {
    const keys = this.#keys
    if (keys === undefined) this.#begin(value, time, '', -1)
    else this.#begin(value, time, keys.key, keys.group)
  }

  #begin(input: unknown, time: number, key: Key, group: number): void {
    const lanes = this.#lanes.length
    const entry = this.#queue.add(input, time, key, group, lanes)
    if (this.#join !== undefined) {
      entry.results = new Array(lanes)
      for (let lane = 1; lane < lanes; lane++) this.#advance(new LaneRun(entry, lane), input)
    }
    this.#advance(entry, input)
  }

  /** Takes a run with what the step before gave, or the record, to its next call or to the end of its lane. */
  #advance(run: Run, value: unknown): void {
    const lane = this.#lanes[run.lane]!
    for (; run.step < lane.length; run.step++) {
      const { calls, map } = lane[run.step]!
      if (calls !== undefined) {
        if (run.step > 0) run.value = value
        calls.enter(run)
        return
      }
      value = this.#user(run, map!, value)
    }
    const { entry } = run
    const { results } = entry
    if (results !== undefined) results[run.lane] = value
    if (--entry.pending > 0) return
    this.#queue.complete(entry, results === undefined ? value : this.#join!(entry.input, results))
  }

  #timeOut(run: Run, step: StepCalls): void {
    this.#context.count('timeouts', 1)
    const { onTimeout } = step.definition
    if (onTimeout === undefined) throw this.#failure(run, step.timeoutError(whose(this.#keys && run.entry.key, run.entry.time)))
    const value = this.#user(run, onTimeout as LaneMap, inputOf(run))
    run.step++
    this.#advance(run, value)
  }

  #user(run: Run, fn: LaneMap, value: unknown): unknown {
    try {
      return fn(value)
    } catch (thrown) {
      throw this.#failure(run, thrown)
    }
  }

  #failure(run: Run, thrown: unknown): Error {
    const { entry } = run
    if (this.#keys !== undefined) {
      this.#keys.key = entry.key
      this.#keys.group = entry.group
    }
    return this.#context.userError(thrown, entry.input, entry.time)
  }

  #pass(control: Control): void {
    if (control.kind === 'WATERMARK') this.#outputWatermark.time = control.time
    this.#forward(control)
  }
}
