// process: a user's function for each record of a key, with state and timers of that key and with side outputs; on a connected stream
// also with shared state that broadcast records change.
//
// It owns the order: the key is selected, then the user's function runs, then nothing of it works any more. What the function is given is
// made once for the operator, not for each record. An event-time timer fires when a watermark reaches it, carries its own time, and sees
// that watermark; a processing-time timer carries no event time.

import type { OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { KeyedStore } from '../state/keyed-store.ts'
import { type BroadcastSide, openBroadcastSide } from './broadcast-side.ts'
import type { OperatorFactory } from './definition.ts'
import { Emitter } from './emitter.ts'
import { EventClock } from './event-clock.ts'
import type { KeyContext, Operator, OperatorContext, Receive } from './operator.ts'
import { type BroadcastDefinition, checkProcess, checkStates, type ProcessDefinition } from './process-definition.ts'
import { type FiredTimer, TimerService, timersRefused } from './timer-service.ts'

/** A process function on a keyed stream. Throws JOB_INVALID for declarations that do not hold together. */
export function process(definition: ProcessDefinition): OperatorFactory {
  checkProcess(definition)
  return { kind: 'operator', create: (id) => new Process(id, definition, undefined) }
}

/** A process function on a keyed stream and a broadcast stream, which is input 1. Throws JOB_INVALID as `process` does. */
export function keyedConnect(definition: ProcessDefinition & BroadcastDefinition): OperatorFactory {
  checkProcess(definition)
  checkStates(definition.shared)
  return { kind: 'operator', create: (id) => new Process(id, definition, definition) }
}

type UserFunction = (value: unknown, context: unknown) => void

/** Slots that are looked at for expired state with every record. */
const sweptPerRecord = 2

class Process implements Operator {
  readonly id: OperatorId
  readonly inputs: Receive[] = []
  readonly #definition: ProcessDefinition
  readonly #broadcast: BroadcastDefinition | undefined
  readonly #onTimer: UserFunction | undefined
  #context!: OperatorContext
  #keys!: KeyContext
  #store!: KeyedStore
  #clock!: EventClock
  #emitter!: Emitter
  #timers: TimerService | undefined
  #user: unknown
  /** The watermark whose timers are firing; NaN = none. */
  #firing = Number.NaN

  constructor(id: OperatorId, definition: ProcessDefinition, broadcast: BroadcastDefinition | undefined) {
    this.id = id
    this.#definition = definition
    this.#broadcast = broadcast
    this.#onTimer = definition.onTimer?.bind(definition) as UserFunction | undefined
  }

  open(context: OperatorContext): void {
    const { id: operator, maxParallelism, progress, freeze } = context
    this.#context = context
    this.#keys = context.keys!
    this.#clock = new EventClock(context)
    this.#store = new KeyedStore({ operator, maxParallelism, clock: progress, freeze })
    this.#emitter = new Emitter(context, this.#definition)
    const state = this.#store.declare(this.#definition.state ?? {})
    for (const part of this.#store.parts) context.keyedPart(part)
    if (this.#onTimer !== undefined) this.#timers = new TimerService(context, this.#store, this.#definition.timers ?? [])
    const side = this.#broadcast === undefined ? undefined : openBroadcastSide(context, this.#broadcast)
    this.#user = this.#createUserContext(state, side)
    this.inputs.push(this.#createReceive())
    if (side !== undefined) this.inputs.push(side.receive)
  }

  #createUserContext(state: Record<string, unknown>, side: BroadcastSide | undefined): unknown {
    const keys = this.#keys
    const emitter = this.#emitter
    const { progress } = this.#context
    const watermark = (): number => (Number.isNaN(this.#firing) ? this.#clock.watermark : this.#firing)
    const user = {
      state: Object.freeze(state),
      timers: this.#timers?.handle ?? timersRefused(this.id),
      get key() {
        return keys.key
      },
      get timestamp() {
        return emitter.timestamp
      },
      get watermark() {
        return watermark()
      },
      get now() {
        return progress.now
      },
      emit: emitter.emit,
      emitTo: emitter.emitTo,
    }
    // Not spread into a new object: that would read the getters once and for all.
    return Object.freeze(side === undefined ? user : Object.assign(user, { shared: side.view }))
  }

  /** A closure over constants, since it runs for every record. */
  #createReceive(): Receive {
    const store = this.#store
    const emitter = this.#emitter
    const user = this.#user
    const keys = this.#keys
    const context = this.#context
    const onElement = this.#definition.onElement.bind(this.#definition) as UserFunction
    return (value, time) => {
      store.sweep(sweptPerRecord)
      store.select(keys.key, keys.group)
      emitter.time = time
      emitter.running = true
      try {
        onElement(value, user)
      } catch (thrown) {
        throw context.userError(thrown, value, time)
      } finally {
        store.deselect()
        emitter.running = false
      }
    }
  }

  readonly #fire = (timer: FiredTimer): void => {
    const emitter = this.#emitter
    this.#keys.key = this.#store.key
    this.#keys.group = this.#store.group
    emitter.time = timer.time === 'event' ? timer.at : Number.NaN
    emitter.running = true
    try {
      this.#onTimer!(timer, this.#user)
    } catch (thrown) {
      throw this.#context.userError(thrown, timer, emitter.time)
    } finally {
      emitter.running = false
    }
  }

  restored(): void {
    this.#clock.restored()
  }

  onWatermark(time: number, budget: number): boolean {
    if (this.#timers === undefined) return true
    this.#firing = time
    try {
      return this.#timers.fireEvent(time, budget, this.#fire)
    } finally {
      this.#firing = Number.NaN
    }
  }

  onTime(now: number, budget: number): boolean {
    return this.#timers?.fireProcessing(now, budget, this.#fire) ?? true
  }

  nextTime(): number {
    return this.#timers?.nextTime ?? Number.POSITIVE_INFINITY
  }

  onEnd(): boolean {
    this.#timers?.ended()
    return true
  }

  query(key: Key): unknown {
    return this.#store.query(key)
  }
}
