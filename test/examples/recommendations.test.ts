// The recommendation pipeline with the real model and a tenth of the films: westerns for who looks for westerns, and musicals afterwards.

import { collect, join } from 'millrace'
import { expect, onTestFinished, test } from 'vitest'
import { type Film, loadFilms } from '../../examples/recommendations/catalogue.ts'
import { Embedder } from '../../examples/recommendations/embedder.ts'
import { buildIndex, type FilmIndex } from '../../examples/recommendations/film-index.ts'
import { played } from '../../examples/recommendations/paced.ts'
import { type Recommendation, recommendationJob, shareOf } from '../../examples/recommendations/recommendations.ts'
import { firstMs, type Interest, simulate } from '../../examples/recommendations/shoppers.ts'
import { temporaryDirectory } from '../adapters/temporary-directory.ts'

const ada: readonly Interest[] = [
  { fromMinute: 1, genre: 'Western' },
  { fromMinute: 35, genre: 'Musical' },
]

/** All westerns and musicals, and every fifteenth of the others. */
const someFilms = (): readonly Film[] => loadFilms((genre, row) => genre === 'Western' || genre === 'Musical' || row % 15 === 0)

async function recommend(index: FilmIndex, embedder: Embedder): Promise<readonly Recommendation[]> {
  const { searches, clicks } = simulate(index.films, { seed: 3, shoppers: 12, minutes: 70, scripted: { ada } })
  const out = collect<Recommendation>()
  const { job } = recommendationJob({ searches: played(searches), clicks: played(clicks), embedder, index, sink: out })
  await using node = await join(job)
  await node.done
  return out.records
}

const listAt = (lists: readonly Recommendation[], userId: string, minute: number, films: readonly Film[]): readonly Film[] =>
  lists.find((list) => list.userId === userId && list.at === firstMs + minute * 60_000)!.films.map((id) => films[id]!)

const inOrder = (lists: readonly Recommendation[]): readonly Recommendation[] =>
  lists.toSorted((a, b) => a.at - b.at || (a.userId < b.userId ? -1 : 1))

test('EX3 westerns for who looks for westerns, musicals for who turns to musicals, the same for the same seed', {
  timeout: 60_000,
}, async () => {
  const embedder = new Embedder()
  onTestFinished(() => embedder.close())
  const films = someFilms()
  const cache = await temporaryDirectory()
  const index = await buildIndex(films, embedder, { cache })
  const base = films.filter(({ genre }) => genre === 'Western').length / films.length
  expect(base).toBeLessThan(0.13)

  const lists = await recommend(index, embedder)
  for (const minute of [10, 20, 34]) {
    expect(shareOf('Western', listAt(lists, 'ada', minute, films), 20)).toBeGreaterThan(5 * base)
    expect(shareOf('Musical', listAt(lists, 'ada', minute, films), 20)).toBeLessThan(0.25)
  }
  for (const minute of [55, 65]) {
    expect(shareOf('Musical', listAt(lists, 'ada', minute, films), 20)).toBeGreaterThan(0.7)
    expect(shareOf('Western', listAt(lists, 'ada', minute, films), 20)).toBeLessThan(0.25)
  }
  expect(lists.every((list) => list.films.length === Math.min(100, new Set(list.films).size))).toBe(true)

  const reader = new Embedder()
  onTestFinished(() => reader.close())
  const again = await recommend(await buildIndex(films, reader, { cache }), reader)
  expect(inOrder(again)).toEqual(inOrder(lists))
})
