// The checkpoint store as a thread sees it: each call is a message to the main thread, which has the store.

import { errorOf } from '../src/model/errors.ts'
import type { CheckpointStore } from '../src/ports/checkpoint-store.ts'
import { type Answer, givenOf, type MainPort, type StoreCall } from './thread-messages.ts'

interface Pending {
  resolve(value: never): void
  reject(error: unknown): void
}

/** Bytes that are put are given away: their buffer is empty afterwards. */
export class RemoteStore implements CheckpointStore {
  readonly #port: MainPort
  readonly #pending = new Map<number, Pending>()
  #calls = 0

  constructor(port: MainPort) {
    this.#port = port
  }

  put(name: string, parts: readonly Uint8Array[]): Promise<void> {
    return this.#call({ method: 'put', args: [name, parts] }, parts.flatMap(givenOf))
  }

  putIfAbsent(name: string, bytes: Uint8Array): Promise<boolean> {
    return this.#call({ method: 'putIfAbsent', args: [name, bytes] })
  }

  get(name: string): Promise<Uint8Array | undefined> {
    return this.#call({ method: 'get', args: [name] })
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.#call({ method: 'list', args: [prefix] })
  }

  remove(name: string): Promise<void> {
    return this.#call({ method: 'remove', args: [name] })
  }

  /** The main thread has answered call `id`. */
  answered(id: number, answer: Answer<unknown>): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (answer.ok) pending?.resolve(answer.value as never)
    else pending?.reject(errorOf(answer.error))
  }

  #call<R>(call: StoreCall, given?: readonly ArrayBuffer[]): Promise<R> {
    const id = ++this.#calls
    return new Promise<R>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#port.post({ type: 'store', id, call }, given)
    })
  }
}
