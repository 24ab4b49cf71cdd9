// Builds plain objects of one shape from columns of their fields, four columns at a time.
//
// V8 stores a field in 2 to 3 ns where a piece of code has met one name only, and in 15 to 20 where it has met several. Code cannot be made
// from data here, so the piece of code stands in the source several times, with four fields each, and each shape takes as many as it needs
// when it is first met in a thread. Shapes that find none left share the last ones: slower, never wrong.
//
// Objects begin as copies of a template that JSON.parse made, because those hold all their fields inside, as a literal does; fields that
// are added to `{}` one by one lie in a second object.

type Row = Record<string, unknown>
type Column = ArrayLike<unknown>
/** Sets four fields, a … d, of the first `n` rows. */
type Fill = (rows: Row[], a: string, b: string, c: string, d: string, A: Column, B: Column, C: Column, D: Column, n: number) => void
type Copy = (rows: object[], template: object, n: number) => void

// biome-ignore format: one line a site
const fills: readonly Fill[] = [
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
  (rows, a, b, c, d, A, B, C, D, n) => { for (let i = 0; i < n; i++) { const o = rows[i]!; o[a] = A[i]; o[b] = B[i]; o[c] = C[i]; o[d] = D[i] } },
]
const sharedFill: Fill = (rows, a, b, c, d, A, B, C, D, n) => {
  for (let i = 0; i < n; i++) {
    const o = rows[i]!
    o[a] = A[i]
    o[b] = B[i]
    o[c] = C[i]
    o[d] = D[i]
  }
}

// biome-ignore format: one line a site
const copies: readonly Copy[] = [
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
  (rows, template, n) => { for (let i = 0; i < n; i++) rows[i] = { ...template } },
]
const sharedCopy: Copy = (rows, template, n) => {
  for (let i = 0; i < n; i++) rows[i] = { ...template }
}

/** Fields that are set together: so many columns must be there at the same time. */
export const fieldsTogether = 4
/** Shapes remembered in a thread, so that all its channels use the same code for one shape. */
const buildersMax = 256
const builders = new Map<string, RowBuilder>()
let fillsTaken = 0
let copiesTaken = 0

export class RowBuilder {
  readonly #keys: readonly string[]
  readonly #template: object
  readonly #copy: Copy
  readonly #fills: readonly Fill[]

  constructor(keys: readonly string[]) {
    this.#keys = keys
    this.#template = templateOf(keys)
    this.#copy = copies[copiesTaken++] ?? sharedCopy
    this.#fills = Array.from({ length: Math.ceil(keys.length / fieldsTogether) }, () => fills[fillsTaken++] ?? sharedFill)
  }

  /** Puts `count` new objects into `rows`, with all their fields undefined. */
  begin(rows: unknown[], count: number): void {
    this.#copy(rows as object[], this.#template, count)
  }

  /** Sets up to four fields, from `field` on, of the first `count` of `rows`. `field` is a multiple of four; there is a column for each. */
  fill(rows: unknown[], field: number, columns: readonly Column[], count: number): void {
    const keys = this.#keys
    const last = keys.length - 1 - field
    // Where fewer are left, the last one is set several times, to the same.
    const [b, c, d] = [Math.min(1, last), Math.min(2, last), Math.min(3, last)] as const
    this.#fills[field / fieldsTogether]!(
      rows as Row[],
      keys[field]!,
      keys[field + b]!,
      keys[field + c]!,
      keys[field + d]!,
      columns[0]!,
      columns[b]!,
      columns[c]!,
      columns[d]!,
      count,
    )
  }
}

/**
 * The builder of a shape.
 * @param keys names of fields; none is `__proto__`, which an assignment would take for the prototype
 */
export function rowBuilder(keys: readonly string[]): RowBuilder {
  const name = JSON.stringify(keys)
  const known = builders.get(name)
  if (known !== undefined) return known
  const made = new RowBuilder(keys)
  if (builders.size < buildersMax) builders.set(name, made)
  return made
}

/** Each field has held values of several kinds, so that V8 expects any kind in it and no later value changes the hidden class. */
function templateOf(keys: readonly string[]): object {
  const template = JSON.parse(`{${keys.map((key) => `${JSON.stringify(key)}:null`).join(',')}}`) as Row
  for (const value of [0, 0.5, '', {}, undefined]) for (const key of keys) template[key] = value
  return template
}
