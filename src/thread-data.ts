// What a thread is told when it starts, and how code finds out that a thread imports it.

import { MillraceError } from './model/errors.ts'

/** Where a thread finds its job, and what it must come to. */
export interface ThreadJob {
  /** Path of the module that exports the job. */
  readonly file: string
  readonly name: string
  readonly parallelism: number | undefined
  readonly rate: number | undefined
  readonly fingerprint: string
}

export interface ThreadData {
  readonly job: ThreadJob
  /** Memory of every worker's doorbell, by its number. */
  readonly bells: readonly SharedArrayBuffer[]
  readonly threads: number
}

// Under a symbol of the whole thread, so that another copy of this package sees it too.
const mark = Symbol.for('millrace.thread')

/** This thread runs subtasks: the job's module, which it imports, must start nothing. */
export function markThread(): void {
  ;(globalThis as Record<symbol, unknown>)[mark] = true
}

/** @throws USAGE where a thread of a job imports the module that starts one */
export function refuseInThread(): void {
  if ((globalThis as Record<symbol, unknown>)[mark] !== true) return
  throw new MillraceError(
    'USAGE',
    'the module of a job with threads starts a job while it is imported, and every thread imports it: start it from another module, or only if isMainThread of node:worker_threads is true',
  )
}
