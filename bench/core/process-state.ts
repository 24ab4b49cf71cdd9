// core/process-state: a process function with value state and one timer a key, against a loop with a `Map` and a heap.
//
// A key counts its records; its first one sets a timer 1 s later, which gives out the count and begins anew.

import { job, output, value } from 'millrace'
import { throughput } from '../figure.ts'
import { counting, digest, type Event, events, everyThousand, firstTime, prepared, type Tally } from '../prepared.ts'
import { base, engine, type Input, unchecked } from './both.ts'

const wait = 1_000
const input: Input<Event[]> = {
  prepare: (n) => events(n, (random) => random % 10_000),
  count: (size) => (size === 'full' ? 4_000_000 : 20_000),
}

interface Counted {
  readonly key: number
  readonly n: number
  readonly at: number
}

const digestOf = ({ key, n, at }: Counted): number => digest(key, n, at - firstTime)

interface HandTimer {
  readonly at: number
  readonly key: number
}

/** A binary heap of timers by their time. */
class TimerHeap {
  readonly #timers: HandTimer[] = []

  get first(): HandTimer | undefined {
    return this.#timers[0]
  }

  push(timer: HandTimer): void {
    const timers = this.#timers
    let i = timers.length
    timers.push(timer)
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (timers[parent]!.at <= timer.at) break
      timers[i] = timers[parent]!
      i = parent
    }
    timers[i] = timer
  }

  pop(): void {
    const timers = this.#timers
    const last = timers.pop()!
    const { length } = timers
    if (length === 0) return
    let i = 0
    for (let child = 1; child < length; child = 2 * i + 1) {
      if (child + 1 < length && timers[child + 1]!.at < timers[child]!.at) child++
      if (timers[child]!.at >= last.at) break
      timers[i] = timers[child]!
      i = child
    }
    timers[i] = last
  }
}

function byHand(records: readonly Event[], tally: Tally): void {
  const counts = new Map<number, { n: number }>()
  const timers = new TimerHeap()
  const fire = (watermark: number): void => {
    for (let timer = timers.first; timer !== undefined && timer.at <= watermark; timer = timers.first) {
      timers.pop()
      const { at, key } = timer
      tally.add(digestOf({ key, n: counts.get(key)!.n, at }))
      counts.delete(key)
    }
  }
  for (let i = 0; i < records.length; i++) {
    const { key, ts, v } = records[i]!
    const counted = counts.get(key)
    if (counted === undefined) {
      counts.set(key, { n: 1 })
      timers.push({ at: ts + wait, key })
    } else counted.n++
    if (v % 1_000 === 999) fire(ts)
  }
  fire(Number.POSITIVE_INFINITY)
}

export const processState = throughput({
  id: 'core/process-state',
  must: 0.3,
  aim: 0.6,
  base: base(input, byHand),
  engine: engine(input, (records, tally) => {
    const counter = job('process-state', unchecked)
    counter
      .source('events', prepared(records, tally), everyThousand)
      .keyBy((e) => e.key)
      .process('counter', {
        state: { n: value(0) },
        emits: output<Counted>(),
        onElement(e, { state, timers }) {
          const n = state.n.get()
          if (n === 0) timers.eventTime(e.ts + wait)
          state.n.set(n + 1)
        },
        onTimer({ at }, { state, key, emit }) {
          emit({ key, n: state.n.get(), at })
          state.n.clear()
        },
      })
      .to('out', counting(tally, digestOf))
    return counter
  }),
})
