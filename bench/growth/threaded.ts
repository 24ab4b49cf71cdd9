// The curves on two threads: parallelism, and the number of fields of the records that go from one thread to the other.
//
// Each thread imports this module, and finds in the environment which job it is. What its sink saw, and when its source began, comes to the
// main thread with the last checkpoint.

import { type Job, job, join, output, type Sink, value } from 'millrace'
import { unchecked } from '../core/both.ts'
import { counting, type Event, events, prepared, Tally } from '../prepared.ts'
import { inThreads, type Part, tallyOf } from '../threads/parts.ts'
import type { Cost, Curve, Pass } from './curve.ts'

const threads = 2
const keys = 10_000

interface Spec {
  readonly kind: 'parallelism' | 'width'
  /** Subtasks, or fields. */
  readonly x: number
  readonly records: number
}

/** Counts in a tally, and looks at the CPU time with each write. */
function reading<T>(tally: Tally, digestOf: (row: T) => number): Sink<T> {
  const local = counting<T>(tally, digestOf)
  return {
    ...local,
    writer: async (context) => {
      const writer = await local.writer(context)
      return {
        ...writer,
        write(rows, length) {
          const written = writer.write(rows, length)
          tally.read()
          return written
        },
      }
    },
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
      inThreads(
        reading(tally, (n: number) => n),
        tally,
        parts,
      ),
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
      inThreads(
        reading(tally, (record: Wide) => record.v as number),
        tally,
        parts,
      ),
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
  const { sum, began, ended, cpuMicros } = tallyOf(parts)
  const expected = expectedOf(spec)
  if (sum !== expected) throw new Error(`growth/${spec.kind} at ${spec.x}: the rows add up to ${sum}, it must be ${expected}`)
  return { cpuNs: cpuMicros * 1_000, wallNs: (ended - began) * 1e6 }
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
