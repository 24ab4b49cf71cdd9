// Texts to vectors, by a model in a thread of its own: batched, and each text once.
//
// At most one batch is with the thread; what is asked for meanwhile makes the next one. The thread starts with the first text and keeps the
// process alive only while it has something to do.

import { Worker } from 'node:worker_threads'

/** Numbers in a vector; all vectors have length 1. */
export const dimensions = 512

const batchMax = 32
const cachedMax = 20_000

interface Request {
  readonly text: string
  readonly resolve: (vector: Float32Array) => void
  readonly reject: (error: Error) => void
}

interface Answer {
  readonly vectors?: Float32Array
  readonly error?: string
}

export class Embedder {
  readonly #cache = new Map<string, Promise<Float32Array>>()
  #worker: Worker | undefined
  #waiting: Request[] = []
  #batch: readonly Request[] = []
  #closed = false
  /** Texts asked for, those that the model had to read, and in how many batches. */
  readonly counts = { asked: 0, embedded: 0, batches: 0 }

  /** The vector of a text. Rejects when the thread fails, and once it is closed. */
  embed(text: string): Promise<Float32Array> {
    this.counts.asked++
    const known = this.#cache.get(text)
    if (known !== undefined) return known
    const vector = new Promise<Float32Array>((resolve, reject) => {
      this.#waiting.push({ text, resolve, reject })
      queueMicrotask(() => this.#send())
    })
    this.#cache.set(text, vector)
    if (this.#cache.size > cachedMax) this.#cache.delete(this.#cache.keys().next().value!)
    return vector
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.#closed = true
    this.#fail(new Error('the embedder was closed'))
    await this.#worker?.terminate()
  }

  #send(): void {
    if (this.#batch.length > 0 || this.#waiting.length === 0) return
    if (this.#closed) return this.#fail(new Error('the embedder was closed'))
    this.#worker ??= this.#start()
    this.#batch = this.#waiting.splice(0, batchMax)
    this.counts.embedded += this.#batch.length
    this.counts.batches++
    this.#worker.ref()
    this.#worker.postMessage(this.#batch.map(({ text }) => text))
  }

  #start(): Worker {
    const worker = new Worker(new URL('embed-worker.mjs', import.meta.url))
    worker.on('message', (answer: Answer) => this.#answered(answer))
    worker.on('error', (error) => this.#fail(error))
    return worker
  }

  #answered({ vectors, error }: Answer): void {
    const batch = this.#batch
    this.#batch = []
    this.#worker?.unref()
    for (const [i, { text, resolve, reject }] of batch.entries()) {
      if (vectors !== undefined) resolve(vectors.slice(i * dimensions, (i + 1) * dimensions))
      else {
        this.#cache.delete(text)
        reject(new Error(`the model failed on ${JSON.stringify(text)}: ${error}`))
      }
    }
    this.#send()
  }

  #fail(error: Error): void {
    const failed = [...this.#batch, ...this.#waiting]
    this.#batch = []
    this.#waiting = []
    for (const { text, reject } of failed) {
      this.#cache.delete(text)
      reject(error)
    }
  }
}

/** The mean of vectors by weight, brought to length 1. */
export function weightedMean(parts: Iterable<readonly [vector: Float32Array, weight: number]>): Float32Array {
  const mean = new Float32Array(dimensions)
  for (const [vector, weight] of parts) for (let i = 0; i < dimensions; i++) mean[i]! += vector[i]! * weight
  const length = Math.hypot(...mean)
  if (length > 0) for (let i = 0; i < dimensions; i++) mean[i]! /= length
  return mean
}
