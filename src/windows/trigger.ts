// The triggers that the engine brings, and the way in for a user's own. Their rules are those of Flink's triggers of the same names.
//
// It owns no state and no timers: see trigger-logic.ts for the contract.

import { type Duration, toMs } from '../model/duration.ts'
import { watermarkMax } from '../model/elements.ts'
import { MillraceError } from '../model/errors.ts'
import type { AnyAssigner, WindowTime } from './assigner.ts'
import { fires, type TriggerContext, type TriggerLogic, type TriggerResult, type TriggerSpec } from './trigger-logic.ts'
import type { CountWindow } from './window.ts'

export interface Trigger<in T> {
  readonly '~type': (e: T) => void
}

export interface EveryOptions {
  /** The clock that it goes by; that of the windows unless set ('event' for global and count windows). */
  time?: WindowTime | undefined
}

export const trigger = {
  /** Fires when the watermark reaches the end of the window, and again at once for each late element that is still allowed. */
  eventTime: (): Trigger<unknown> => make({ text: 'at the end of the window', byEnd: 'event', atEnd: false, logic: () => eventTimeLogic }),

  /** Fires when the clock reaches the end of the window. */
  processingTime: (): Trigger<unknown> =>
    make({ text: 'at the end of the window, by the clock', byEnd: 'processing', atEnd: false, logic: () => processingTimeLogic }),

  /** Fires at every `n`th element of a window. */
  count(n: number): Trigger<unknown> {
    if (!Number.isSafeInteger(n) || n <= 0) throw invalid(`trigger.count(${n}) needs a positive number of elements`)
    return make({ text: `every ${n} elements`, byEnd: undefined, atEnd: false, logic: () => countLogic(n) })
  },

  /** Fires at multiples of `d`, once where the clock passes several of them at a time, and at the end of the window. */
  every(d: Duration, o: EveryOptions = {}): Trigger<unknown> {
    const ms = toMs(d, 'the interval of trigger.every')
    if (ms <= 0) throw invalid(`trigger.every(${ms} ms) needs a positive interval`)
    const logic = (time: WindowTime): TriggerLogic<never, unknown> =>
      typed((o.time ?? time) === 'event' ? everyEventTime(ms) : everyProcessingTime(ms))
    return make({ text: `every ${ms} ms`, byEnd: undefined, atEnd: false, logic })
  },

  /** Fires as `t` does, and lets the contents go each time: results are differences, not totals. */
  purging<T>(t: Trigger<T>): Trigger<T> {
    const inner = triggerOf(t)
    return make({ text: `${inner.text}, purging`, byEnd: undefined, atEnd: inner.atEnd, logic: (time) => purgingLogic(inner.logic(time)) })
  },

  /** Fires once, when the stream ends; for global windows. */
  end: (): Trigger<unknown> => make({ text: 'at the end of the stream', byEnd: undefined, atEnd: true, logic: () => endLogic }),

  /** A trigger of your own. One logic object serves all windows: what it remembers goes into `context.state`. */
  custom: <T = unknown, S = undefined>(logic: TriggerLogic<T, S>): Trigger<T> =>
    make({ text: 'by a trigger of the job', byEnd: undefined, atEnd: false, logic: () => typed(logic) }),
} as const

/** The rule inside a trigger. */
export function triggerOf(t: Trigger<never>): TriggerSpec {
  const spec = t as unknown as Partial<TriggerSpec> | undefined
  if (spec?.logic === undefined)
    throw invalid('this is no trigger: make it with trigger.count, .every, .purging, .end, .eventTime, .processingTime or .custom')
  return spec as TriggerSpec
}

const make = <T>(spec: TriggerSpec): Trigger<T> => Object.freeze(spec) as unknown as Trigger<T>
const invalid = (message: string): MillraceError => new MillraceError('JOB_INVALID', message)
const typed = <T, S>(logic: TriggerLogic<T, S>): TriggerLogic<never, unknown> => logic as unknown as TriggerLogic<never, unknown>

/** The trigger of windows for which the job names none; undefined where there is no sensible one. */
export function defaultLogic(assigner: AnyAssigner): TriggerLogic<never, unknown> | undefined {
  if (assigner.kind === 'global') return undefined
  if (assigner.kind === 'count') return completeLogic
  return assigner.time === 'event' ? eventTimeLogic : processingTimeLogic
}

const stateless = { init: () => undefined, merge: () => undefined }

const eventTimeLogic: TriggerLogic<never, unknown> = {
  ...stateless,
  onElement(_element, _time, context) {
    if (context.lastTime <= context.watermark) return 'fire'
    context.eventTimer(context.lastTime)
    return 'continue'
  },
  onEventTime: (at, context) => (at === context.lastTime ? 'fire' : 'continue'),
  // A window that is past its end when it merges fires in onElement, which follows.
  onMerge(context) {
    if (context.lastTime > context.watermark) context.eventTimer(context.lastTime)
  },
}

const processingTimeLogic: TriggerLogic<never, unknown> = {
  ...stateless,
  onElement(_element, _time, context) {
    context.processingTimer(context.lastTime)
    return 'continue'
  },
  onProcessingTime: () => 'fire',
  onMerge(context) {
    context.processingTimer(context.lastTime)
  },
}

const countLogic = (n: number): TriggerLogic<never, unknown> =>
  typed<never, number>({
    init: () => 0,
    onElement(_element, _time, context) {
      if (++context.state < n) return 'continue'
      context.state = 0
      return 'fire'
    },
    merge: (a, b) => a + b,
  })

/** Of count windows: fires with the last element. */
const completeLogic: TriggerLogic<never, unknown> = typed<never, number>({
  init: () => 0,
  onElement(_element, _time, context) {
    const { from, to } = context.window as CountWindow
    return ++context.state === to - from ? 'fire' : 'continue'
  },
})

/** When the next firing is due; undefined = none is arranged. */
type Next = number | undefined

const earlier = (a: Next, b: Next): Next => (a === undefined ? b : b === undefined ? a : Math.min(a, b))
const multipleBelow = (time: number, interval: number): number => Math.floor(time / interval) * interval

function everyEventTime(interval: number): TriggerLogic<never, Next> {
  // The multiple is remembered also where it lies behind the end of the window: a session may yet grow.
  const arrange = (multiple: number, context: TriggerContext<Next>): void => {
    context.state = multiple
    if (multiple < context.lastTime) context.eventTimer(multiple)
  }
  return {
    init: () => undefined,
    onElement(_element, time, context) {
      if (context.lastTime <= context.watermark) return 'fire'
      context.eventTimer(context.lastTime)
      if (context.state !== undefined) return 'continue'
      if (!Number.isFinite(time))
        throw new MillraceError('USER_CODE', `trigger.every goes by event time, and a record came with the timestamp ${time}`)
      arrange(multipleBelow(time, interval) + interval, context)
      return 'continue'
    },
    // Multiples that one watermark jumps over are one firing: the contents are the same. The end, if it is reached too, follows by itself.
    onEventTime(at, context) {
      if (at === context.lastTime) return 'fire'
      if (at !== context.state || context.watermark >= context.lastTime) return 'continue'
      arrange(multipleBelow(Math.max(at, context.watermark), interval) + interval, context)
      return 'fire'
    },
    merge: earlier,
    onMerge(context) {
      if (context.lastTime > context.watermark) context.eventTimer(context.lastTime)
      if (context.state !== undefined) arrange(context.state, context)
    },
  }
}

function everyProcessingTime(interval: number): TriggerLogic<never, Next> {
  const arrange = (from: number, context: TriggerContext<Next>): void => {
    context.state = Math.min(from + interval, context.lastTime)
    context.processingTimer(context.state)
  }
  return {
    init: () => undefined,
    onElement(_element, _time, context) {
      if (context.state === undefined) arrange(multipleBelow(context.now, interval), context)
      return 'continue'
    },
    onProcessingTime(at, context) {
      if (at !== context.state) return 'continue'
      context.state = undefined
      if (at < context.lastTime) arrange(multipleBelow(Math.max(at, context.now), interval), context)
      return 'fire'
    },
    merge: earlier,
    onMerge(context) {
      if (context.state !== undefined) context.processingTimer(context.state)
    },
  }
}

const endLogic: TriggerLogic<never, unknown> = {
  ...stateless,
  onElement(_element, _time, context) {
    context.eventTimer(watermarkMax)
    return 'continue'
  },
  onEventTime: (at) => (at === watermarkMax ? 'fire' : 'continue'),
  onMerge(context) {
    context.eventTimer(watermarkMax)
  },
}

function purgingLogic(inner: TriggerLogic<never, unknown>): TriggerLogic<never, unknown> {
  const purged = (result: TriggerResult): TriggerResult => (fires(result) ? 'fire-and-purge' : result)
  return {
    ...inner,
    onElement: (element, time, context) => purged(inner.onElement(element, time, context)),
    onEventTime: (at, context) => purged(inner.onEventTime?.(at, context) ?? 'continue'),
    onProcessingTime: (at, context) => purged(inner.onProcessingTime?.(at, context) ?? 'continue'),
  }
}
