// The curves on two threads: parallelism, and the number of fields of the records that go from one thread to the other.
//
// Each thread imports this module, and finds in the environment which job it is. What its sink saw, and when its source began, comes to the
// main thread with the last checkpoint.

import { type Job, type Json, job, join, output, type Sink, value } from 'millrace'
import { unchecked } from '../core/both.ts'
import { counting, type Event, events, prepared, Tally } from '../prepared.ts'
import type { Cost, Curve, Pass } from './curve.ts'

const threads = 2
const keys = 10_000

interface Spec {
  readonly kind: 'parallelism' | 'width'
  /** Subtasks, or fields. */
  readonly x: number
  readonly records: number
}

/** What one thread tells. Times in ms since the epoch, CPU time the process's in microseconds. */
interface Part {
  readonly sum: number
  readonly began: number
  readonly ended: number
  readonly cpuBegan: number
  readonly cpuEnded: number
}

/** A sink that counts in each thread; `parts` gets what all of them counted. */
function countingParts<T>(tally: Tally, digestOf: (row: T) => number, parts: Part[]): Sink<T> {
  const local = counting<T>(tally, digestOf)
  return {
    ...local,
    guarantee: 'exactly-once',
    writer: async (context) => {
      const writer = await local.writer(context)
      return {
        write(rows, length) {
          const written = writer.write(rows, length)
          tally.read()
          return written
        },
        prepare: () => {
          if (Number.isNaN(tally.began)) return []
          const { sum, began, ended, cpuBegan, cpuMicros } = tally
          tally.sum = 0
          const { timeOrigin } = performance
          return [{ sum, began: timeOrigin + began, ended: timeOrigin + ended, cpuBegan, cpuEnded: cpuBegan + cpuMicros }]
        },
      }
    },
    committer: () => ({
      recover: () => undefined,
      commit: (_, committables: readonly Json[]) => void parts.push(...(committables as unknown as readonly Part[])),
    }),
  }
}

/** Every 16th record of a key gives a row, so that what is measured is the way to the key and not the way out. */
const rowEvery = 16

/** A count by key as a user keeps it in state: every record goes to the subtask of its key. */
function parallelismJob({ x, records }: Spec, parts: Part[]): Job {
  const tally = new Tally()
  const made = job('growth-parallelism', { ...unchecked, parallelism: x })
  const input = events(records, (random) => random % keys)
  made
    .source('events', prepared(input, tally, Math.max(threads, x)))
    .keyBy((e) => e.key)
    .process('counts', {
      state: { n: value(0) },
      emits: output<number>(),
      onElement(_, { state, emit }) {
        const n = state.n.get() + 1
        state.n.set(n)
        if (n % rowEvery === 0) emit(n)
      },
    })
    .to(
      'out',
      countingParts(tally, (n: number) => n, parts),
    )
  return made
}

type Wide = Record<string, number | string>

/** Every other field is a text of 8 characters, the rest are whole numbers. */
function wide(fields: number, { key, v }: Event): Wide {
  const record: Wide = { key, v }
  for (let i = 2; i < fields; i++) record[`field${i}`] = i % 2 === 0 ? v + i : `text${1_000 + (v % 1_000)}`
  return record
}

/** Different records that a source gives again and again. */
const wideRecords = 4_096

/** Records of so many fields, spread over the subtasks of both threads: every other one goes to the other thread. */
function widthJob({ x, records }: Spec, parts: Part[]): Job {
  const tally = new Tally()
  const made = job('growth-width', { ...unchecked, parallelism: threads })
  const few = events(Math.min(records, wideRecords), (random) => random % keys).map((event) => wide(x, event))
  const input = Array.from({ length: records }, (_, i) => few[i % few.length]!)
  made
    .source('events', prepared(input, tally, threads))
    .rebalance()
    .to(
      'out',
      countingParts(tally, (record: Wide) => record.v as number, parts),
    )
  return made
}

const jobOf = (spec: Spec, parts: Part[]): Job => (spec.kind === 'width' ? widthJob(spec, parts) : parallelismJob(spec, parts))

const { MILLRACE_BENCH_GROWTH: wanted } = process.env
/** The job that a thread of it loads. */
export const threaded = jobOf(wanted === undefined ? { kind: 'width', x: 2, records: 0 } : (JSON.parse(wanted) as Spec), [])

async function run(spec: Spec): Promise<Cost> {
  const parts: Part[] = []
  process.env.MILLRACE_BENCH_GROWTH = JSON.stringify(spec)
  const node = await join(jobOf(spec, parts), { threads, module: import.meta.url })
  await node.done
  let sum = 0
  for (const part of parts) sum = (sum + part.sum) | 0
  const expected = expectedOf(spec)
  if (sum !== expected) throw new Error(`growth/${spec.kind} at ${spec.x}: the rows add up to ${sum}, it must be ${expected}`)
  const least = (of: (part: Part) => number): number => Math.min(...parts.map(of))
  const greatest = (of: (part: Part) => number): number => Math.max(...parts.map(of))
  return {
    cpuNs: (greatest(({ cpuEnded }) => cpuEnded) - least(({ cpuBegan }) => cpuBegan)) * 1_000,
    wallNs: (greatest(({ ended }) => ended) - least(({ began }) => began)) * 1e6,
  }
}

function expectedOf({ kind, records }: Spec): number {
  let sum = 0
  if (kind === 'width') {
    for (let i = 0; i < records; i++) sum = (sum + (i % wideRecords)) | 0
    return sum
  }
  const counts = new Uint32Array(keys)
  for (const { key } of events(records, (random) => random % keys)) if (++counts[key]! % rowEvery === 0) sum = (sum + counts[key]!) | 0
  return sum
}

const pass =
  (kind: Spec['kind'], x: number): Pass =>
  (records) =>
    run({ kind, x, records })

const curve = (kind: Spec['kind'], must: number, aim: number, all: readonly number[], records: number): Curve => ({
  id: `growth/${kind}`,
  must,
  aim,
  hasFreshThreads: true,
  points: (size) =>
    size === 'full'
      ? all.map((x) => ({ x, records, pass: pass(kind, x) }))
      : all.slice(0, 2).map((x) => ({ x, records: 20_000, pass: pass(kind, x) })),
})

export const threadedCurves: readonly Curve[] = [
  curve('parallelism', 4, 2, [1, 2, 4, 8, 16], 1_000_000),
  curve('width', 25, 12, [2, 5, 10, 20, 50], 400_000),
]
