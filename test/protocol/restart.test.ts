// Restarts: back-off and budget as tables of failures in time, and records that fail every attempt.

import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../src/model/errors.ts'
import { attempt, type OperatorId } from '../../src/model/ids.ts'
import { poisonRecordsNamedMax } from '../../src/model/limits.ts'
import { FailurePolicy } from '../../src/protocol/failure-policy.ts'
import { PoisonCounter } from '../../src/protocol/poison.ts'
import { RestartBudget, type RestartPolicy } from '../../src/protocol/restart.ts'

const base: RestartPolicy = {
  firstMs: undefined,
  initialMs: 1,
  factor: 2,
  maxMs: 9,
  resetAfterMs: 80,
  jitter: 0,
  restarts: 100,
  withinMs: 1e9,
}

/** Pauses for failures at these times; `r` before a time: it runs again since then. */
function pauses(policy: Partial<RestartPolicy>, script: string, dice = 0.5): string {
  const budget = new RestartBudget({ ...base, ...policy })
  const said: string[] = []
  for (const word of script.split(' ')) {
    if (word.startsWith('r')) budget.running(Number(word.slice(1)))
    else {
      const decision = budget.failed(Number(word), dice)
      said.push(decision.kind === 'restart' ? String(decision.afterMs) : 'exhausted')
    }
  }
  return said.join(' ')
}

describe('restarts', () => {
  test.each<[string, Partial<RestartPolicy>, string, string]>([
    ['grows by the factor', { initialMs: 4, factor: 2.3, maxMs: 1000 }, '1 2 3', '4 9 21'],
    ['is bounded, and begins anew after calm', {}, 'r0 81 r82 85 r87 175 180 181 182 183', '1 2 1 2 4 8 9'],
    ['time without running is not calm', {}, '0 500 1000', '1 2 4'],
    ['failures of one instant are one attempt', {}, '5 5 5 6', '1 1 1 2'],
    ['the first comes at once', { firstMs: 0, initialMs: 100, maxMs: 60_000 }, '1 2 3 4', '0 100 200 400'],
  ])('RC11 back-off: %s', (_, policy, script, expected) => {
    expect(pauses(policy, script)).toBe(expected)
  })

  test('RC11 the jitter is a part of the pause, either way', () => {
    const spread = [0, 0.5, 0.999].map((dice) => pauses({ initialMs: 1000, maxMs: 5000, jitter: 0.1 }, '1', dice))
    expect(spread).toEqual(['900', '1000', '1100'])
  })

  test.each<[string, Partial<RestartPolicy>, string, string]>([
    ['too many within the time', { restarts: 2, withinMs: 100 }, '0 50 99', '1 2 exhausted'],
    ['old ones do not count', { restarts: 2, withinMs: 100 }, '0 50 100 149', '1 2 4 exhausted'],
    ['of one instant count once', { restarts: 2, withinMs: 100 }, '0 0 0 50 99', '1 1 1 2 exhausted'],
    ['none', { restarts: 0 }, '0', 'exhausted'],
  ])('RC12 budget: %s', (_, policy, script, expected) => {
    expect(pauses(policy, script)).toBe(expected)
  })
})

describe('poison records', () => {
  const operator = 'parse' as OperatorId
  const verdicts = (onPoison: 'fail' | 'dead-letter', script: readonly (readonly [number, number])[]) => {
    const counter = new PoisonCounter({ onPoison, failuresMax: 3 })
    return [
      script.map(([of, fingerprint]) => counter.failed(attempt(of), { operator, fingerprint, error: 'boom' })),
      counter.diverted,
    ] as const
  }

  test('RC13 a record that fails so many attempts is diverted or fails the job, by policy', () => {
    const script = [
      [1, 7],
      [2, 7],
      [3, 7],
    ] as const
    expect(verdicts('dead-letter', script)).toEqual([['retry', 'retry', 'divert'], [{ operator, fingerprint: 7, error: 'boom' }]])
    expect(verdicts('fail', script)).toEqual([['retry', 'retry', 'fail'], []])
  })

  test('RC13 a record counts once an attempt, and each by itself', () => {
    const script = [
      [1, 7],
      [1, 7],
      [1, 8],
      [2, 8],
      [2, 7],
      [3, 8],
      [4, 7],
    ] as const
    expect(verdicts('dead-letter', script)[0]).toEqual(['retry', 'retry', 'retry', 'retry', 'retry', 'divert', 'divert'])
  })

  test('RC13 failures by which records were found and set aside do not count, until there are too many of such records', () => {
    const policy = new FailurePolicy({ ...base, restarts: 4, withinMs: 1e9 }, { onPoison: 'dead-letter', failuresMax: 3 })
    let now = 0
    const fails = (fingerprint: number) =>
      policy.failed(attempt(++now), new MillraceError('USER_CODE', 'boom', { operator: 'parse', fingerprint }), now, 0)
    for (let record = 0; record < poisonRecordsNamedMax; record++) {
      expect([fails(record), fails(record), fails(record)].map(({ kind }) => kind)).toEqual(['restart', 'restart', 'restart'])
    }
    expect(policy.diverted).toHaveLength(poisonRecordsNamedMax)
    expect([fails(-1), fails(-1)].map(({ kind }) => kind)).toEqual(['restart', 'restart'])
    expect(fails(-1)).toMatchObject({
      kind: 'give-up',
      error: { message: expect.stringContaining('1024 different records are set aside') },
    })
    expect([fails(-2), fails(-3), fails(-4)].map(({ kind }) => kind)).toEqual(['restart', 'restart', 'give-up'])
  })

  test('RC13 the job fails with an error that names the record, before its restarts are used up', () => {
    const policy = new FailurePolicy({ ...base, restarts: 10 }, { onPoison: 'fail', failuresMax: 2 })
    const error = new MillraceError('USER_CODE', 'operator "parse" failed for key "x": boom', { operator: 'parse', fingerprint: 7 })
    expect(policy.failed(attempt(1), error, 1, 0).kind).toBe('restart')
    const reaction = policy.failed(attempt(2), error, 2, 0)
    expect(reaction).toMatchObject({ kind: 'give-up', error: { code: 'USER_CODE', fate: 'fatal', operator: 'parse' } })
    expect(policy.restarts).toBe(1)
  })
})
