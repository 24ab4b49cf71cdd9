// The pipeline: searches and clicks of a person over the last 30 minutes, every minute → who is this → about a thousand films → the best
// hundred.

import { type Job, type JobOptions, job, list, map, output, type Sink, type Source, type Stream, sliding, tumbling } from 'millrace'
import type { Film } from './catalogue.ts'
import { type Embedder, weightedMean } from './embedder.ts'
import type { FilmIndex } from './film-index.ts'
import { rank, type Scored, type Trend } from './ranking.ts'
import type { Click, Search } from './shoppers.ts'

/** What a person did in a window: a text or a film, and when it last was. */
export interface Profile {
  readonly userId: string
  /** End of the window, ms since the epoch. */
  readonly at: number
  readonly queries: readonly (readonly [query: string, ts: number])[]
  readonly clicks: readonly (readonly [filmId: number, ts: number])[]
}

export interface Recommendation {
  readonly userId: string
  readonly at: number
  /** The last thing that was searched for. */
  readonly query: string | undefined
  /** Best first. */
  readonly films: readonly number[]
}

export interface Setting {
  readonly searches: Source<Search>
  readonly clicks: Source<Click>
  readonly embedder: Embedder
  readonly index: FilmIndex
  readonly sink: Sink<Recommendation>
  readonly options?: JobOptions | undefined
}

export interface RecommendationJob {
  readonly job: Job
  readonly ranked: Stream<Recommendation>
}

const remembered = 20
const halfLifeMs = 8 * 60_000
const candidatesBySimilarity = 700
const candidatesByTrend = 300

export function recommendationJob({ searches, clicks, embedder, index, sink, options }: Setting): RecommendationJob {
  const recs = job('recommendations', options)
  const time = { timestamp: (event: { readonly ts: number }) => event.ts, outOfOrder: '5 s' } as const
  const search = recs.source('searches', searches, time)
  const click = recs.source('clicks', clicks, time)

  // Who is this? What they searched and clicked in the last 30 minutes, anew every minute.
  const profile = recs
    .merge({ search, click })
    .keyBy((event) => event.userId)
    .window(sliding('30 min', '1 min'))
    .aggregate('profile', {
      init: () => ({ queries: [] as Profile['queries'], clicks: [] as Profile['clicks'] }),
      add: (p, event) =>
        event.type === 'search'
          ? { ...p, queries: newest([...p.queries, [event.query, event.ts]]) }
          : { ...p, clicks: newest([...p.clicks, [event.filmId, event.ts]]) },
      merge: (a, b) => ({ queries: newest([...a.queries, ...b.queries]), clicks: newest([...a.clicks, ...b.clicks]) }),
      result: (p, { key, window }): Profile => ({ userId: key, at: window.end, ...p }),
    })

  // What does everybody look at? One list of films for each minute.
  const trending = click
    .keyBy((event) => event.filmId)
    .window(sliding('15 min', '1 min'))
    .aggregate('clicks-of-film', {
      init: () => 0,
      add: (n) => n + 1,
      merge: (a, b) => a + b,
      result: (n, { key }): Trend => ({ id: key, clicks: n }),
    })
    .keyBy(() => 'all films')
    .window(tumbling('1 min'))
    .process('trending', (trends, { window }) => [
      { at: window.end, films: trends.toSorted((a, b) => b.clicks - a.clicks || a.id - b.id).slice(0, candidatesByTrend) },
    ])

  // Profile and trend of the same minute. The timer goes off when event time has come past the minute on both inputs, and the list of a
  // minute comes before that: which of the two was faster makes no difference.
  const withTrend = profile
    .keyBy((p) => p.userId)
    .connect(trending.broadcast())
    .process('with-trend', {
      shared: { trends: map<number, readonly Trend[]>() },
      state: { waiting: list<Profile>() },
      emits: output<Profile & { readonly trending: readonly Trend[] }>(),
      onElement(p, ctx) {
        ctx.state.waiting.add(p)
        ctx.timers.eventTime(p.at - 1)
      },
      onTimer({ at }, ctx) {
        const waiting = ctx.state.waiting.get()
        for (const p of waiting) if (p.at - 1 <= at) ctx.emit({ ...p, trending: ctx.shared.trends.get(p.at) ?? [] })
        ctx.state.waiting.set(waiting.filter((p) => p.at - 1 > at))
      },
      onBroadcast({ at, films }, ctx) {
        ctx.shared.trends.set(at, films)
        ctx.shared.trends.delete(at - 24 * 60 * 60_000)
      },
    })

  const ranked = withTrend
    .asyncMap('user-tower', async (p) => ({ ...p, vector: await userVector(p, embedder, index) }), {
      concurrency: 256,
      retries: 2,
      ordered: false,
    })
    .fork('candidates', {
      similar: (u) => u.asyncMap('nearest', async ({ vector }) => index.nearest(vector, candidatesBySimilarity)),
      trending: (u) => u.map((p) => p.trending),
    })
    .map(({ input, similar, trending }): Recommendation => {
      const clicked = new Set(input.clicks.map(([id]) => id))
      const best = rank(index, { vector: input.vector, clicked, similar, trending }, 100)
      return { userId: input.userId, at: input.at, query: input.queries.at(-1)?.[0], films: best.map(({ film }: Scored) => film.id) }
    })
  ranked.to('recommendations', sink)
  return { job: recs, ranked }
}

/** Each text or film once, with its newest time; the newest last, so many of them as are remembered. */
function newest<T extends string | number>(seen: readonly (readonly [T, number])[]): (readonly [T, number])[] {
  const last = new Map<T, number>()
  for (const [what, ts] of seen) last.set(what, Math.max(ts, last.get(what) ?? 0))
  return [...last].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).slice(-remembered)
}

/** The mean of what was searched for and clicked. What is eight minutes older counts half. */
async function userVector({ at, queries, clicks }: Profile, embedder: Embedder, index: FilmIndex): Promise<Float32Array> {
  const weight = (ts: number): number => 0.5 ** ((at - ts) / halfLifeMs)
  const searched = await Promise.all(queries.map(async ([query, ts]) => [await embedder.embed(query), weight(ts)] as const))
  return weightedMean([...searched, ...clicks.map(([id, ts]) => [index.vector(id), weight(ts)] as const)])
}

/** Of the first `n` films of a list, the part that is of a genre. */
export const shareOf = (genre: string, films: readonly Film[], n: number): number =>
  films.slice(0, n).filter((film) => film.genre === genre).length / n
