// What a window that fires gives to the next operator: one value, or everything that a process function yields.
//
// It owns the calls of the job's functions at a firing, so that what they throw carries operator, key and the window's time.

import type { Key } from '../model/key.ts'
import type { Fold } from '../windows/fold.ts'
import type { AnyWindow } from '../windows/window.ts'
import type { OperatorContext } from './operator.ts'

/** Emits the result of one window of the key in hand. `owned`: the accumulator is given up. */
export type EmitWindow = (acc: unknown, key: Key, window: AnyWindow, time: number, owned: boolean) => void

export function windowOutput(fold: Fold, context: OperatorContext): EmitWindow {
  const { output } = context
  const call = (acc: unknown, key: Key, window: AnyWindow, time: number, owned: boolean): unknown => {
    try {
      return fold.result(acc, key, window, owned)
    } catch (thrown) {
      throw context.userError(thrown, undefined, time)
    }
  }
  if (fold.kind !== 'process') return (acc, key, window, time, owned) => output(call(acc, key, window, time, owned), time)
  return (acc, key, window, time, owned) => {
    const iterator = (call(acc, key, window, time, owned) as Iterable<unknown>)[Symbol.iterator]()
    for (;;) {
      let item: IteratorResult<unknown>
      try {
        item = iterator.next()
      } catch (thrown) {
        throw context.userError(thrown, undefined, time)
      }
      if (item.done === true) return
      output(item.value, time)
    }
  }
}
