// References to actors of this kernel, and the way back from a reference to its cell, which is nobody's business outside of the kernel.

import { MillraceError } from '../model/errors.ts'
import type { ActorRef, EngineRef } from './actor-ref.ts'
import type { Cell } from './cell.ts'
import type { DeadLetters } from './dead-letters.ts'

/** Stands for one actor, living or gone. */
export class LocalRef implements EngineRef<unknown> {
  readonly address: string
  readonly #cell: Cell

  constructor(cell: Cell) {
    this.address = cell.address
    this.#cell = cell
  }

  tell(message: unknown): void {
    this.#cell.deliver(message)
  }

  wake(): void {
    this.#cell.wake()
  }

  wakeWhenIdle(): void {
    this.#cell.wakeWhenIdle()
  }

  static cellOf(ref: LocalRef): Cell {
    return ref.#cell
  }
}

/** Stands for an address, whoever lives there when it is told. */
export class AddressRef implements ActorRef<unknown> {
  readonly address: string
  readonly #cells: ReadonlyMap<string, Cell>
  readonly #deadLetters: DeadLetters

  constructor(address: string, cells: ReadonlyMap<string, Cell>, deadLetters: DeadLetters) {
    this.address = address
    this.#cells = cells
    this.#deadLetters = deadLetters
  }

  tell(message: unknown): void {
    const cell = this.#cells.get(this.address)
    if (cell === undefined) this.#deadLetters.add(this.address, 'unknown', message)
    else cell.deliver(message)
  }

  static cellOf(ref: AddressRef): Cell | undefined {
    return ref.#cells.get(ref.address)
  }
}

/** Whether the kernel knows more of an actor than its address. */
export const isLocal = (actor: ActorRef<never>): boolean => actor instanceof LocalRef || actor instanceof AddressRef

/** The cell behind a reference; undefined for an address where nobody is. A reference that no kernel made is refused. */
export function cellOf(actor: ActorRef<never>): Cell | undefined {
  if (actor instanceof LocalRef) return LocalRef.cellOf(actor)
  if (actor instanceof AddressRef) return AddressRef.cellOf(actor)
  throw new MillraceError(
    'USAGE',
    `${(actor as ActorRef<never>).address} is no actor of this process: it can be told and asked, not watched or stopped`,
  )
}
