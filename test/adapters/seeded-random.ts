// A small seeded random stream for tests (splitmix32): the same seed gives the same run.

import type { Random } from '../../src/ports/random.ts'

export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    next() {
      state = (state + 0x9e3779b9) >>> 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return ((z ^ (z >>> 16)) >>> 0) / 4_294_967_296
    },
  }
}

/** An integer in 0 … below - 1. */
export const pick = (random: Random, below: number): number => Math.floor(random.next() * below)
