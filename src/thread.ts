// What a thread of a job runs: loads the job's module for itself, and puts a worker into an actor system of its own.
//
// Composition only. The job is built here by the same code as in the main thread; that both built the same one is checked by fingerprint.

import type { FromThread, ToThread } from '../actors/thread-messages.ts'
import { ThreadWorker } from '../actors/thread-worker.ts'
import { doorbells, RingLinks } from './adapters/threads/links.ts'
import { thisThread } from './adapters/threads/spawn.ts'
import type { CompiledJob } from './api/graph.ts'
import { loadJob } from './cli/job-module.ts'
import { compileRun } from './compile-run.ts'
import { hostedBy } from './hosted.ts'
import { MillraceError } from './model/errors.ts'
import { createSystem } from './runtime/system.ts'
import { systemWorld } from './system-world.ts'
import { markThread, type ThreadData } from './thread-data.ts'

const { data, port } = thisThread<FromThread, ToThread>()
const { job: spec, bells, threads } = data as ThreadData
markThread()
const job = compileRun(await loadJob(spec.file, spec.name), { ...spec, threads })
checkSame(job)
const world = systemWorld()
const system = createSystem({ clock: world.clock, dispatcher: world.dispatcher, logger: world.logger, name: job.name })
new ThreadWorker({
  port,
  links: (self) => new RingLinks(doorbells(bells), self),
  threads,
  definitions: { operators: job.definitions, sources: job.sources, sinks: job.sinks },
  codec: world.codec,
  clock: world.clock,
  crashPoints: world.crashPoints,
  host: (name, actor) => hostedBy(system, name, actor),
  flushIntervalMs: job.options.flushIntervalMs,
  watermarkIntervalMs: job.options.watermarkIntervalMs,
}).begin()

function checkSame({ name, plan: { fingerprint } }: CompiledJob): void {
  if (fingerprint === spec.fingerprint) return
  throw new MillraceError(
    'JOB_INVALID',
    `${spec.file} builds another job ${name} in a thread than in the main one: every import must build the same, so its operators cannot depend on chance, the time, or on what the main thread did before`,
  )
}
