// How `toAsyncIterable` finds what runs jobs: the package's entry point says so once. The builder itself runs nothing.

import { MillraceError } from '../model/errors.ts'
import type { Job } from './job-types.ts'
import type { Stream } from './stream-types.ts'

export interface JobRunner {
  /** Runs the job in this process and gives the records of one stream; `return()` stops the job. Nothing runs before the first `next()`. */
  iterate<T>(job: Job, stream: Stream<T>): AsyncIterator<T, undefined>
}

let runner: JobRunner | undefined

export function setJobRunner(given: JobRunner): void {
  runner = given
}

export function jobRunner(): JobRunner {
  if (runner === undefined)
    throw new MillraceError('USAGE', "nothing here can run jobs: import from 'millrace', not from a file inside of it")
  return runner
}
