// The vectors of all films, and which of them are nearest to one.
//
// A film's vector is the mean of the vectors of its title and of its genre. They are computed once and kept in a file, named by a fingerprint
// of all texts: other films, another file. With 3,200 films the nearest are found by comparing with all of them, which takes about two
// milliseconds and is exact; an approximate index begins to pay at a hundred times as many.

import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Film } from './catalogue.ts'
import { dimensions, type Embedder, weightedMean } from './embedder.ts'

export interface Neighbour {
  readonly id: number
  /** Cosine of the angle between the vectors, at most 1. */
  readonly similarity: number
}

export class FilmIndex {
  readonly films: readonly Film[]
  readonly #vectors: Float32Array
  readonly searches = { count: 0, ms: 0 }

  constructor(films: readonly Film[], vectors: Float32Array) {
    this.films = films
    this.#vectors = vectors
  }

  vector(id: number): Float32Array {
    return this.#vectors.subarray(id * dimensions, (id + 1) * dimensions)
  }

  similarity(vector: Float32Array, id: number): number {
    const vectors = this.#vectors
    const from = id * dimensions
    // Four sums side by side: one would make each addition wait for the last.
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let i = 0; i < dimensions; i += 4) {
      a += vector[i]! * vectors[from + i]!
      b += vector[i + 1]! * vectors[from + i + 1]!
      c += vector[i + 2]! * vectors[from + i + 2]!
      d += vector[i + 3]! * vectors[from + i + 3]!
    }
    return a + b + c + d
  }

  /** The nearest `n` films, nearest first. */
  nearest(vector: Float32Array, n: number): Neighbour[] {
    const started = performance.now()
    const similarities = new Float64Array(this.films.length)
    for (let id = 0; id < similarities.length; id++) similarities[id] = this.similarity(vector, id)
    const least = similarities.slice().sort()[Math.max(0, similarities.length - n)] ?? 0
    const found: Neighbour[] = []
    for (let id = 0; id < similarities.length; id++) if (similarities[id]! >= least) found.push({ id, similarity: similarities[id]! })
    found.sort((x, y) => y.similarity - x.similarity || x.id - y.id)
    this.searches.count++
    this.searches.ms += performance.now() - started
    return found.slice(0, n)
  }
}

export interface IndexOptions {
  /** Folder for the file of vectors; default `.millrace/cache` in the working directory. */
  readonly cache?: string | undefined
  readonly progress?: ((done: number, of: number) => void) | undefined
}

/** Takes the vectors from the file, or computes them and writes it. */
export async function buildIndex(films: readonly Film[], embedder: Embedder, options: IndexOptions = {}): Promise<FilmIndex> {
  const { cache = join('.millrace', 'cache'), progress } = options
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(films.map(({ title, genre }) => [title, genre])))
    .digest('hex')
  const file = join(cache, `film-vectors-${fingerprint.slice(0, 16)}.f32`)
  const bytes = await readFile(file).catch(() => undefined)
  if (bytes?.length === films.length * dimensions * 4) return new FilmIndex(films, new Float32Array(Uint8Array.from(bytes).buffer))
  const vectors = await computeVectors(films, embedder, progress)
  await mkdir(cache, { recursive: true })
  await writeFile(`${file}.${process.pid}`, new Uint8Array(vectors.buffer))
  await rename(`${file}.${process.pid}`, file)
  return new FilmIndex(films, vectors)
}

/** Short texts first: a batch takes as long as its longest text needs. */
async function computeVectors(films: readonly Film[], embedder: Embedder, progress: IndexOptions['progress']): Promise<Float32Array> {
  const vectors = new Float32Array(films.length * dimensions)
  let done = 0
  const shortFirst = films.toSorted((a, b) => a.title.length - b.title.length)
  await Promise.all(
    shortFirst.map(async ({ id, title, genre }) => {
      const [byTitle, byGenre] = await Promise.all([embedder.embed(title), embedder.embed(genre)])
      vectors.set(
        weightedMean([
          [byTitle, 1],
          [byGenre, 1],
        ]),
        id * dimensions,
      )
      progress?.(++done, films.length)
    }),
  )
  return vectors
}
