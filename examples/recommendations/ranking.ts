// From about a thousand candidates to the best hundred: features of each film joined, one score, sorted. Plain functions.

import type { Film } from './catalogue.ts'
import type { FilmIndex, Neighbour } from './film-index.ts'

/** A film that many clicked lately. */
export interface Trend {
  readonly id: number
  readonly clicks: number
}

export interface Candidates {
  readonly vector: Float32Array
  /** Films that this person has clicked. */
  readonly clicked: ReadonlySet<number>
  readonly similar: readonly Neighbour[]
  readonly trending: readonly Trend[]
}

export interface Scored {
  readonly film: Film
  readonly score: number
}

/** How much each feature says, against a similarity of at most 1. */
const weights = { rating: 0.04, votes: 0.01, year: 0.001, trend: 0.05 }
const ratingOfNoNote = 6.3
const yearOfNoNote = 1_995

/** The best `n` films of the candidates, without those clicked already. */
export function rank(index: FilmIndex, { vector, clicked, similar, trending }: Candidates, n: number): Scored[] {
  const similarity = new Map(similar.map((neighbour) => [neighbour.id, neighbour.similarity]))
  const clicks = new Map(trending.map((trend) => [trend.id, trend.clicks]))
  const mostClicks = Math.max(1, ...clicks.values())
  const scored: Scored[] = []
  for (const id of new Set([...similarity.keys(), ...clicks.keys()])) {
    if (clicked.has(id)) continue
    const film = index.films[id]!
    const near = similarity.get(id) ?? index.similarity(vector, id)
    scored.push({ film, score: near + worth(film) + weights.trend * ((clicks.get(id) ?? 0) / mostClicks) })
  }
  scored.sort((a, b) => b.score - a.score || a.film.id - b.film.id)
  return scored.slice(0, n)
}

const worth = ({ rating, votes, year }: Film): number =>
  weights.rating * (rating - ratingOfNoNote) + weights.votes * Math.log10(1 + votes) + weights.year * (year - yearOfNoNote)
