// What operators of one subtask count. Counting is as cheap as an addition where the same is counted again and again, as late records are;
// names are put together only when somebody looks.

import type { OperatorId } from '../src/model/ids.ts'

interface Counter {
  readonly operator: OperatorId
  readonly name: string
  n: number
}

export class Counters {
  /** A handful, so they are looked through. */
  readonly #all: Counter[] = []
  #last: Counter | undefined

  add(operator: OperatorId, name: string, n: number): void {
    let counter = this.#last
    if (counter === undefined || counter.name !== name || counter.operator !== operator) {
      counter = this.#all.find((one) => one.operator === operator && one.name === name)
      if (counter === undefined) {
        counter = { operator, name, n: 0 }
        this.#all.push(counter)
      }
      this.#last = counter
    }
    counter.n += n
  }

  /** By "operator.name". */
  toRecord(): Record<string, number> {
    return Object.fromEntries(this.#all.map(({ operator, name, n }) => [`${operator}.${name}`, n]))
  }
}
