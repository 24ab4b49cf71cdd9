// Threads of Node: `worker_threads` behind the engine's port.
//
// A thread is a new instance of V8 with a heap of its own: one that runs out of memory, throws where nobody catches, or calls process.exit
// ends alone. Its young generation keeps V8's default: 64 MB instead of 16 brought nothing (ten million keys, three runs each).

import { totalmem } from 'node:os'
import { type MessagePort, parentPort, type Transferable, Worker, workerData } from 'node:worker_threads'
import { type ErrorCode, MillraceError, messageOf } from '../../model/errors.ts'
import type { Thread, ThreadPort } from '../../ports/thread.ts'

export interface SpawnOptions {
  /** URL of the module that it runs. */
  readonly entry: URL
  /** Plain data and shared memory that it begins with. */
  readonly data: unknown
  /** For people, and for messages. */
  readonly name: string
  /** Threads that share the machine's memory. */
  readonly threads: number
}

const oldGenerationMbLeast = 2_048
/** Part of the machine's memory that the heaps of all threads together may take. */
const heapShare = 0.75

/** @returns the thread, also where the system does not start one: that ends at once */
export function spawnThread<Out, In>(options: SpawnOptions): Thread<Out, In> {
  const { name } = options
  let worker: Worker
  try {
    worker = start(options)
  } catch (thrown) {
    if ((thrown as { readonly code?: unknown }).code !== 'ERR_WORKER_INIT_FAILED') throw thrown
    return notStarted(name, thrown)
  }
  let error: unknown
  worker.on('error', (thrown) => {
    error = thrown
  })
  return {
    post: (message, given = []) => worker.postMessage(message, given as Transferable[]),
    onMessage: (take) => void worker.on('message', take),
    onEnd: (told) => void worker.on('exit', (code) => told(endOf(name, error, code))),
    terminate: () => void worker.terminate(),
  }
}

function start({ entry, data, name, threads }: SpawnOptions): Worker {
  const { file, ...evaluated } = starter(entry)
  return new Worker(file, {
    ...evaluated,
    name,
    workerData: data,
    argv: process.argv.slice(2),
    resourceLimits: {
      maxOldGenerationSizeMb: Math.max(oldGenerationMbLeast, Math.floor((totalmem() * heapShare) / 1_048_576 / threads)),
    },
  })
}

function notStarted<Out, In>(name: string, thrown: unknown): Thread<Out, In> {
  const error = new MillraceError(
    'TERMINATED',
    `${name} could not be started (${messageOf(thrown)}): the system gives this process no more threads, or no memory for one. Use fewer threads, or raise its limits`,
    { fate: 'fault', cause: thrown },
  )
  const nothing = (): void => undefined
  return { post: nothing, onMessage: nothing, onEnd: (told) => void setImmediate(told, error), terminate: nothing }
}

/** The side of a thread that `spawnThread` has started: what it was given, and the way to the main thread. It keeps the thread alive. */
export function thisThread<Out, In>(): { readonly data: unknown; readonly port: ThreadPort<Out, In> } {
  if (parentPort === null) throw new MillraceError('USAGE', 'this file is the entry of a thread: it cannot be run by itself')
  const port: MessagePort = parentPort
  return {
    data: workerData as unknown,
    port: {
      post: (message, given = []) => port.postMessage(message, given as Transferable[]),
      onMessage: (take) => void port.on('message', take),
    },
  }
}

/** What ended a thread. An error of ours keeps its code: it says what to do. */
function endOf(name: string, error: unknown, exitCode: number): MillraceError {
  if (error === undefined) return new MillraceError('TERMINATED', `${name} ended (exit code ${exitCode})`, { fate: 'fault' })
  const { name: kind, code } = error as { readonly name?: unknown; readonly code?: unknown }
  if (kind === 'MillraceError') return new MillraceError(code as ErrorCode, messageOf(error), { cause: error })
  const memory = code === 'ERR_WORKER_OUT_OF_MEMORY' ? '. Use more threads, or keep less state on the heap' : ''
  return new MillraceError('TERMINATED', `${name} ended: ${messageOf(error)}${memory}`, { fate: 'fault', cause: error })
}

/** Where the sources run, a thread needs the loader that reads them: it has hooks of its own. */
function starter(entry: URL): { readonly file: string | URL; readonly eval?: boolean } {
  if (!entry.pathname.endsWith('.ts')) return { file: entry }
  const loader = import.meta.resolve('tsx/esm/api')
  const file = `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}) })`
  return { file, eval: true }
}
