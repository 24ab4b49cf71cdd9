// Jobs: where streams begin.

import type { DeadLetter } from '../model/dead-letter.ts'
import { type Duration, toMs } from '../model/duration.ts'
import { MillraceError } from '../model/errors.ts'
import type { EventTimeDefinition } from '../model/event-time.ts'
import { idPattern } from '../model/ids.ts'
import type { Plan } from '../model/plan.ts'
import { invalid, named } from '../model/refusals.ts'
import { deadLettersKind } from '../plan/logical.ts'
import type { Source } from '../ports/source.ts'
import { checkId, checkObject, checkSynchronous } from './checks.ts'
import { arraySource, iterable } from './code-sources.ts'
import { type CompiledJob, type CompileOptions, Graph, type Place } from './graph.ts'
import { type Located, placeOf } from './handle.ts'
import type { EventTime, Job, PlanOverrides } from './job-types.ts'
import { type JobOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { AnyStream, SourceHandle } from './stream.ts'
import type { SourceStream, Stream } from './stream-types.ts'

/**
 * Begins a job. A module that defines one exports it; `millrace run` runs it.
 * @param name 1 to 64 characters out of A-Z a-z 0-9 _ -; names its checkpoints
 * @throws JOB_INVALID for an unusable name or option
 */
export function job(name: string, options: JobOptions = {}): Job {
  if (typeof name !== 'string' || !idPattern.test(name)) {
    throw invalid(
      `job name ${named(name)} is not usable: it has 1 to 64 characters out of A-Z a-z 0-9 _ - because it names files and subjects`,
    )
  }
  checkObject(options, `the options of job ${name}`)
  const defined = new DefinedJob(name, resolveOptions(options))
  return defined as unknown as Job
}

/** What the runner, tests and the command line need of a job, and no user's type shows. */
export interface JobInternals {
  readonly name: string
  readonly options: ResolvedOptions
  /** Plans the job as it stands; it may be called again. */
  compile(options?: CompileOptions): CompiledJob
  /** The place of one of its streams. */
  placeOf(stream: Stream<unknown>): Place
  /** Places of all streams that its author holds, for taps. */
  readonly handed: readonly Place[]
}

/** Throws USAGE for what is no job. */
export function jobInternals(job: Job): JobInternals {
  const defined: unknown = job
  if (defined instanceof DefinedJob) return defined.internals
  throw new MillraceError('USAGE', `${named(defined)} is no job: make it with job(name), and import millrace only once`)
}

/** Whether a value, such as an export of a module, is a job. */
export const isJob = (value: unknown): value is Job => value instanceof DefinedJob

class DefinedJob {
  readonly name: string
  readonly #graph: Graph
  #deadLetters: Place | undefined

  constructor(name: string, options: ResolvedOptions) {
    this.name = name
    this.#graph = new Graph(name, options)
  }

  get internals(): JobInternals {
    const graph = this.#graph
    return {
      name: this.name,
      options: graph.options,
      compile: (options) => graph.compile(options),
      placeOf: (stream) => placeOf(stream, graph, `job ${JSON.stringify(this.name)}`),
      handed: graph.handed,
    }
  }

  #at(place: Place): Located {
    return { job: this as unknown as Job, graph: this.#graph, place }
  }

  source(id: unknown, from: unknown, time?: EventTime<never>): SourceStream<unknown, never> {
    checkId(id, 'job.source')
    const source = sourceOf(id, from)
    const definition = time === undefined ? undefined : eventTimeOf(id, time)
    const place = this.#graph.add({
      kind: 'source',
      id,
      label: source.describe,
      inputs: [],
      does: { source, time: definition },
    })
    return new SourceHandle(this.#at(place), id) as unknown as SourceStream<unknown, never>
  }

  merge(streams: unknown): Stream<unknown> {
    checkObject(streams, 'job.merge')
    const tagged = Object.entries(streams).map(([type, stream]) => {
      const input = placeOf(stream, this.#graph, `job.merge, ${type}`)
      const fn = (record: object): object => ({ ...record, type })
      return this.#graph.add({ kind: 'map', label: `to type ${type}`, inputs: [input], does: { definition: { kind: 'map', fn } } })
    })
    const [first] = tagged
    if (first === undefined) throw invalid('job.merge takes streams by name, at least one')
    const merged = tagged.length === 1 ? first : this.#graph.add({ kind: 'union', inputs: tagged, does: { definition: { kind: 'pass' } } })
    return new AnyStream(this.#at(merged)) as unknown as Stream<unknown>
  }

  deadLetters(): Stream<DeadLetter> {
    this.#deadLetters ??= this.#graph.add({ kind: deadLettersKind, inputs: [], does: { definition: { kind: 'pass' } } })
    return new AnyStream(this.#at(this.#deadLetters)) as unknown as Stream<DeadLetter>
  }

  plan(overrides: PlanOverrides = {}): Plan {
    return this.#graph.compile({ parallelism: overrides.parallelism }).plan
  }
}

function sourceOf(id: string, from: unknown): Source<unknown, never> {
  if (Array.isArray(from)) return arraySource<unknown>(from)
  if (typeof from === 'function') return iterable(from as () => Iterable<unknown>)
  if (typeof from === 'object' && from !== null) {
    if ('splits' in from && 'open' in from) return from as Source<unknown, never>
    if (Symbol.asyncIterator in from || Symbol.iterator in from) {
      throw invalid(
        `source ${id}: an iterable can be read only once, so a restart could not replay it: give the function that makes it, or live(it)`,
      )
    }
  }
  throw invalid(`source ${id} takes a source, an array or a function that gives an iterable, not ${named(from)}`)
}

function eventTimeOf(id: string, time: EventTime<never>): EventTimeDefinition {
  checkObject(time, `the event time of source ${id}`)
  const { timestamp, outOfOrder, idleAfter, punctuation } = time
  checkSynchronous(timestamp, `timestamp of source ${id}`, 'it reads a field of the record')
  if (punctuation !== undefined) {
    checkSynchronous(punctuation, `punctuation of source ${id}`, 'it reads a field of the record')
    if (outOfOrder !== undefined)
      throw invalid(`source ${id}: punctuation says how far event time is, so outOfOrder has no meaning beside it; leave one out`)
  }
  return {
    timestamp,
    outOfOrderMs: outOfOrder === undefined ? 0 : bounded(outOfOrder, `outOfOrder of source ${id}`, 0),
    idleAfterMs: idleAfter === undefined ? undefined : bounded(idleAfter, `idleAfter of source ${id}`, 1),
    punctuation,
  }
}

function bounded(value: Duration, what: string, least: number): number {
  const ms = toMs(value, what)
  if (ms < least) throw invalid(`${what} is ${ms} ms: it must be at least ${least} ms`)
  return ms
}
