// The counts of a test run, read from the result file of vitest's JSON reporter, and the closing line that they make.

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

interface TestFile {
  readonly status: string
  readonly assertionResults: readonly { readonly status: string }[]
}

/** Counts every test once. A file that failed without a failed test (it did not load, a hook threw) counts as one failure. */
export function readCounts(json: string): Counts {
  const { testResults } = JSON.parse(json) as { testResults: readonly TestFile[] }
  const statuses = testResults.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status))
  const passed = statuses.filter((status) => status === 'passed').length
  const failed = statuses.filter((status) => status === 'failed').length
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  ).length
  return { passed, failed: failed + brokenFiles, skipped: statuses.length - passed - failed }
}

/** `3 passed, 0 failed, 1 skipped`; no result reads as no test. */
export function closingLine(counts: Counts | undefined): string {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 }
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
