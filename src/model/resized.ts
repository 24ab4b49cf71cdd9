// Larger typed arrays for those that are full.

type NumberArray = Float64Array | Int32Array | Uint8Array | Uint16Array | Uint32Array

/** A typed array of the same kind with room for `length` numbers, at least as many as before, which it begins with. */
export function resized<A extends NumberArray>(array: A, length: number): A {
  const made = new (array.constructor as new (length: number) => A)(length)
  made.set(array)
  return made
}
