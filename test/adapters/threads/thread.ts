// Starts a worker thread from a TypeScript file, and ends it with the test, whatever happens in it.

import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'

/** @param file in fixtures */
export function startThread(file: string, workerData: unknown): Worker {
  const url = pathToFileURL(`${import.meta.dirname}/fixtures/${file}`).href
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(url)}) })`
  const worker = new Worker(code, { eval: true, workerData })
  onTestFinished(async () => {
    await worker.terminate()
  })
  return worker
}
