// Chooses the operator for a window, when the job is built: the fastest one that gives the same results, and refuses what makes no sense.
//
// It owns that choice and its reasons, which `plan` shows as notes. The rules of the definitions themselves are in src/windows.

import { MillraceError } from '../model/errors.ts'
import type { OperatorId } from '../model/ids.ts'
import { type AnyAssigner, assignerText, mergesWindows, timeOf } from '../windows/assigner.ts'
import type { EvictorSpec } from '../windows/evictor.ts'
import { type Fold, foldOf, type WindowFunction } from '../windows/fold.ts'
import { SliceLayout } from '../windows/slices.ts'
import { defaultLogic } from '../windows/trigger.ts'
import type { TriggerSpec } from '../windows/trigger-logic.ts'
import { ClockWindowOperator } from './clock-window.ts'
import type { Combinable, OperatorFactory } from './definition.ts'
import { GeneralWindowOperator } from './general-window.ts'
import type { Operator } from './operator.ts'
import { SessionWindowOperator } from './session-window.ts'
import { SlicedWindowOperator } from './sliced-window.ts'

export interface WindowDefinition {
  readonly assigner: AnyAssigner
  /** Undefined = the default of the assigner. */
  readonly trigger?: TriggerSpec | undefined
  readonly evictor?: EvictorSpec | undefined
  /** Allowed lateness, ms. */
  readonly lateness: number
  readonly function: WindowFunction
}

export interface WindowPlan {
  readonly path: 'sliced' | 'session' | 'general'
  /** What a reader of the plan should know: which way the windows go, and what makes them cost more than they need to. */
  readonly notes: readonly string[]
  readonly factory: OperatorFactory
}

/**
 * Plans one window operator.
 * @throws JOB_INVALID, naming the operator, for combinations that never fire, lose elements or cannot merge
 */
export function planWindow(id: OperatorId, definition: WindowDefinition): WindowPlan {
  const { assigner, trigger, evictor, lateness } = definition
  const fold = foldOf(definition.function)
  check(id, definition, fold)
  const logic = trigger?.logic(timeOf(assigner) ?? 'event') ?? defaultLogic(assigner)!
  if (mergesWindows(assigner) && logic.merge === undefined) {
    throw invalid(id, `its trigger has no merge, and ${assignerText(assigner)} merge: give the trigger merge(a, b) for its states`)
  }
  if (evictor === undefined && isByEnd(definition)) {
    if (assigner.kind === 'session') {
      return plan('session', [], (operator) => new SessionWindowOperator(operator, { gap: assigner.gap, fold, lateness }))
    }
    const sliced = slicedPlan(assigner, fold, lateness)
    if (sliced !== undefined) return sliced
  }
  return plan(
    'general',
    generalNotes(definition, fold),
    (operator) => new GeneralWindowOperator(operator, { assigner, logic, evictor, fold, lateness }),
  )
}

function slicedPlan(assigner: AnyAssigner, fold: Fold, lateness: number): WindowPlan | undefined {
  if (assigner.kind !== 'tumbling' && assigner.kind !== 'sliding') return undefined
  const layout = new SliceLayout(assigner)
  const overlaps = layout.size !== layout.slide
  if (overlaps && fold.merge === undefined) return undefined
  const notes = overlaps
    ? [fold.kind === 'process' ? 'keeps each record once, in slices' : 'each record updates one slice, which all its windows share']
    : []
  if (timeOf(assigner) === 'processing') return plan('sliced', notes, (operator) => new ClockWindowOperator(operator, { layout, fold }))
  const combinable = fold.kind !== 'process' && fold.merge !== undefined ? { layout, fold } : undefined
  return plan('sliced', notes, (operator) => new SlicedWindowOperator(operator, { layout, fold, lateness }), combinable)
}

/** Whether windows fire at their ends, by their own clock, and only then. Sessions by the clock of the machine are not. */
const isByEnd = ({ assigner, trigger }: WindowDefinition): boolean => {
  const time = timeOf(assigner)
  if (time === undefined || (time === 'processing' && assigner.kind === 'session')) return false
  return trigger === undefined || trigger.byEnd === time
}

function check(id: OperatorId, { assigner, trigger, lateness }: WindowDefinition, fold: Fold): void {
  const text = assignerText(assigner)
  if (!Number.isSafeInteger(lateness) || lateness < 0)
    throw invalid(id, `an allowed lateness of ${lateness} ms is not usable: it must be whole ms, 0 or more`)
  if (lateness > 0 && timeOf(assigner) !== 'event') {
    throw invalid(id, `allowed lateness means nothing for ${text}: only windows in event time have late records`)
  }
  if (assigner.kind === 'global' && trigger === undefined) {
    throw invalid(id, 'the global window never ends, so it never fires: give it a trigger, such as trigger.count(n) or trigger.end()')
  }
  if (trigger?.atEnd === true && assigner.kind !== 'global') {
    throw invalid(id, `trigger.end() never fires for ${text}, which go before the stream ends: use it with global()`)
  }
  if (mergesWindows(assigner) && fold.merge === undefined) {
    throw invalid(id, `its aggregate has no merge, and ${text} merge: give it merge(a, b)`)
  }
}

function generalNotes({ assigner, trigger, evictor, function: { kind } }: WindowDefinition, fold: Fold): string[] {
  const notes: string[] = []
  const overlap = assigner.kind === 'sliding' || assigner.kind === 'count' ? Math.ceil(assigner.size / assigner.slide) : 1
  if (overlap > 1) notes.push(`each record updates ${overlap} windows because ${overlapReason(assigner, trigger, evictor, fold)}`)
  if (evictor !== undefined && kind !== 'process') notes.push(`keeps every record because of its evictor, which ${evictor.text}`)
  return notes
}

function overlapReason(assigner: AnyAssigner, trigger: TriggerSpec | undefined, evictor: EvictorSpec | undefined, fold: Fold): string {
  if (assigner.kind === 'count') return 'windows by number are not sliced'
  if (evictor !== undefined) return 'an evictor chooses for each window'
  if (trigger !== undefined && trigger.byEnd === undefined) return `each has its own trigger (${trigger.text})`
  return fold.merge === undefined ? 'aggregate has no merge' : 'each has its own trigger'
}

const plan = (
  path: WindowPlan['path'],
  notes: readonly string[],
  create: (id: OperatorId) => Operator,
  combinable?: Combinable,
): WindowPlan => ({
  path,
  notes,
  factory: { kind: 'operator', create, combinable },
})

const invalid = (id: OperatorId, why: string): MillraceError => new MillraceError('JOB_INVALID', `window ${id}: ${why}`, { operator: id })
