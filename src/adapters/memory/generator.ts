// A source that makes its records from their number: for load, demos and tests. The same numbers give the same records in every run.

import { MillraceError } from '../../model/errors.ts'
import type { Json } from '../../model/manifest.ts'
import type { RecordSink } from '../../model/reader.ts'
import type { Reader, Source, SourceContext, Split } from '../../ports/source.ts'

export interface GeneratorOptions {
  /** Records a second, over all splits; default: as fast as they are taken. */
  readonly perSecond?: number | undefined
  /** Records in all; default: it never ends. */
  readonly count?: number | undefined
  /** Another seed gives other random numbers. Default 0. */
  readonly seed?: number | undefined
  /** Parts that can be made in parallel: split s makes the records s, s + splits, s + 2 × splits, … Default 1. */
  readonly splits?: number | undefined
}

/**
 * Records number 0, 1, 2, … as `next` makes them.
 *
 * `next` must depend on its arguments alone: after a restart it is called again for the same numbers. `random` gives numbers in [0, 1) that
 * depend on the seed and the record's number only (splitmix32, after Steele, Lea and Flood: Fast Splittable Pseudorandom Number Generators).
 */
export function generator<T>(next: (n: number, random: () => number) => T, options: GeneratorOptions = {}): Source<T> {
  const { perSecond = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY, seed = 0, splits = 1 } = options
  check(typeof next === 'function', 'generator(next) takes a function of the record number')
  check(perSecond > 0, `generator: perSecond is ${perSecond}, it must be positive`)
  check(
    count >= 0 && (count === Number.POSITIVE_INFINITY || Number.isSafeInteger(count)),
    `generator: count is ${count}, it must be a whole number`,
  )
  check(Number.isSafeInteger(splits) && splits >= 1, `generator: splits is ${splits}, it must be a whole number from 1`)
  check(Number.isSafeInteger(seed), `generator: seed is ${seed}, it must be a whole number`)
  return {
    '~type': undefined as never,
    bounded: count !== Number.POSITIVE_INFINITY,
    describe: count === Number.POSITIVE_INFINITY ? 'generator' : `generator of ${count}`,
    guarantee: 'replays from any record, by its number',
    replayable: true,
    splits: (known) => {
      if (known.length > 0 && known.length !== splits) throw otherSplits(known.length, splits)
      return Array.from({ length: splits }, (_, index) => ({ id: `${index}`, at: index }))
    },
    open: (split, offset, context) => {
      const first = indexOf(split)
      const total = Math.max(0, Math.ceil((count - first) / splits))
      const made = typeof offset === 'number' ? offset : 0
      return new GeneratorReader(next, { first, step: splits, total, made, seed, perMs: perSecond / splits / 1_000 }, context)
    },
  }
}

/** Split k of n makes every n-th record: with another n it would make records that others have made. */
const otherSplits = (before: number, now: number): MillraceError =>
  new MillraceError(
    'STATE_MISMATCH',
    `generator: the checkpoint was made with ${before} splits, and the job has ${now}: set \`splits\` back to ${before}, or give the source a new id`,
  )

const indexOf = ({ at, id }: Split): number => (typeof at === 'number' ? at : Number(id))

function check(condition: boolean, problem: string): void {
  if (!condition) throw new MillraceError('JOB_INVALID', problem)
}

interface Sequence {
  readonly first: number
  readonly step: number
  readonly total: number
  readonly made: number
  readonly seed: number
  readonly perMs: number
}

class GeneratorReader<T> implements Reader<T> {
  readonly #next: (n: number, random: () => number) => T
  readonly #sequence: Sequence
  readonly #context: SourceContext
  readonly #random: SeededNumbers
  readonly #startedAt: number
  #made: number
  #current = 0
  #cancel: (() => void) | undefined

  constructor(next: (n: number, random: () => number) => T, sequence: Sequence, context: SourceContext) {
    this.#next = next
    this.#sequence = sequence
    this.#context = context
    this.#random = new SeededNumbers(sequence.seed)
    this.#startedAt = context.now()
    this.#made = sequence.made
  }

  poll(out: RecordSink<T>, max: number): 'more' | 'wait' | 'end' {
    const { first, step, total } = this.#sequence
    const end = Math.min(total, this.#made + max, this.#due())
    const began = this.#made
    for (let i = began; i < end; i++) {
      const n = first + i * step
      this.#current = n
      this.#random.restart(n)
      out.record(this.#next(n, this.#random.next))
    }
    this.#made = Math.max(began, end)
    if (this.#made === total) return 'end'
    return end > began ? 'more' : 'wait'
  }

  /** How many records of this split may have been made by now. */
  #due(): number {
    const { perMs, made } = this.#sequence
    return perMs === Number.POSITIVE_INFINITY ? perMs : made + Math.floor((this.#context.now() - this.#startedAt) * perMs)
  }

  ready(): PromiseLike<void> {
    const { perMs, made } = this.#sequence
    const dueAt = this.#startedAt + (this.#made + 1 - made) / perMs
    const delay = Math.max(1, Math.ceil(dueAt - this.#context.now()))
    return new Promise((resolve) => {
      this.#cancel?.()
      this.#cancel = this.#context.after(delay, resolve)
    })
  }

  offset(): Json {
    return this.#made
  }

  where(): string {
    return `record ${this.#current}`
  }

  close(): void {
    this.#cancel?.()
  }
}

/** splitmix32, started anew for each record. */
class SeededNumbers {
  readonly #seed: number
  #state = 0
  readonly next: () => number

  constructor(seed: number) {
    this.#seed = Math.imul(seed ^ Math.floor(seed / 2 ** 32), 0x85ebca6b)
    this.next = () => {
      this.#state = (this.#state + 0x9e3779b9) | 0
      return mix(this.#state) / 2 ** 32
    }
  }

  restart(n: number): void {
    this.#state = mix(this.#seed ^ mix(n ^ Math.imul(Math.floor(n / 2 ** 32), 0xc2b2ae35)))
  }
}

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return (x ^ (x >>> 15)) >>> 0
}
