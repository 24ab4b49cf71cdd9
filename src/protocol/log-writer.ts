// Writes a coordinator's entries into the log, one after the other, and finds out whether it still owns it.
//
// 1. One put is in flight at a time; the next slot is known only when the last put is settled. Entries are made when their turn comes.
// 2. Only a put that is known to have written counts. After any other answer the slot is read: our own entry there counts as written (the
//    answer was lost), a free slot is tried again after a pause, anything else means that another coordinator took over.
// 3. Deposed or given up, it writes nothing any more.

import { MillraceError } from '../model/errors.ts'
import type { Attempt, Epoch } from '../model/ids.ts'
import { logRetryMs, logTriesMax } from '../model/limits.ts'
import type { LogEntry } from '../model/manifest.ts'
import type { CoordinatorEffect, CoordinatorEvent } from './coordinator-types.ts'

/** What an entry is for; regions named in it are deployed when it is written. */
export type LogIntent =
  | { readonly kind: 'start'; readonly deploy: readonly DeployIntent[] }
  | { readonly kind: 'void'; readonly epoch: Epoch; readonly deploy: readonly DeployIntent[] }
  | { readonly kind: 'reserve'; readonly epoch: Epoch }
  | { readonly kind: 'complete'; readonly epoch: Epoch; readonly checksum: number; readonly savepoint: boolean }
  | { readonly kind: 'stopped'; readonly finished: boolean }

export interface DeployIntent {
  readonly region: number
  readonly attempt: Attempt
}

export type LogOutcome =
  | { readonly kind: 'written'; readonly intent: LogIntent; readonly entry: LogEntry; readonly slot: number }
  | { readonly kind: 'lost'; readonly error: MillraceError }
  | undefined

export type LogEvent = Extract<CoordinatorEvent, { type: 'log-put' | 'log-put-failed' | 'slot-read' }>

export const logRetryTimer = 'log-retry'

export class LogWriter {
  readonly #writer: string
  readonly #entryOf: (intent: LogIntent) => LogEntry
  readonly #queue: LogIntent[] = []
  #nextSlot: number
  #current: { readonly intent: LogIntent; readonly entry: LogEntry; failures: number } | undefined
  #lost = false

  constructor(writer: string, nextSlot: number, entryOf: (intent: LogIntent) => LogEntry) {
    this.#writer = writer
    this.#nextSlot = nextSlot
    this.#entryOf = entryOf
  }

  put(intent: LogIntent, out: CoordinatorEffect[]): void {
    this.#queue.push(intent)
    this.proceed(out)
  }

  /** Takes an answer of the store. Answers about another slot than the one in flight are late and say nothing. */
  answered(event: LogEvent, out: CoordinatorEffect[]): LogOutcome {
    if (this.#current === undefined || event.slot !== this.#nextSlot || this.#lost) return undefined
    switch (event.type) {
      case 'log-put':
        if (event.outcome === 'written') return this.#written()
        if (event.outcome === 'ahead') return this.#deposed('a higher entry')
        this.#current.failures++
        out.push({ type: 'read-slot', slot: this.#nextSlot })
        return undefined
      case 'log-put-failed':
        return this.#failed(event.error, out)
      case 'slot-read':
        if (event.ahead) return this.#deposed('a higher entry')
        if (event.entry === undefined) return this.#put(out)
        return event.entry.writer === this.#writer ? this.#written() : this.#deposed(`an entry of generation ${event.entry.generation}`)
    }
  }

  /** The pause after a failure is over: looks what the slot holds. */
  retry(out: CoordinatorEffect[]): void {
    if (this.#current !== undefined && !this.#lost) out.push({ type: 'read-slot', slot: this.#nextSlot })
  }

  /** Puts the next entry that waits, if none is in flight. To be called when what follows from a written one has been done. */
  proceed(out: CoordinatorEffect[]): void {
    if (this.#current !== undefined || this.#lost) return
    const intent = this.#queue.shift()
    if (intent === undefined) return
    this.#current = { intent, entry: this.#entryOf(intent), failures: 0 }
    this.#put(out)
  }

  #put(out: CoordinatorEffect[]): undefined {
    out.push({ type: 'put-log', slot: this.#nextSlot, entry: this.#current!.entry })
  }

  #written(): LogOutcome {
    const { intent, entry } = this.#current!
    const slot = this.#nextSlot++
    this.#current = undefined
    return { kind: 'written', intent, entry, slot }
  }

  #failed(cause: MillraceError, out: CoordinatorEffect[]): LogOutcome {
    const current = this.#current!
    current.failures++
    if (current.failures < logTriesMax) {
      out.push({ type: 'set-timer', name: logRetryTimer, ms: logRetryMs * 2 ** (current.failures - 1) })
      return undefined
    }
    this.#lost = true
    const what = `entry ${this.#nextSlot} of the job's log could not be written in ${current.failures} tries: ${cause.message}`
    return { kind: 'lost', error: new MillraceError('IO', what, { cause, fate: 'fatal' }) }
  }

  #deposed(found: string): LogOutcome {
    this.#lost = true
    const what = `another coordinator runs this job now: the log has ${found} where entry ${this.#nextSlot} of this one was due. This one has stopped`
    return { kind: 'lost', error: new MillraceError('DEPOSED', what) }
  }
}
