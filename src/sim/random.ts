// A seeded random number generator that splits into independent streams by name, so that a new use of chance disturbs no other.
//
// sfc32 by Chris Doty-Humphrey (PractRand): 128 bits of state with a counter, so its period is at least 2^32 from any seed. Its state comes
// from the seed and the stream's name through the finalizer of MurmurHash3.

import type { Random } from '../ports/random.ts'

export class SplitRandom implements Random {
  readonly #seed: number
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number, name = '') {
    let state = mix(seed ^ mix(Math.floor(seed / 2 ** 32)))
    for (let i = 0; i < name.length; i++) state = mix(state ^ Math.imul(name.charCodeAt(i) + 1, 0x9e3779b1))
    this.#seed = state
    this.#a = mix(state + 0x9e3779b9)
    this.#b = mix(state + 0x3c6ef372)
    this.#c = mix(state + 0xdaa66d2b)
    for (let i = 0; i < 12; i++) this.bits()
  }

  /** 32 random bits, as 0 … 2^32 - 1. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  next(): number {
    return this.bits() / 2 ** 32
  }

  /** A stream of its own, the same for the same name whatever was drawn from this one. */
  split(name: string): SplitRandom {
    return new SplitRandom(this.#seed, name)
  }
}

function mix(bits: number): number {
  let h = bits | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
