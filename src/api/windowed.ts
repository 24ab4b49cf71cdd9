// Windowed streams: what has been said about the windows so far, and from there to the definition of the operator.
//
// Settings give a new draft, so one draft may be gone on from in several ways.

import { toMs } from '../model/duration.ts'
import { operatorId } from '../model/ids.ts'
import { invalid } from '../model/refusals.ts'
import { planWindow } from '../operators/plan-window.ts'
import { type AnyAssigner, assignerOf, assignerText, timeOf } from '../windows/assigner.ts'
import { type EvictorSpec, evictorOf } from '../windows/evictor.ts'
import type { WindowFunction } from '../windows/fold.ts'
import { triggerOf } from '../windows/trigger.ts'
import type { TriggerSpec } from '../windows/trigger-logic.ts'
import { checkAggregator, checkId, checkSynchronous } from './checks.ts'
import type { NewNode } from './graph.ts'

interface Settings {
  readonly assigner: AnyAssigner
  readonly lateness: number
  readonly trigger: TriggerSpec | undefined
  readonly evictor: EvictorSpec | undefined
}

/** Adds the window's node behind the keyBy, and gives its stream. */
export type AddWindow<S> = (id: string, node: Omit<NewNode, 'inputs'>) => S

export class WindowDraft<S> {
  readonly #settings: Settings
  readonly #add: AddWindow<S>

  constructor(settings: Settings, add: AddWindow<S>) {
    this.#settings = settings
    this.#add = add
  }

  static of<S>(assigner: unknown, add: AddWindow<S>): WindowDraft<S> {
    return new WindowDraft({ assigner: assignerOf(assigner as never), lateness: 0, trigger: undefined, evictor: undefined }, add)
  }

  allowedLateness(duration: unknown): WindowDraft<S> {
    const lateness = toMs(duration as never, 'allowedLateness')
    const { assigner } = this.#settings
    if (lateness < 0) throw invalid(`allowedLateness is ${lateness} ms: it must not be negative`)
    if (timeOf(assigner) !== 'event')
      throw invalid(`allowedLateness of ${assignerText(assigner)}: only windows on event time have late records`)
    return new WindowDraft({ ...this.#settings, lateness }, this.#add)
  }

  trigger(trigger: unknown): WindowDraft<S> {
    return new WindowDraft({ ...this.#settings, trigger: triggerOf(trigger as never) }, this.#add)
  }

  evictor(evictor: unknown): WindowDraft<S> {
    return new WindowDraft({ ...this.#settings, evictor: evictorOf(evictor as never) }, this.#add)
  }

  aggregate(id: unknown, spec: unknown): S {
    checkId(id, 'aggregate')
    checkAggregator(spec, `aggregate ${id}`)
    return this.#end(id, { kind: 'aggregate', aggregate: spec as never })
  }

  reduce(id: unknown, fn: unknown): S {
    checkId(id, 'reduce')
    checkSynchronous(fn, `reduce ${id}`)
    return this.#end(id, { kind: 'reduce', reduce: fn as never })
  }

  process(id: unknown, fn: unknown): S {
    checkId(id, 'process')
    checkSynchronous(fn, `process ${id}`, 'await things with asyncMap before or behind it')
    return this.#end(id, { kind: 'process', process: fn as never })
  }

  #end(id: string, fn: WindowFunction): S {
    const { assigner, lateness, trigger, evictor } = this.#settings
    const planned = planWindow(operatorId(id), { assigner, lateness, trigger, evictor, function: fn })
    return this.#add(id, {
      kind: 'window',
      id,
      label: this.#label(fn.kind),
      stateful: true,
      notes: planned.notes,
      needsTime: timeOf(assigner) === 'event',
      firesOnWatermark: true,
      does: { definition: planned.factory },
    })
  }

  #label(fn: string): string {
    const { assigner, lateness, trigger, evictor } = this.#settings
    const parts = [`${fn} over ${assignerText(assigner)}`]
    if (lateness > 0) parts.push(`lateness ${lateness} ms`)
    if (trigger !== undefined) parts.push(`fires ${trigger.text}`)
    if (evictor !== undefined) parts.push(evictor.text)
    return parts.join(', ')
  }
}
