// Chance: the other of the two places that ask the machine.

import type { Random } from '../../ports/random.ts'

export const systemRandom: Random = { next: () => Math.random() }
