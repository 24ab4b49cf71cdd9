// The threads of a run: what the engine asks of them, on Node. Composition.

import type { FromThread, ToThread } from '../actors/thread-messages.ts'
import { createDoorbell } from './adapters/threads/doorbell.ts'
import { doorbells, RingLinks } from './adapters/threads/links.ts'
import { spawnThread } from './adapters/threads/spawn.ts'
import type { Threads } from './run-job.ts'
import type { ThreadData, ThreadJob } from './thread-data.ts'

const entry = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url)

/** @param job what each thread loads */
export function nodeThreads(count: number, job: ThreadJob): Threads {
  const bells = Array.from({ length: count + 1 }, createDoorbell)
  return {
    count,
    links: new RingLinks(doorbells(bells), 0),
    spawn: () => {
      const data: ThreadData = { job, bells, threads: count }
      return spawnThread<ToThread, FromThread>({ entry, data, name: `a thread of job ${job.name}`, threads: count })
    },
  }
}
