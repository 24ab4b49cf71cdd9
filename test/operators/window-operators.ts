// Window operators for tests, as the API would make them: over elements of the kit, with outputs that say key and value.

import { MillraceError } from '../../src/model/errors.ts'
import { operatorId } from '../../src/model/ids.ts'
import { GeneralWindowOperator } from '../../src/operators/general-window.ts'
import type { Operator } from '../../src/operators/operator.ts'
import { planWindow, type WindowPlan } from '../../src/operators/plan-window.ts'
import type { CaseElement, CaseStep } from '../../src/sim/operator-cases.ts'
import { type KitOptions, type OperatorKit, operatorKit } from '../../src/sim/operator-kit.ts'
import { type Assigner, assignerOf, timeOf } from '../../src/windows/assigner.ts'
import { type Evictor, evictorOf } from '../../src/windows/evictor.ts'
import { foldOf, type WindowFunction } from '../../src/windows/fold.ts'
import { defaultLogic, type Trigger, triggerOf } from '../../src/windows/trigger.ts'
import type { AnyWindow } from '../../src/windows/window.ts'

export type TestAssigner = Assigner<never, AnyWindow, boolean>

export interface TestWindow {
  readonly assigner: TestAssigner
  readonly trigger?: Trigger<never> | undefined
  readonly evictor?: Evictor<never> | undefined
  readonly lateness?: number | undefined
}

export interface WindowCase extends TestWindow {
  readonly name: string
  readonly script: readonly CaseStep[]
}

export const inputA: readonly CaseStep[] = ['key2@3999,3000', 'key1@20,0,999', 'key2@1998,1999,1000']

/** Key and value of a sum. */
export interface Sum {
  readonly key: string
  readonly value: number
}

type Of<K extends WindowFunction['kind']> = Extract<WindowFunction, { kind: K }>

/** Sums elements of the kit, in every way that a window's function can be written. */
export const sums: { readonly reduce: Of<'reduce'>; readonly aggregate: Of<'aggregate'>; readonly process: Of<'process'> } = {
  reduce: {
    kind: 'reduce',
    reduce: ((a: CaseElement, b: CaseElement) => ({ ...a, value: Number(a.value) + Number(b.value) })) as never,
  },
  // One that changes its accumulator, as fast ones do.
  aggregate: {
    kind: 'aggregate',
    aggregate: {
      init: () => ({ sum: 0 }),
      add: (acc: { sum: number }, { value }: CaseElement) => {
        acc.sum += Number(value)
        return acc
      },
      merge: (a: { sum: number }, b: { readonly sum: number }) => {
        a.sum += b.sum
        return a
      },
      result: ({ sum }: { sum: number }, { key }: { key: string }) => ({ key, value: sum }),
    } as never,
  },
  process: {
    kind: 'process',
    process: ((elements: readonly CaseElement[], { key }: { key: string }) => [
      { key, value: elements.reduce((sum, { value }) => sum + Number(value), 0) },
    ]) as never,
  },
}

export const show = ({ key, value }: Sum, time: number): string => `${key}=${value}@${time === Number.POSITIVE_INFINITY ? 'MAX' : time}`

export function planned({ assigner, trigger, evictor, lateness }: TestWindow, fn: WindowFunction): WindowPlan {
  return planWindow(operatorId('window'), {
    assigner: assignerOf(assigner),
    trigger: trigger === undefined ? undefined : triggerOf(trigger),
    evictor: evictor === undefined ? undefined : evictorOf(evictor),
    lateness: lateness ?? 0,
    function: fn,
  })
}

/** The operator that the plan chooses. */
export const windowOperator = (window: TestWindow, fn: WindowFunction): Operator => planned(window, fn).factory.create(operatorId('window'))

/** The operator that can do everything, also where a faster one would be chosen. */
export function generalOperator({ assigner, trigger, evictor, lateness }: TestWindow, fn: WindowFunction): Operator {
  const described = assignerOf(assigner)
  const logic = trigger === undefined ? defaultLogic(described)! : triggerOf(trigger).logic(timeOf(described) ?? 'event')
  return new GeneralWindowOperator(operatorId('window'), {
    assigner: described,
    logic,
    evictor: evictor === undefined ? undefined : evictorOf(evictor),
    fold: foldOf(fn),
    lateness: lateness ?? 0,
  })
}

export const keyBy = ({ key }: CaseElement): string => key
export const element = (key: string, value: number | string = 1): CaseElement => ({ key, value, time: 0 })
/** The operator that the plan chooses, in a kit. */
export const kitOf = (window: TestWindow, fn: WindowFunction = sums.aggregate, options: KitOptions = {}): OperatorKit =>
  operatorKit(() => windowOperator(window, fn), { keyBy, ...options })

export const aggregate = (spec: object): WindowFunction => ({ kind: 'aggregate', aggregate: spec as never })

/** Code and message of what is thrown. */
export const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (thrown) {
    return thrown instanceof MillraceError ? `${thrown.code}: ${thrown.message}` : String(thrown)
  }
  return 'nothing was thrown'
}
