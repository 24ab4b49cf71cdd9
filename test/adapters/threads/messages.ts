// Messages of random sizes whose content both sides can compute: what the tests of the ring send.

/** A generator of whole numbers below 2³² from a seed (SplitMix32). */
function numbersFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let x = state ^ (state >>> 16)
    x = Math.imul(x, 0x21f0aaad)
    x ^= x >>> 15
    x = Math.imul(x, 0x735a2d97)
    return (x ^ (x >>> 15)) >>> 0
  }
}

/** Message `n`: mostly small, at times empty, at times several times as large as the ring. */
export function message(n: number, ringBytes: number): Uint8Array {
  const next = numbersFrom(n)
  const size = [0, next() % 8, next() % 300, next() % 300, next() % ringBytes, ringBytes - 4, next() % (3 * ringBytes)][next() % 7]!
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = (n * 31 + i * 7) & 0xff
  return bytes
}

/** Throws where `bytes` is not message `n`. */
export function checkMessage(bytes: Uint8Array, n: number, ringBytes: number): void {
  const wanted = message(n, ringBytes)
  if (bytes.length !== wanted.length) throw new Error(`message ${n} has ${bytes.length} bytes and not ${wanted.length}`)
  for (let i = 0; i < wanted.length; i++) if (bytes[i] !== wanted[i]) throw new Error(`message ${n} differs at byte ${i}`)
}
