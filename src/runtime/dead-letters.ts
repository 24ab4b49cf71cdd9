// Messages that nobody took, counted by address and reason, so that none is lost unseen.
//
// The number of names is bounded: once it is reached, further addresses are counted together under `others`.

import { deadLettersNamedMax } from '../model/limits.ts'

/**
 * stopped: the actor is gone, or went before it came to the message · overflow: the lane of its mailbox was full ·
 * unknown: no actor has that address · late: the answer to a question that was answered or given up before
 */
export type DeadReason = 'stopped' | 'overflow' | 'unknown' | 'late'

export interface UndeliveredMessage {
  readonly address: string
  readonly reason: DeadReason
  readonly message: unknown
}

export interface DeadLetterCount {
  readonly address: string
  readonly reason: DeadReason
  readonly count: number
}

/** The address under which dead letters are counted that have no place of their own. */
const others = '(others)'

export class DeadLetters {
  readonly #counts: Readonly<Record<DeadReason, Map<string, number>>> = {
    stopped: new Map(),
    overflow: new Map(),
    unknown: new Map(),
    late: new Map(),
  }
  readonly #observe: ((letter: UndeliveredMessage) => void) | undefined
  #names = 0

  constructor(observe?: (letter: UndeliveredMessage) => void) {
    this.#observe = observe
  }

  add(address: string, reason: DeadReason, message: unknown): void {
    const counts = this.#counts[reason]
    const name = counts.has(address) || this.#names < deadLettersNamedMax ? address : others
    const count = counts.get(name) ?? 0
    if (count === 0 && name !== others) this.#names++
    counts.set(name, count + 1)
    this.#observe?.({ address, reason, message })
  }

  /** In the order of reasons, then of first occurrence. */
  list(): readonly DeadLetterCount[] {
    return (Object.keys(this.#counts) as DeadReason[]).flatMap((reason) =>
      [...this.#counts[reason]].map(([address, count]) => ({ address, reason, count })),
    )
  }
}
