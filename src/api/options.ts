// Options of a job, as the author writes them and with every default filled in.

import { type Duration, toMs } from '../model/duration.ts'
import { checkpointIntervalMs, checkpointTimeoutMs, flushIntervalMs, maxParallelismDefault, watermarkIntervalMs } from '../model/limits.ts'
import { checkNames, invalid } from '../model/refusals.ts'

export interface RestartOptions {
  /** Restarts allowed within `within`; one more fails the job. Default 10. */
  readonly max?: number | undefined
  /** Default '10 min'. */
  readonly within?: Duration | undefined
  /** Failures in a row are followed by longer and longer pauses, up to this one. Default '1 min'. */
  readonly longestPause?: Duration | undefined
}

export interface JobOptions {
  /** Time from the begin of a checkpoint to that of the next. Default '10 s'. */
  readonly checkpointEvery?: Duration | undefined
  /** A checkpoint that takes longer is aborted; the next one follows. Default '1 min'. */
  readonly checkpointTimeout?: Duration | undefined
  /** Key groups: the most subtasks that keyed state can ever be spread over. Part of every checkpoint, so choose it once. 1 to 32,768, default 128. */
  readonly maxParallelism?: number | undefined
  /** Subtasks of each operator that does not say otherwise. Default 1. */
  readonly parallelism?: number | undefined
  /** Sources send watermarks at most this often, and besides after a few thousand records where they read fast. Default '50 ms'. */
  readonly watermarkInterval?: Duration | undefined
  /**
   * A partly filled batch waits at most this long for more records before it is sent to another subtask. Default '10 ms'; 0 sends it at the
   * end of every turn. It only matters under load: a batch is sent at once when nothing else of its thread has anything to do and its
   * receiver keeps up.
   */
  readonly flushInterval?: Duration | undefined
  /**
   * Whether senders fold what they send to tumbling and sliding windows in event time by key, where a reduce or an aggregate with `merge`
   * lets them and nobody reads the late records. Default true: they stop by themselves where keys hardly repeat.
   */
  readonly combine?: boolean | undefined
  /**
   * What happens to a record that makes user code fail in every attempt: 'fail' ends the job with an error that names it, 'dead-letter'
   * sends it to `job.deadLetters()`. Default: 'dead-letter' where somebody reads that stream, else 'fail'.
   */
  readonly onPoison?: 'fail' | 'dead-letter' | undefined
  /**
   * How often a failed job is restarted from its last checkpoint before it fails for good; false = never. Default: 10 times in 10 minutes
   * where checkpoints are stored, on threads, and where `deadLetters()` are read; otherwise, with checkpoints in memory, never. The
   * restarts that it takes to find a record for `deadLetters()` do not count.
   */
  readonly restarts?: RestartOptions | false | undefined
}

interface ResolvedRestarts {
  readonly max: number | undefined
  readonly withinMs: number | undefined
  readonly longestPauseMs: number | undefined
}

export interface ResolvedOptions {
  readonly checkpointEveryMs: number
  readonly checkpointTimeoutMs: number
  readonly maxParallelism: number
  readonly parallelism: number
  readonly watermarkIntervalMs: number
  readonly flushIntervalMs: number
  readonly combine: boolean
  /** Undefined: it depends on whether dead letters are read. */
  readonly onPoison: 'fail' | 'dead-letter' | undefined
  /** Undefined: it depends on where checkpoints are stored. */
  readonly restarts: ResolvedRestarts | false | undefined
}

const known: Readonly<Record<keyof JobOptions, true>> = {
  checkpointEvery: true,
  checkpointTimeout: true,
  maxParallelism: true,
  parallelism: true,
  watermarkInterval: true,
  flushInterval: true,
  combine: true,
  onPoison: true,
  restarts: true,
}

/** Throws JOB_INVALID, naming the option. Parallelism is checked with the plan. */
export function resolveOptions(options: JobOptions): ResolvedOptions {
  checkNames(options, Object.keys(known), 'job')
  const { combine, onPoison, restarts } = options
  if (onPoison !== undefined && onPoison !== 'fail' && onPoison !== 'dead-letter') {
    throw invalid(`onPoison is ${JSON.stringify(onPoison)}: it is 'fail' or 'dead-letter'`)
  }
  if (combine !== undefined && typeof combine !== 'boolean') throw invalid(`combine is ${JSON.stringify(combine)}: it is true or false`)
  return {
    checkpointEveryMs: atLeast(1, options.checkpointEvery ?? checkpointIntervalMs, 'checkpointEvery'),
    checkpointTimeoutMs: atLeast(1, options.checkpointTimeout ?? checkpointTimeoutMs, 'checkpointTimeout'),
    maxParallelism: options.maxParallelism ?? maxParallelismDefault,
    parallelism: options.parallelism ?? 1,
    watermarkIntervalMs: atLeast(0, options.watermarkInterval ?? watermarkIntervalMs, 'watermarkInterval'),
    flushIntervalMs: atLeast(0, options.flushInterval ?? flushIntervalMs, 'flushInterval'),
    combine: combine ?? true,
    onPoison,
    restarts: restarts === undefined || restarts === false ? restarts : resolveRestarts(restarts),
  }
}

function resolveRestarts({ max, within, longestPause }: RestartOptions): ResolvedRestarts {
  if (max !== undefined && !(Number.isSafeInteger(max) && max >= 0)) throw invalid(`restarts.max is ${max}: it must be a whole number`)
  return {
    max,
    withinMs: within === undefined ? undefined : atLeast(1, within, 'restarts.within'),
    longestPauseMs: longestPause === undefined ? undefined : atLeast(0, longestPause, 'restarts.longestPause'),
  }
}

function atLeast(least: number, value: Duration, name: string): number {
  const ms = toMs(value, name)
  if (ms < least) throw invalid(`${name} is ${ms} ms: it must be at least ${least} ms`)
  return ms
}
