// Every decision that a simulation leaves to chance, recorded: a run is a function of its choices, so a list of them replays it, and a
// simpler list is a simpler run.
//
// 1. A choice is one of 0 … n - 1, and 0 is the simplest: no fault, the first in line, the shortest.
// 2. Choices come in named streams, each with a list of its own: to simplify the faults does not disturb the input.
// 3. Given choices are taken first, modulo what there is to choose from; where they end, it is 0 in a replay and chance otherwise.

import type { Random } from '../ports/random.ts'
import { SplitRandom } from './random.ts'

/** Choices of a run, by stream. */
export type ChoiceRecord = Readonly<Record<string, readonly number[]>>

export class Choices {
  readonly seed: number
  readonly #given: ChoiceRecord | undefined
  readonly #random: SplitRandom
  readonly #streams = new Map<string, ChoiceStream>()

  /** @param given replays these choices instead of drawing them from the seed */
  constructor(seed: number, given?: ChoiceRecord) {
    this.seed = seed
    this.#given = given
    this.#random = new SplitRandom(seed)
  }

  stream(name: string): ChoiceStream {
    const known = this.#streams.get(name)
    if (known !== undefined) return known
    const stream = new ChoiceStream(this.#given === undefined ? this.#random.split(name) : undefined, this.#given?.[name] ?? [])
    this.#streams.set(name, stream)
    return stream
  }

  /** What was chosen so far. */
  record(): ChoiceRecord {
    return Object.fromEntries([...this.#streams].map(([name, { made }]) => [name, made]))
  }
}

export class ChoiceStream implements Random {
  readonly made: number[] = []
  readonly #random: SplitRandom | undefined
  readonly #given: readonly number[]

  constructor(random: SplitRandom | undefined, given: readonly number[]) {
    this.#random = random
    this.#given = given
  }

  /** One of 0 … n - 1. */
  below(n: number): number {
    const chosen = this.#random === undefined ? (this.#given[this.made.length] ?? 0) % n : Math.floor(this.#random.next() * n)
    this.made.push(chosen)
    return chosen
  }

  /** True with this probability; false is the simpler one. */
  chance(probability: number): boolean {
    const chosen = this.#random === undefined ? (this.#given[this.made.length] ?? 0) % 2 : this.#random.next() < probability ? 1 : 0
    this.made.push(chosen)
    return chosen === 1
  }

  /** A whole number from `least` to `most`; `least` is the simplest. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** One of a list; the first is the simplest. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  next(): number {
    return this.below(2 ** 32) / 2 ** 32
  }
}
