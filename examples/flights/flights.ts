// 3,000,000 real flights, three analyses, each on the clock that fits its question.
//
//   npm run millrace -- run examples/flights/flights.ts --state .millrace/flights
//
// Results go to FLIGHTS_OUTPUT (default .millrace/flights-output), exactly once: kill it, start it again, and compare. FLIGHTS_INPUT takes
// another Parquet file of the same columns.

import { type Duration, type Job, job, session, sliding } from 'millrace'
import { jsonlSink, parquet } from 'millrace/files'
import { dueAt, Flight, flightsFile, hourMs, Landing, landedAt, landedBefore } from './flight-times.ts'

export interface FlightsOptions {
  readonly input?: string | undefined
  /** Directory; each result gets one of its own below it. */
  readonly output: string
  readonly checkpointEvery?: Duration | undefined
  readonly parallelism?: number | undefined
}

/** Of flights due in a window: how late they were. Written again, with more flights, for each flight that comes after the window's end. */
export interface Punctuality {
  readonly origin: string
  readonly from: number
  readonly until: number
  readonly flights: number
  /** 15 minutes late or more. */
  readonly delayed: number
  /** Sum of all delays, early ones counted negative. */
  readonly minutes: number
  readonly worst: number
}

export function flightsJob({ input = flightsFile, output, checkpointEvery = '2 s', parallelism }: FlightsOptions): Job {
  const flights = job('flights', { checkpointEvery, parallelism })

  // 1. Punctuality by the hour at which a flight was due. The table comes in order of departure, so a flight that is three hours late is
  // three hours out of order, and one that left early is ahead of all others. `outOfOrder` would follow the greatest time seen: one flight
  // of the table is 19 hours early, and would make everything behind it late for the rest of the day. But the departure itself is the
  // watermark: what leaves now was due about now, so what was due an hour ago is nearly complete. Flights up to three hours late correct
  // the result when they come, later ones go to late(), and both depend on the table alone, not on the speed of the machine.
  const due = flights.source('due', parquet(input, { columns: ['date', 'delay', 'origin'], schema: Flight, inOrder: true }), {
    timestamp: dueAt,
    punctuation: ({ date }) => date - hourMs,
  })
  const punctuality = due
    .keyBy((flight) => flight.origin)
    .window(sliding('6 h', '3 h'))
    .allowedLateness('2 h')
    .aggregate('punctuality', {
      init: () => ({ flights: 0, delayed: 0, minutes: 0, worst: Number.NEGATIVE_INFINITY }),
      add: (sum, { delay }) => {
        sum.flights++
        if (delay >= 15) sum.delayed++
        sum.minutes += delay
        if (delay > sum.worst) sum.worst = delay
        return sum
      },
      merge: (a, b) => {
        a.flights += b.flights
        a.delayed += b.delayed
        a.minutes += b.minutes
        a.worst = Math.max(a.worst, b.worst)
        return a
      },
      result: (sum, { key, window }): Punctuality => ({ origin: key, from: window.start, until: window.end, ...sum }),
    })
  punctuality.to('punctuality-out', jsonlSink(`${output}/punctuality`))
  punctuality.late().to('too-late-out', jsonlSink(`${output}/too-late`))

  // 2. Sessions of disruption: an airport where one flight after the other leaves that will be an hour late, without half an hour's pause.
  // On the clock of departures, which the table is sorted by. It has whole minutes, and a flight exactly 30 minutes after the last one still
  // belongs to its session: the minute of `outOfOrder` keeps the session open until all flights of that minute have been read.
  const departures = flights.source('departures', parquet(input, { columns: ['date', 'delay', 'origin'], schema: Flight, inOrder: true }), {
    timestamp: ({ date }) => date,
    outOfOrder: '1 min',
  })
  departures
    .filter(({ delay }) => delay >= 60)
    .keyBy((flight) => flight.origin)
    .window(session('30 min'))
    .aggregate('disruption', {
      init: () => ({ flights: 0, minutes: 0, worst: 0 }),
      add: (sum, { delay }) => ({ flights: sum.flights + 1, minutes: sum.minutes + delay, worst: Math.max(sum.worst, delay) }),
      merge: (a, b) => ({ flights: a.flights + b.flights, minutes: a.minutes + b.minutes, worst: Math.max(a.worst, b.worst) }),
      result: (sum, { key, window }) => ({ airport: key, from: window.start, until: window.end, ...sum }),
    })
    .filter(({ flights }) => flights >= 5)
    .to('disruption-out', jsonlSink(`${output}/disruption`))

  // 3. Missed by a hair: what left an airport in the 20 minutes before a flight landed there that was two hours late or more. Landings
  // overtake each other by up to ten hours, but no flight takes less than half an hour: that makes a watermark that is never wrong.
  const landings = flights.source('landings', parquet(input, { inOrder: true, schema: Landing }), {
    timestamp: landedAt,
    punctuation: landedBefore,
  })
  landings
    .filter(({ delay }) => delay >= 120)
    .keyBy((flight) => flight.destination)
    .join(
      'missed',
      departures.keyBy((flight) => flight.origin),
      { between: ['-20 min', 0], exclusive: 'upper' },
      (late, left, { key }) => ({ airport: key, cameFrom: late.origin, landed: landedAt(late), delay: late.delay, left: left.date }),
    )
    .to('missed-out', jsonlSink(`${output}/missed`))

  return flights
}

export const flights = flightsJob({
  input: process.env.FLIGHTS_INPUT,
  output: process.env.FLIGHTS_OUTPUT ?? '.millrace/flights-output',
})
