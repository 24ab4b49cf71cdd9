// `npm run demo`: the pipeline at an accelerated clock, in one process, without any server and without a network.
//
// 80 minutes of shopping pass in about 20 seconds. Ada is interested in westerns, and after 40 minutes in musicals; the demo prints what is
// recommended to her. Everybody's lists go to .millrace/demo/output, exactly once. Ctrl-C stops it with a checkpoint.

import { rm } from 'node:fs/promises'
import { join as pathOf } from 'node:path'
import { forEach, join, type Node } from 'millrace'
import { jsonlSink, readEpochs } from 'millrace/files'
import { type Film, loadFilms } from './catalogue.ts'
import { Embedder } from './embedder.ts'
import { buildIndex, type FilmIndex } from './film-index.ts'
import { Pace, played } from './paced.ts'
import { type Recommendation, recommendationJob, shareOf } from './recommendations.ts'
import { firstMs, type Interest, simulate } from './shoppers.ts'

const minutes = 80
const speed = 240
const ada: readonly Interest[] = [
  { fromMinute: 2, genre: 'Western' },
  { fromMinute: 40, genre: 'Musical' },
]
const shownMinutes = new Set([5, 20, 39, 45, 60, 75])
const folder = pathOf('.millrace', 'demo')
const began = performance.now()
const minuteOf = (at: number): number => Math.round((at - firstMs) / 60_000)
const say = (text: string): void => console.log(`${`${((performance.now() - began) / 1_000).toFixed(1)} s`.padStart(7)}  ${text}`)

const embedder = new Embedder()
let node: Node | undefined
let stopped = false
process.once('SIGINT', () => {
  stopped = true
  say('stopping: one more checkpoint, then the end (Ctrl-C again ends it at once)')
  if (node === undefined) void embedder.close()
  else void node.close().catch((error: unknown) => console.error(error))
})

async function demo(): Promise<void> {
  const films = loadFilms()
  const index = await prepare(films)
  const events = simulate(films, { seed: 7, shoppers: 40, minutes, scripted: { ada } })
  say(
    `${events.searches.length} searches and ${events.clicks.length} clicks of 41 simulated shoppers; ${minutes} minutes pass at ${speed} times the speed`,
  )
  await rm(folder, { recursive: true, force: true })
  const pace = new Pace(firstMs, speed)
  const { job, ranked } = recommendationJob({
    searches: played(events.searches, pace),
    clicks: played(events.clicks, pace),
    embedder,
    index,
    sink: jsonlSink<Recommendation>(pathOf(folder, 'output')),
    options: { checkpointEvery: '4 s' },
  })
  ranked
    .filter(({ userId, at }) => userId === 'ada' && shownMinutes.has(minuteOf(at)))
    .to(
      'story',
      forEach((list) => tell(list, films)),
    )
  if (stopped) return
  node = await join(job, { state: pathOf(folder, 'state') })
  const watching = setInterval(watch(node), 200)
  try {
    await node.done
  } finally {
    clearInterval(watching)
  }
  await sumUp(index)
}

async function prepare(films: readonly Film[]): Promise<FilmIndex> {
  say(`${films.length} films (vega-datasets), vectors by the Universal Sentence Encoder in a worker thread`)
  let told = performance.now()
  const index = await buildIndex(films, embedder, {
    progress: (done, of) => {
      if (performance.now() - told < 3_000) return
      told = performance.now()
      say(`  ${done} of ${of} films`)
    },
  })
  const { embedded } = embedder.counts
  say(embedded === 0 ? 'vectors taken from .millrace/cache' : `${embedded} texts embedded, kept in .millrace/cache for the next time`)
  return index
}

function tell({ at, query, films }: Recommendation, all: readonly Film[]): void {
  const listed = films.map((id) => all[id]!)
  const share = (genre: string): string => `${Math.round(100 * shareOf(genre, listed, 20))} %`
  console.log()
  say(`minute ${minuteOf(at)}: Ada searched "${query}". Of her first 20: westerns ${share('Western')}, musicals ${share('Musical')}`)
  for (const [i, { title, genre, year, rating }] of listed.slice(0, 5).entries())
    say(`  ${i + 1}. ${title} (${year}, ${genre}, rated ${rating.toFixed(1)})`)
}

/** Says when a checkpoint is complete, and how much went through since the last one. */
function watch(running: Node): () => void {
  let last = 0
  let [records, at] = [0, performance.now()]
  return () => {
    const checkpoint = running.status()?.lastCheckpoint
    if (checkpoint === undefined || checkpoint.epoch === last) return
    last = checkpoint.epoch
    const now = performance.now()
    const lists = running.stats().reduce((sum, { written }) => sum + (written.recommendations ?? 0), 0)
    const rate = ((lists - records) / (now - at)) * 1_000
    const { epoch, durationMs, bytes } = checkpoint
    say(`checkpoint ${epoch}: ${(bytes / 1_024).toFixed(0)} kB in ${durationMs} ms; ${lists} lists so far, ${rate.toFixed(0)} a second`)
    records = lists
    at = now
  }
}

async function sumUp({ films, searches }: FilmIndex): Promise<void> {
  let lists = 0
  const people = new Set<string>()
  for await (const { userId } of readEpochs<Recommendation>(pathOf(folder, 'output'))) {
    lists++
    people.add(userId)
  }
  const { asked, embedded, batches } = embedder.counts
  console.log()
  say(`${lists} lists for ${people.size} people, exactly once, in ${pathOf(folder, 'output')}`)
  say(`${searches.count} searches among ${films.length} vectors, ${(searches.ms / searches.count).toFixed(2)} ms each`)
  say(`${asked} texts asked for, ${embedded} given to the model in ${batches} batches, the others known`)
  say(stopped ? 'stopped' : 'done')
}

try {
  await demo()
} catch (thrown) {
  // Who stopped it while the films were being read does not need to hear that they were not.
  if (!stopped || node !== undefined) throw thrown
} finally {
  await embedder.close()
}
