// Calls of a source outside of the data path: listing its splits, opening one.

import { errorIn } from '../src/model/errors.ts'
import type { OperatorId } from '../src/model/ids.ts'

/** What a source gives; what it throws names it. */
export async function ofSource<R>(id: OperatorId, call: () => R | PromiseLike<R>): Promise<R> {
  try {
    return await call()
  } catch (thrown) {
    throw errorIn(`source "${id}"`, id, thrown, 'USER_CODE')
  }
}
