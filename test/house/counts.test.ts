// The closing line tells the truth about the run: broken files are failures, what did not run is not passed.

import { expect, test } from 'vitest'
import { closingLine, readCounts } from './counts.ts'

const file = (status: string, ...statuses: string[]) => ({ status, assertionResults: statuses.map((one) => ({ status: one })) })
const line = (...testResults: object[]) => closingLine(readCounts(JSON.stringify({ testResults })))

test('HO16 counts passed, failed and everything that did not run', () => {
  expect(line(file('passed', 'passed', 'pending'), file('failed', 'failed', 'passed', 'todo', 'skipped'))).toBe(
    '2 passed, 1 failed, 3 skipped',
  )
})

test('HO16 counts a file that failed without a failed test as one failure', () => {
  expect(line(file('failed'), file('failed', 'passed'), file('passed', 'passed'))).toBe('2 passed, 2 failed, 0 skipped')
})

test('HO16 a run without a result has no passed test', () => {
  expect(closingLine(undefined)).toBe('0 passed, 0 failed, 0 skipped')
})
