// Simulated shoppers: what they search and click is made up, from a seed. The films are real.
//
// Each shopper comes at some time, is interested in one genre, searches for it in changing words, clicks films of it, and after a while
// changes to another one, or leaves. Events arrive up to four seconds out of order.

import { seededRandom } from '../seeded-random.ts'
import type { Film } from './catalogue.ts'

export interface Search {
  readonly userId: string
  readonly query: string
  readonly ts: number
}
export interface Click {
  readonly userId: string
  readonly filmId: number
  readonly ts: number
}

/** What somebody is interested in, from some minute on. */
export interface Interest {
  readonly fromMinute: number
  readonly genre: Genre
}

export interface ShopperOptions {
  readonly seed: number
  readonly shoppers: number
  readonly minutes: number
  /** Shoppers whose interests are given, by name. They stay from their first interest to the end. */
  readonly scripted: Readonly<Record<string, readonly Interest[]>>
}

/** An event, and when it reaches the system, ms since the epoch. */
export interface Arrival<E> {
  readonly arrives: number
  readonly event: E
}

/** When the simulation begins: an evening in 2011. */
export const firstMs = Date.UTC(2011, 5, 1, 20)
const minuteMs = 60_000

const words = {
  Western: ['western', 'cowboys and gunfighters', 'outlaws of the wild west', 'sheriff in a frontier town', 'best westerns'],
  Musical: ['musical', 'song and dance film', 'broadway show on film', 'singing and dancing', 'best musicals'],
  Horror: ['horror', 'scary slasher movie', 'haunted house', 'zombies', 'best horror films'],
  'Romantic Comedy': ['romantic comedy', 'funny love story', 'wedding comedy', 'date night movie', 'best romantic comedies'],
  Documentary: ['documentary', 'true story documentary', 'documentary about nature', 'documentary about music', 'best documentaries'],
  Adventure: ['adventure', 'treasure hunt', 'pirates', 'fantasy quest', 'best adventure films'],
  'Thriller/Suspense': ['thriller', 'suspense with a twist', 'murder mystery', 'psychological thriller', 'best thrillers'],
} as const
export type Genre = keyof typeof words
const genres = Object.keys(words) as Genre[]

export function simulate(films: readonly Film[], options: ShopperOptions): { searches: Arrival<Search>[]; clicks: Arrival<Click>[] } {
  const random = seededRandom(options.seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  const shelves = new Map(genres.map((genre) => [genre, popularFirst(films, genre)]))
  const searches: Arrival<Search>[] = []
  const clicks: Arrival<Click>[] = []

  function shop(userId: string, interests: readonly Interest[], leavesMinute: number): void {
    let minute = interests[0]!.fromMinute + random()
    while (minute < leavesMinute) {
      const { genre } = interests.findLast(({ fromMinute }) => fromMinute <= minute) ?? interests[0]!
      const at = (): { readonly ts: number; readonly arrives: number } => {
        const ts = Math.floor(firstMs + minute * minuteMs)
        return { ts, arrives: ts + Math.floor(random() * 4_000) }
      }
      const { ts, arrives } = at()
      searches.push({ arrives, event: { userId, query: pick(words[genre]), ts } })
      for (let n = Math.floor(random() * 4); n > 0; n--) {
        minute += 0.1 + random() * 0.5
        const { ts, arrives } = at()
        // The square makes films in front of the shelf the ones that are clicked most.
        const shelf = shelves.get(genre)!
        const film = shelf[Math.floor(random() ** 2 * shelf.length)]
        if (film !== undefined) clicks.push({ arrives, event: { userId, filmId: film.id, ts } })
      }
      minute += 0.2 + random() * 1.5
    }
  }

  for (const [userId, interests] of Object.entries(options.scripted)) shop(userId, interests, options.minutes)
  for (let i = 0; i < options.shoppers; i++) {
    const comes = random() * options.minutes * 0.7
    const stays = 15 + random() * 30
    const interests = [{ fromMinute: comes, genre: pick(genres) }]
    if (random() < 0.5) interests.push({ fromMinute: comes + stays / 2, genre: pick(genres) })
    shop(`shopper-${i}`, interests, Math.min(options.minutes, comes + stays))
  }
  const byArrival = (a: Arrival<unknown>, b: Arrival<unknown>): number => a.arrives - b.arrives
  return { searches: searches.sort(byArrival), clicks: clicks.sort(byArrival) }
}

const popularFirst = (films: readonly Film[], genre: Genre): readonly Film[] =>
  films.filter((film) => film.genre === genre).sort((a, b) => b.votes - a.votes)
