// What the columns of the table mean in time. Nothing here knows about jobs.
//
// `date` is when a flight really left, and the table is sorted by it. `delay` is how late it arrived, in minutes, negative for early. All
// times are local and the table has no zones, so everything is taken as one zone.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as v from 'valibot'

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs

/** A departure with what became of it. */
export const Flight = v.object({ date: v.number(), delay: v.number(), origin: v.string() })
export type Flight = v.InferOutput<typeof Flight>

/** A flight as the airport sees it at which it lands. */
export const Landing = v.object({ date: v.number(), delay: v.number(), distance: v.number(), origin: v.string(), destination: v.string() })
export type Landing = v.InferOutput<typeof Landing>

/** 3,000,000 flights in the United States, January to June 2001 (U.S. Bureau of Transportation Statistics). */
export const flightsFile = join(createRequire(import.meta.url).resolve('vega-datasets'), '../../data/flights-3m.parquet')

/** When it should have left to arrive on time. */
export const dueAt = ({ date, delay }: Pick<Flight, 'date' | 'delay'>): number => date - delay * minuteMs

/** Minutes from any departure to its arrival, at least. */
const groundMinutes = 30

/** About when it landed: half an hour for taxi, climb and approach, and eight miles a minute. */
export const landedAt = ({ date, distance }: Pick<Landing, 'date' | 'distance'>): number =>
  date + (groundMinutes + Math.floor(distance / 8)) * minuteMs

/** Once a flight of this departure has been read, no later record lands at this time or before. */
export const landedBefore = ({ date }: Pick<Landing, 'date'>): number => date + groundMinutes * minuteMs - 1
