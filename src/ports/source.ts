// A source as a connector provides it: splits that can be read from an offset.
//
// Guarantees needed: the same split opened at the same offset gives the same records again, in the same order, for as long as a
// checkpoint refers to it (`live` says plainly that it does not). `poll` never blocks and never throws for a bad record: it reports it.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { EventTimeDefinition } from '../model/event-time.ts'
import type { OperatorId } from '../model/ids.ts'
import type { Json } from '../model/manifest.ts'
import type { PollingReader } from '../model/reader.ts'

/** A part of a source that is read in order, independently of the others. */
export interface Split {
  /** Unique in the source, stable over restarts. */
  readonly id: string
  /** What `open` needs to find it again; stored in checkpoints. */
  readonly at?: Json | undefined
}

export interface Reader<out T> extends PollingReader<T> {
  /** Settles when it is worth to poll again; asked only after 'wait'. A rejection fails the job's attempt. */
  ready(): PromiseLike<void>
  close?(): void
  /** Told when a checkpoint that holds `offset` is complete: what came before it will not be asked for again. */
  committed?(offset: Json): void
}

export interface SourceContext {
  /** ms since the epoch, for sources that have a rate. */
  now(): number
  /** Calls back after a delay in ms; the result cancels it. */
  after(delayMs: number, fire: () => void): () => void
  readonly operator: string
}

/**
 * @typeParam T what it gives
 * @typeParam In what may be told to it from outside; never = nothing
 */
export interface Source<out T, in In = never> {
  readonly '~type': { out: T; in: (event: In) => void }
  /** Ends by itself. */
  readonly bounded: boolean
  /** Short name for plans and messages: "csv sales.csv". */
  readonly describe: string
  /** What restarts can rely on, in a sentence, for docs and messages. */
  readonly guarantee: string
  /** False when the source cannot be read again after its process died: refused together with a durable store. */
  readonly replayable: boolean
  /** What it reads belongs to the memory of the process that started the job: with threads its readers stay in the main one. Default false. */
  readonly inProcess?: boolean | undefined
  /** Validates every record, synchronously, before anything else sees it. */
  readonly schema?: StandardSchemaV1<unknown, unknown> | undefined
  /**
   * All splits, in an order that never changes for those already there. Called by the coordinator alone, when a job starts.
   * @param known those of the checkpoint that the job goes on from; none when it starts from nothing. They are read on as they were saved,
   * whether they are named again or not; what is named besides is read from its beginning
   */
  splits(known: readonly Split[]): readonly Split[] | PromiseLike<readonly Split[]>
  /** Opens a split at its beginning, or at an offset that one of its readers gave. */
  open(split: Split, offset: Json | undefined, context: SourceContext): Reader<T> | PromiseLike<Reader<T>>
}

/** A source in a job. */
export interface SourceDefinition {
  readonly source: Source<unknown, never>
  readonly time: EventTimeDefinition | undefined
  /** Whether somebody reads `onInvalid()`: then a record that fails the schema goes there instead of failing the job. */
  readonly invalidIsRead: boolean
}
export type SourceDefinitions = ReadonlyMap<OperatorId, SourceDefinition>
