// The body of the tests that run many seeds; two files share the seeds, so that both cores of a small machine work.

import { expect } from 'vitest'
import { gapsOf, reportOf, runSeeds } from './campaign.ts'

/** Runs the seeds and holds them to all that they must show. */
export async function expectSeedsToPass(from: number, to: number): Promise<void> {
  const campaign = await runSeeds(from, to)
  expect(campaign.failed.map((verdict) => reportOf(verdict, {})).join('\n')).toBe('')
  expect(campaign.seeds).toBe(to - from)
  expect(gapsOf(campaign)).toEqual([])
}
