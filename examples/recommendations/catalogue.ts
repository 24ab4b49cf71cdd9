// The films: 3,200 of the `movies` table of vega-datasets, with what a ranking can use. Real data, errors and all.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface Film {
  /** Its place in the catalogue. */
  readonly id: number
  readonly title: string
  readonly genre: string
  readonly year: number
  /** IMDB rating, 1 to 10, pulled towards the mean of all where few have voted. */
  readonly rating: number
  readonly votes: number
}

interface Row {
  readonly Title: string | number | null
  readonly 'Major Genre': string | null
  readonly 'Release Date': string
  readonly 'IMDB Rating': number | null
  readonly 'IMDB Votes': number | null
}

const meanRating = 6.3
const votesThatCount = 3_000
/** The table writes years with two digits in places: "2046" is 1946. */
const lastYear = 2011

/** @param keep which films, by their genre and their row in the table; default all */
export function loadFilms(keep: (genre: string, row: number) => boolean = () => true): readonly Film[] {
  const file = join(createRequire(import.meta.url).resolve('vega-datasets'), '../../data/movies.json')
  const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[]
  return rows
    .filter((row, i) => row.Title !== null && keep(genreOf(row), i))
    .map((row, id) => ({
      id,
      title: String(row.Title),
      genre: genreOf(row),
      year: yearOf(row),
      rating: ratingOf(row),
      votes: row['IMDB Votes'] ?? 0,
    }))
}

const genreOf = (row: Row): string => row['Major Genre'] ?? 'Film'

function yearOf(row: Row): number {
  const year = Number(String(row['Release Date']).slice(-4))
  return year > lastYear ? year - 100 : year
}

function ratingOf(row: Row): number {
  const votes = row['IMDB Votes'] ?? 0
  return (votes * (row['IMDB Rating'] ?? meanRating) + votesThatCount * meanRating) / (votes + votesThatCount)
}
