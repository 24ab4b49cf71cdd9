// The pipeline for the command line, as fast as it goes:
//
//   npm run millrace -- run examples/recommendations/job.ts --state .millrace/recommendations
//
// Lists go to RECOMMENDATIONS_OUTPUT (default .millrace/recommendations-output), exactly once.

import { jsonlSink } from 'millrace/files'
import { loadFilms } from './catalogue.ts'
import { Embedder } from './embedder.ts'
import { buildIndex } from './film-index.ts'
import { played } from './paced.ts'
import { recommendationJob } from './recommendations.ts'
import { simulate } from './shoppers.ts'

const films = loadFilms()
const embedder = new Embedder()
const index = await buildIndex(films, embedder)
const { searches, clicks } = simulate(films, { seed: 7, shoppers: 60, minutes: 90, scripted: {} })

export const { job: recommendations } = recommendationJob({
  searches: played(searches),
  clicks: played(clicks),
  embedder,
  index,
  sink: jsonlSink(process.env.RECOMMENDATIONS_OUTPUT ?? '.millrace/recommendations-output'),
  // Unpaced, thousands of profiles wait for their lists, and a checkpoint waits behind them.
  options: { checkpointTimeout: '5 min' },
})
