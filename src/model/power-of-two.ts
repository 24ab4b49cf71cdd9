// Sizes of tables and arrays.

/**
 * The least power of two from `n` on, for 0 ≤ n ≤ 2³⁰. By bits, not by `2 ** …`: that gives V8 a double, and what is computed with it, all
 * day long, are doubles as well.
 */
export const powerOfTwo = (n: number): number => 1 << (32 - Math.clz32(n - 1))
