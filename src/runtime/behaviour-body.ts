// Runs a user's behaviour in the form that a cell knows: follows what it returns to the next behaviour.

import { MillraceError } from '../model/errors.ts'
import { isThenable } from '../model/thenable.ts'
import type { ActorContext, Behaviour } from './behaviour.ts'
import type { Body } from './kernel.ts'

export class BehaviourBody implements Body {
  readonly #ctx: ActorContext<unknown>
  #behaviour: Behaviour<unknown>

  constructor(behaviour: unknown, ctx: ActorContext<unknown>) {
    this.#ctx = ctx
    this.#behaviour = this.#checked(behaviour)
  }

  receive(message: unknown): PromiseLike<void> | undefined {
    const next: unknown = this.#behaviour(message, this.#ctx)
    if (next === undefined) return undefined
    // A thenable that settles twice becomes a promise that does not.
    if (isThenable(next)) return Promise.resolve(next).then((settled) => this.#become(settled))
    this.#become(next)
    return undefined
  }

  #become(next: unknown): void {
    if (next !== undefined) this.#behaviour = this.#checked(next)
  }

  #checked(next: unknown): Behaviour<unknown> {
    if (typeof next === 'function') return next as Behaviour<unknown>
    const what = next === null ? 'null' : typeof next
    throw new MillraceError(
      'USAGE',
      `${this.#ctx.self.address} gave ${what} as its behaviour: give a function, or nothing to stay as it is`,
    )
  }
}
