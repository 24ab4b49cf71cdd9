// core/sliding-30x1: sliding windows of 30 min every minute, against a loop for tumbling minutes over the same events; both are timed when
// windows are full. core/sliding-slide: what a shorter slide costs where records come in, and a result where windows fire.

import { type Job, job, join, sliding } from 'millrace'
import { expectSame, type Outcome, type Size, throughput } from '../figure.ts'
import { counting, digest, firstTime, randomIntegers, settle, Tally } from '../prepared.ts'
import { unchecked } from './both.ts'
import { type Placed, Rounds } from './rounds.ts'

interface Visit extends Placed {
  readonly user: number
  readonly v: number
}

/** Each user's visits of one round, shuffled. */
function visits(users: number, perUser: number, lengthMs: number): Visit[] {
  const random = randomIntegers(11)
  const order = Array.from({ length: users * perUser }, (_, i) => i % users)
  for (let i = order.length - 1; i > 0; i--) {
    const j = random() % (i + 1)
    const user = order[i]!
    order[i] = order[j]!
    order[j] = user
  }
  return order.map((user, i) => ({ user, v: i, at: Math.floor((i * lengthMs) / order.length) }))
}

interface Sum {
  count: number
  sum: number
}

interface Result {
  readonly user: number
  readonly count: number
  readonly sum: number
  readonly end: number
}

const digestOf = ({ user, count, sum, end }: Result): number => digest(user, count, sum + (end - firstTime))

/** Sums over sliding windows, as a user writes them. */
function slidingJob(
  rounds: Rounds<Visit>,
  tally: Tally,
  windows: ReturnType<typeof sliding>,
  time: ReturnType<Rounds<Visit>['time']>,
): Job {
  const summed = job('sliding', unchecked)
  summed
    .source('visits', rounds.source, time)
    .keyBy((e) => e.user)
    .window(windows)
    .aggregate('sums', {
      init: (): Sum => ({ count: 0, sum: 0 }),
      add(acc, e) {
        acc.count++
        acc.sum += e.v
        return acc
      },
      merge(a, b) {
        a.count += b.count
        a.sum += b.sum
        return a
      },
      result: ({ count, sum }, { key, window }): Result => ({ user: key, count, sum, end: window.end }),
    })
    .to('out', counting(tally, digestOf))
  return summed
}

// ── 30 min by 1 min

const minuteMs = 60_000
const minutes = 30

interface Scale {
  readonly users: number
  readonly rounds: number
}
const scaleOf = (size: Size): Scale => (size === 'full' ? { users: 100_000, rounds: 42 } : { users: 1_000, rounds: 33 })

/** Records a second over the rounds in which windows are full. */
function steadyRate(records: number, endings: readonly number[]): number {
  const from = endings[minutes - 1]!
  const to = endings.at(-1)!
  return (records * (endings.length - minutes)) / ((to - from) / 1_000)
}

function tumblingByHand(size: Size): Outcome {
  const { users, rounds } = scaleOf(size)
  const records = visits(users, 10, minuteMs)
  settle()
  const tally = new Tally()
  const endings: number[] = []
  let sums = new Map<number, Sum>()
  let end = firstTime + minuteMs
  for (let round = 0; round < rounds; round++) {
    const start = firstTime + round * minuteMs
    for (let i = 0; i < records.length; i++) {
      const { user, v, at } = records[i]!
      if (start + at >= end) {
        sums = fire(sums, end, tally)
        end += minuteMs
      }
      const sum = sums.get(user)
      if (sum === undefined) sums.set(user, { count: 1, sum: v })
      else {
        sum.count++
        sum.sum += v
      }
    }
    endings.push(performance.now())
  }
  fire(sums, end, tally)
  if (tally.count !== users * rounds) throw new Error(`tumbling by hand gave ${tally.count} results`)
  return { value: steadyRate(records.length, endings), check: tally.check }
}

function fire(sums: Map<number, Sum>, end: number, tally: Tally): Map<number, Sum> {
  for (const [user, { count, sum }] of sums) tally.add(digestOf({ user, count, sum, end }))
  return new Map()
}

async function slidingByEngine(size: Size): Promise<Outcome> {
  const { users, rounds } = scaleOf(size)
  const records = visits(users, 10, minuteMs)
  settle()
  const input = new Rounds(records, minuteMs, rounds)
  const tally = new Tally()
  const everyThousand = input.time((e, time) => (e.v % 1_000 === 999 ? time : undefined))
  const node = await join(slidingJob(input, tally, sliding('30 min', '1 min'), everyThousand))
  await node.done
  expectSame(tally.check, slidingModel(records, { users, rounds }), 'sliding-30x1')
  return { value: steadyRate(records.length, input.endings), check: tally.check }
}

/** Sum of `v` of each user in one round. */
function sumsOf(records: readonly Visit[], users: number): Float64Array {
  const sums = new Float64Array(users)
  for (const { user, v } of records) sums[user]! += v
  return sums
}

/** What comes out: rounds are minutes, and a window holds some of them, in which each user has the same visits. */
function slidingModel(records: readonly Visit[], { users, rounds }: Scale): string {
  const sums = sumsOf(records, users)
  const tally = new Tally()
  for (let minute = 1; minute < rounds + minutes; minute++) {
    const held = Math.min(minute, rounds) - Math.max(0, minute - minutes)
    const end = firstTime + minute * minuteMs
    for (let user = 0; user < users; user++) tally.add(digestOf({ user, count: 10 * held, sum: held * sums[user]!, end }))
  }
  return tally.check
}

// ── slide of 1 s against 60 s

const secondMs = 1_000

/** Windows that fire when the watermark is let go. */
const firedWindows = 5

/** Its watermark lets windows fire. */
const last: Visit = { user: 0, v: -1, at: 0 }

/** Ingest with the watermark held, then some windows fired: records a second, and ns a result in `detail`. */
function withSlide(slideMs: number): (size: Size) => Promise<Outcome> {
  return async (size) => {
    const users = size === 'full' ? 50_000 : 500
    const rounds = size === 'full' ? 12 : 3
    const records = visits(users, 20, secondMs)
    settle()
    let release!: () => void
    const when = new Promise<void>((resolve) => {
      release = resolve
    })
    const input = new Rounds(records, secondMs, rounds, { record: last, when })
    const tally = new Tally()
    const firstEnd = firstTime - (firstTime % slideMs) + slideMs
    const until = firstEnd + (firedWindows - 1) * slideMs
    const time = input.time((e) => (e === last ? until : undefined))
    const node = await join(slidingJob(input, tally, sliding('30 min', slideMs), time))
    while (input.endings.length < rounds) await new Promise((resolve) => setTimeout(resolve, 5))
    const began = performance.now()
    release()
    const expected = firedWindows * users
    while (tally.count < expected) await new Promise((resolve) => setTimeout(resolve, 5))
    const nsAResult = ((tally.ended - began) * 1e6) / expected
    await node.close()
    expectSame(tally.check, slideModel(records, { users, rounds }, until, slideMs), `sliding by ${slideMs} ms`)
    const spent = (input.endings.at(-1)! - input.endings[1]!) / 1_000
    return { value: (records.length * (rounds - 2)) / spent, check: tally.check, detail: { nsAResult: Math.round(nsAResult) } }
  }
}

/** All of the input lies within the first 30 min, so a window holds the rounds before its end; the record that let time go is one more. */
function slideModel(records: readonly Visit[], { users, rounds }: Scale, until: number, slideMs: number): string {
  const sums = sumsOf(records, users)
  const tally = new Tally()
  for (let end = until - (firedWindows - 1) * slideMs; end <= until; end += slideMs) {
    const held = Math.min(rounds, (end - firstTime) / secondMs)
    const more = firstTime + rounds * secondMs < end
    for (let user = 0; user < users; user++) {
      const isLast = more && user === last.user
      tally.add(digestOf({ user, count: 20 * held + (isLast ? 1 : 0), sum: held * sums[user]! + (isLast ? last.v : 0), end }))
    }
  }
  return tally.check
}

export const slidingFigures = [
  throughput({
    id: 'core/sliding-30x1',
    must: 0.4,
    aim: 0.7,
    sameResults: false,
    base: tumblingByHand,
    engine: slidingByEngine,
  }),
  throughput({
    id: 'core/sliding-slide',
    must: 0.9,
    aim: 0.97,
    sameResults: false,
    base: withSlide(60 * secondMs),
    engine: withSlide(secondMs),
  }),
]
