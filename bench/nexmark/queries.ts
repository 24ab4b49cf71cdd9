// All queries that give rows to a sink that counts, in the order in which they are printed.

import { q4, q6, q9 } from './queries/auctions.ts'
import { q3, q13, q20, q23 } from './queries/joins.ts'
import { q0, q1, q2, q14, q21, q22 } from './queries/stateless.ts'
import { q15, q16, q17, q18, q19 } from './queries/updating.ts'
import { k1, q5, q7, q8, q11, q12, r1 } from './queries/windows.ts'
import type { AnyQuery } from './query.ts'

export const queries: readonly AnyQuery[] = [
  ...[q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, q11, q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22, q23],
  ...[k1, r1],
]

/** @throws where there is none of that id */
export function queryOf(id: string): AnyQuery {
  const found = queries.find((query) => query.id === id)
  if (found === undefined) throw new Error(`there is no query ${id}: there are ${queries.map((query) => query.id).join(', ')}`)
  return found
}
