// Sinks that end in a function of the user's, or in nothing.

import { MillraceError, messageOf } from '../../model/errors.ts'
import type { Sink, SinkContext } from '../../ports/sink.ts'

/**
 * Calls a function with each record, one after the other in each subtask; a promise that it returns is waited for before the next.
 *
 * At-least-once: after a restart it is called again for the records since the last checkpoint. What it does should bear that, such as an
 * upsert by key. What it throws fails the attempt. Where the job runs on threads, it is called in the process's main thread.
 */
export function forEach<T>(fn: (record: T) => void | PromiseLike<void>): Sink<T> {
  if (typeof fn !== 'function') throw new MillraceError('JOB_INVALID', 'forEach(fn) takes a function of the record')
  return {
    '~type': undefined as never,
    describe: fn.name === '' ? 'forEach' : `forEach ${fn.name}`,
    guarantee: 'at-least-once',
    inProcess: true,
    writer: (context) => ({
      write: (values, length) => callEach(fn, values, 0, length, context),
      prepare: () => [],
    }),
  }
}

/** Stays synchronous for as long as the function does. */
function callEach<T>(
  fn: (record: T) => void | PromiseLike<void>,
  values: readonly T[],
  from: number,
  length: number,
  context: SinkContext,
): void | PromiseLike<void> {
  for (let i = from; i < length; i++) {
    let result: void | PromiseLike<void>
    try {
      result = fn(values[i]!)
    } catch (thrown) {
      throw failed(thrown, context)
    }
    if (result === undefined) continue
    const rest = values.slice(i + 1, length)
    return result.then(
      () => callEach(fn, rest, 0, rest.length, context),
      (thrown) => {
        throw failed(thrown, context)
      },
    )
  }
}

const failed = (thrown: unknown, { operator }: SinkContext): MillraceError =>
  thrown instanceof MillraceError
    ? thrown
    : new MillraceError('USER_CODE', `sink ${operator}: forEach threw: ${messageOf(thrown)}`, { cause: thrown, operator })

/** Takes records and does nothing with them: ends a branch that is there for its state, its counters or a measurement. */
export function discard(): Sink<unknown> {
  return {
    '~type': undefined as never,
    describe: 'discard',
    guarantee: 'exactly-once',
    writer: () => ({ write: () => undefined, prepare: () => [] }),
  }
}
