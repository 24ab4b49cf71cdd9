// A run told to programs: one JSON object a line on standard output, and nothing else there.
//
// What the job itself prints (a printing sink, console.log) goes to standard error instead. Every object has `type` and `at`, ms since the
// epoch; numbers that JSON does not have are null.

import type { Clock } from '../ports/clock.ts'
import { takeStandardOutput } from './own-output.ts'
import type { Progress } from './progress.ts'
import type { Level, Reporter, RunStart, RunSummary } from './report.ts'

export class JsonReporter implements Reporter {
  readonly everyMs = 1_000
  readonly #clock: Clock
  readonly #verbose: boolean
  readonly #output = takeStandardOutput()

  constructor(clock: Clock, verbose: boolean) {
    this.#clock = clock
    this.#verbose = verbose
  }

  started(start: RunStart): void {
    this.#line('started', { ...start, state: start.state ?? null, pid: process.pid })
  }

  restored(epoch: number): void {
    this.#line('restored', { checkpoint: epoch })
  }

  progress({ at, seconds, status, chains, counters }: Progress): void {
    const last = status?.lastCheckpoint
    this.#line('progress', {
      at,
      seconds,
      state: status?.state ?? 'opening',
      chains: chains.map((chain) => ({
        ...chain,
        inPerSecond: tenths(chain.inPerSecond),
        outPerSecond: tenths(chain.outPerSecond),
        watermark: finite(chain.watermark),
        lagMs: finite(at - chain.watermark),
      })),
      checkpoint: last === undefined ? null : { number: last.epoch, at: last.completedAt, durationMs: last.durationMs, bytes: last.bytes },
      openCheckpoint: status?.openCheckpoint ?? null,
      checkpointsFailed: status?.checkpointsFailed ?? 0,
      restarts: status?.restarts ?? 0,
      lastError: status?.lastError === undefined ? null : { code: status.lastError.code, message: status.lastError.message },
      counters,
    })
  }

  said(level: Level, message: string): void {
    if (level === 'warn' || level === 'error' || this.#verbose) this.#line('log', { level, message })
  }

  stopping(signal: string): void {
    this.#line('stopping', { signal })
  }

  over({ outcome, ...summary }: RunSummary): void {
    this.#line('summary', {
      ...summary,
      outcome: outcome.kind,
      already: outcome.kind === 'finished' && outcome.already,
      checkpoint: outcome.kind === 'failed' ? null : outcome.epoch,
      error: outcome.kind === 'failed' ? { code: outcome.error.code, message: outcome.error.message } : null,
      state: summary.state ?? null,
      resume: summary.resume ?? null,
    })
  }

  close(): void {
    this.#output.close()
  }

  #line(type: string, fields: object): void {
    this.#output.write(`${JSON.stringify({ type, at: this.#clock.now(), ...fields })}\n`)
  }
}

const tenths = (n: number): number => Math.round(n * 10) / 10
const finite = (n: number): number | null => (Number.isFinite(n) ? n : null)
