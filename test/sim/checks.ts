// What a run without faults gives, and whether the output of a run under faults agrees with it.
//
// Where a sink's output is a function of the input it must be the same multiset. Where it is not, it is judged by what it conserves: late
// records and window results together hold each record once, and so do windows of processing time alone; what timers of processing time gave out is never more than came in; windows by
// number are full and share no record; parts of a window sum up to the whole; state is forgotten when its time is over and not before.

import { memoryCheckpointStore } from '../../src/adapters/memory/checkpoint-store.ts'
import { collect } from '../../src/adapters/memory/collect.ts'
import { msgpackCodec } from '../../src/adapters/msgpack/msgpack-codec.ts'
import { jobInternals } from '../../src/api/job.ts'
import { startJob } from '../../src/run-job.ts'
import { SimWorld } from '../../src/sim/world.ts'
import type { FaultPlan } from './faults.ts'
import { byCount, ttlMs } from './random-cores.ts'
import type { Taken } from './random-input.ts'
import { buildJob, deadLetterSink, type JobShape, keepsOrder } from './random-job.ts'

/** Records of each sink, in the order in which a reader of its output sees them. */
export type Output = ReadonlyMap<string, readonly unknown[]>

const codec = msgpackCodec()

/**
 * The same job on the same input, in one subtask each and with nothing folded on its way to windows, in a world without faults.
 * @param taken records that the job had read of each split when it was drained
 */
export async function expectedOutput(shape: JobShape, taken: Taken): Promise<Output> {
  const world = new SimWorld(0)
  const process = world.process()
  const sinks = new Map<string, { readonly records: readonly unknown[] }>()
  const job = buildJob(
    { ...shape, combine: false },
    {
      pace: { chunk: () => 1_024, pauseMs: () => 0, after: (delayMs, fire) => void world.after(delayMs, fire, process) },
      sink: (id) => {
        const sink = collect<unknown>()
        sinks.set(id, sink)
        return sink
      },
      mayThrow: () => undefined,
      poisons: false,
      poisoned: () => {
        throw new Error('a record that was to be set aside came through')
      },
      taken,
      call: (result) => Promise.resolve(result),
    },
  )
  const { clock, dispatcher, random, logger, crashPoints } = process
  const compiled = jobInternals(job).compile({ parallelism: 1 })
  const running = startJob(
    compiled,
    { clock, dispatcher, random, logger, crashPoints, codec },
    { store: memoryCheckpointStore(), durable: false },
  )
  const outcome = await world.runUntil(running.done)
  if (outcome.kind !== 'finished')
    throw new Error(`the run without faults ${outcome.kind}: ${outcome.kind === 'failed' ? outcome.error.message : ''}`)
  return new Map([...sinks].map(([id, { records }]) => [id, records]))
}

/** @returns what is wrong with the output, one line each; `whole` = the job has finished, so nothing may be missing */
export function problemsOf(shape: JobShape, plan: FaultPlan, expected: Output, actual: Output, whole: boolean): string[] {
  const problems = differences(deadLetterSink, expected.get(deadLetterSink) ?? [], actual.get(deadLetterSink) ?? [], whole)
  for (const [i, { core }] of shape.branches.entries()) {
    const id = `${core}-${i}`
    const check = (suffix: string): void => {
      const sink = `${id}-${suffix}`
      problems.push(...differences(sink, expected.get(sink) ?? [], actual.get(sink) ?? [], whole))
    }
    if (core === 'late-tumbling' || core === 'late-session' || core === 'processing-windows') {
      problems.push(...lateProblems(id, expected, actual, whole))
      continue
    }
    const outputs = [`${id}-out`, expected.get(`${id}-out`) ?? [], actual.get(`${id}-out`) ?? []] as const
    if (core === 'by-count' || core === 'by-purged-count') {
      problems.push(...fullnessProblems(...outputs, whole))
      continue
    }
    if (core === 'every-so-often') {
      problems.push(...sumProblems(...outputs, whole))
      continue
    }
    if (core === 'forgetful') {
      problems.push(...forgetfulProblems(...outputs, whole, plan))
      continue
    }
    check('out')
    if (core === 'process') check('odd')
    if (core === 'processing-timers') problems.push(...flushedProblems(id, expected, actual))
    if (core === 'pass' && keepsOrder(shape, plan.rescales)) problems.push(...orderProblems(`${id}-out`, actual.get(`${id}-out`) ?? []))
  }
  return problems
}

function differences(sink: string, expected: readonly unknown[], actual: readonly unknown[], whole: boolean): string[] {
  const counts = new Map<string, number>()
  for (const record of expected) add(counts, JSON.stringify(record), 1)
  for (const record of actual) add(counts, JSON.stringify(record), -1)
  const missing = [...counts].filter(([, n]) => n > 0)
  const extra = [...counts].filter(([, n]) => n < 0)
  const problems: string[] = []
  if (extra.length > 0) problems.push(`${sink}: ${extra.length} records too many, such as ${extra[0]![0]} (${-extra[0]![1]} times)`)
  if (whole && missing.length > 0)
    problems.push(`${sink}: ${missing.length} records are missing, such as ${missing[0]![0]} (${missing[0]![1]} times)`)
  return problems
}

const add = (counts: Map<string, number>, key: string, n: number): void => void counts.set(key, (counts.get(key) ?? 0) + n)

/** Which records are together is chance; that windows are full, how many there are, and that no record is in two of them is not. */
function fullnessProblems(sink: string, expected: readonly unknown[], actual: readonly unknown[], whole: boolean): string[] {
  const sizes = (records: readonly unknown[]): unknown[] =>
    (records as readonly { key: unknown; ids: readonly number[] }[]).map(({ key, ids }) => ({ key, n: ids.length }))
  const problems = differences(sink, sizes(expected), sizes(actual), whole)
  const all = (actual as readonly { ids: readonly number[] }[]).flatMap(({ ids }) => ids)
  const odd = all.find((id, at) => all.indexOf(id) !== at)
  if (odd !== undefined) problems.push(`${sink}: record ${odd} is in two windows`)
  if ((actual as readonly { ids: readonly number[] }[]).some(({ ids }) => ids.length !== byCount))
    problems.push(`${sink}: a window is not full`)
  return problems
}

/** How a window was cut is chance; what its parts are together is not. */
function sumProblems(sink: string, expected: readonly unknown[], actual: readonly unknown[], whole: boolean): string[] {
  const sums = (records: readonly unknown[]): WindowResult[] => {
    const byWindow = new Map<string, WindowResult>()
    for (const part of records as readonly WindowResult[]) {
      const { key, start, end } = part
      const sum = byWindow.get(JSON.stringify([key, start, end])) ?? { key, start, end, n: 0, v: 0, ids: 0 }
      byWindow.set(JSON.stringify([key, start, end]), { ...sum, n: sum.n + part.n, v: sum.v + part.v, ids: sum.ids + part.ids })
    }
    return [...byWindow.values()]
  }
  if (whole) return differences(sink, sums(expected), sums(actual), true)
  const most = new Map(sums(expected).map(({ key, start, n }) => [JSON.stringify([key, start]), n]))
  const over = sums(actual).find(({ key, start, n }) => n > (most.get(JSON.stringify([key, start])) ?? 0))
  return over === undefined ? [] : [`${sink}: more in a window than came: ${JSON.stringify(over)}`]
}

interface Remembered {
  readonly key: unknown
  readonly total: number
  readonly recent: number
  readonly pauseMs: number
  readonly waiting: number
}

/** A clock that jumps may let state expire that, by the clock as it is then, would still be there. */
function forgetfulProblems(
  sink: string,
  expected: readonly unknown[],
  actual: readonly unknown[],
  whole: boolean,
  { strikes }: FaultPlan,
): string[] {
  const places = (records: readonly unknown[]): unknown[] => (records as readonly Remembered[]).map(({ key, total }) => ({ key, total }))
  const problems = differences(sink, places(expected), places(actual), whole)
  const jumps = strikes.some(({ kind }) => kind === 'clock-back' || kind === 'clock-forward')
  const recent = new Map<string, number>()
  const inOrder = (actual as readonly Remembered[]).toSorted((a, b) => a.total - b.total)
  for (const one of inOrder) {
    const key = JSON.stringify(one.key)
    const kept = one.recent === (recent.get(key) ?? 0) + 1
    const forgotten = one.recent === 1
    recent.set(key, one.recent)
    const right = one.pauseMs === ttlMs ? kept || forgotten : one.pauseMs > ttlMs ? forgotten : kept || (jumps && forgotten)
    if (!right) problems.push(`${sink}: remembered wrongly: ${JSON.stringify(one)}`)
    if (one.waiting < 1 || one.waiting > one.total) problems.push(`${sink}: ${one.waiting} wait of ${one.total}`)
  }
  return problems
}

interface WindowResult {
  readonly key: string | number
  readonly start: number
  readonly end: number
  readonly n: number
  readonly v: number
  readonly ids: number
}

function lateProblems(id: string, expected: Output, actual: Output, whole: boolean): string[] {
  const should = totalOf(id, expected)
  const is = totalOf(id, actual)
  const problems = is.repeated === undefined ? [] : [`${id}: the same result of a window twice: ${is.repeated}`]
  if (is.n > should.n || (whole && is.n < should.n))
    problems.push(`${id}: ${is.n} records in windows and late output together, not ${should.n}`)
  if (whole && is.n === should.n && is.ids !== should.ids) problems.push(`${id}: other records than came in`)
  return problems
}

/** A window that fires again gives all that it holds, so its last result counts. */
function totalOf(id: string, output: Output): { n: number; ids: number; repeated: string | undefined } {
  const last = new Map<string, WindowResult>()
  const seen = new Set<string>()
  let repeated: string | undefined
  for (const result of (output.get(`${id}-out`) ?? []) as readonly WindowResult[]) {
    const text = JSON.stringify(result)
    if (seen.has(text)) repeated = text
    seen.add(text)
    const window = JSON.stringify([result.key, result.start, result.end])
    if ((last.get(window)?.n ?? 0) < result.n) last.set(window, result)
  }
  const late = (output.get(`${id}-late`) ?? []) as readonly { readonly id: number }[]
  let n = late.length
  let ids = late.reduce((sum, record) => sum + record.id, 0)
  for (const result of last.values()) {
    n += result.n
    ids += result.ids
  }
  return { n, ids, repeated }
}

function flushedProblems(id: string, expected: Output, actual: Output): string[] {
  const left = new Map<string, number>()
  for (const { key } of (expected.get(`${id}-out`) ?? []) as readonly { key: unknown }[]) add(left, JSON.stringify(key), 1)
  for (const { key, n } of (actual.get(`${id}-flushed`) ?? []) as readonly { key: unknown; n: number }[]) add(left, JSON.stringify(key), -n)
  const over = [...left].find(([, n]) => n < 0)
  return over === undefined ? [] : [`${id}-flushed: key ${over[0]} was given out ${-over[1]} times too often`]
}

function orderProblems(sink: string, records: readonly unknown[]): string[] {
  const last = new Map<string, number>()
  for (const { split, key, n } of records as readonly { split: string; key: string | number; n: number }[]) {
    const of = JSON.stringify([split, key])
    if (n < (last.get(of) ?? -1)) return [`${sink}: record ${n} of split ${split}, key ${key} behind record ${last.get(of)}`]
    last.set(of, n)
  }
  return []
}
