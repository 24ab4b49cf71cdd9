// Planted bugs of the protocols: each replaces one method of one class while it is in place, so nothing of it is in the engine. That
// simulations find every one of them is what makes their silence mean something.

export type Unplant = () => void

interface Mutant {
  /** What is wrong, as a sentence. */
  readonly bug: string
  plant(): Unplant
}

/** Replaces a method by one made of the original. */
function replace<C extends object, K extends keyof C>(of: C, name: K, make: (original: C[K]) => C[K]): Unplant {
  const original = of[name]
  of[name] = make(original)
  return () => {
    of[name] = original
  }
}

export const mutants: Readonly<Record<string, Mutant>> = {}

/** @throws when there is no such mutant */
export function plantMutant(name: string): Unplant {
  const mutant = mutants[name]
  if (mutant === undefined) throw new Error(`there is no mutant ${name}: there are ${Object.keys(mutants).join(', ')}`)
  return mutant.plant()
}
