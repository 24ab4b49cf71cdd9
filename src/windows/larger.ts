// Growing typed arrays by doubling, so that filling one costs a constant per element.

import { resized } from '../model/resized.ts'

/** A copy with room for `needed` elements at least; the new ones are 0. */
export function larger<A extends Int32Array | Float64Array | Uint8Array>(array: A, needed: number): A {
  return resized(array, Math.max(16, 2 * array.length, needed))
}
