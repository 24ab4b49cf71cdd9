// Simulation: the second half of the seeds.

import { test } from 'vitest'
import { expectSeedsToPass } from './seeds.ts'

test('SI1 a random job under random faults gives what it gives without them, once each, and comes to its end: seeds 1,000 to 1,999', async () => {
  await expectSeedsToPass(1_000, 2_000)
}, 600_000)
