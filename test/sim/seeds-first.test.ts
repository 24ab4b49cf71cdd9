// Simulation: the first half of the seeds.

import { test } from 'vitest'
import { expectSeedsToPass } from './seeds.ts'

test('SI1 a random job under random faults gives what it gives without them, once each, and comes to its end: seeds 0 to 999', async () => {
  await expectSeedsToPass(0, 1_000)
}, 600_000)
