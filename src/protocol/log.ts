// What a job's log says: facts in, decision out. The adapter reads, these functions decide, the coordinator acts.
//
// 1. Slots are consecutive. A hole, bytes that are no entry, or numbers that go backwards are refused by name, never skipped. The log may
//    have been cut at its old end, at a `reserve` entry; the newest entry says where, and what stands below (a coordinator that slept for
//    long may have put something there) is not read.
// 2. A new reign has generation = greatest + 1, attempts and checkpoint ids above all that were ever written.
// 3. It restores the newest checkpoint that is complete, not void, and undamaged. It steps back behind a damaged one only when no sink has
//    made anything visible beyond; otherwise it refuses and says what to do. It never starts from nothing where there was something.

import { MillraceError } from '../model/errors.ts'
import { type Attempt, attempt, type Epoch, epoch, type Generation, generation } from '../model/ids.ts'
import type { LogEntry } from '../model/manifest.ts'

export interface LogFact {
  readonly slot: number
  /** Undefined where the bytes are not an entry; `unreadable` says why. */
  readonly entry: LogEntry | undefined
  readonly unreadable?: string | undefined
}

export interface CompleteCheckpoint {
  readonly epoch: Epoch
  readonly checksum: number
  readonly savepoint: boolean
  readonly slot: number
}

export interface LogView {
  readonly nextSlot: number
  /** Entries below this slot are gone, or do not count. */
  readonly below: number
  readonly generation: Generation
  readonly nextAttempt: Attempt
  /** Ids up to here may have been used by earlier reigns. */
  readonly reservedThrough: Epoch
  /** Where ids were reserved, oldest first. */
  readonly reserveSlots: readonly number[]
  /** Complete and not void, oldest first. */
  readonly complete: readonly CompleteCheckpoint[]
  /** Complete at some time, void or not: nothing of these is ever cleaned up as a leftover. */
  readonly everComplete: readonly Epoch[]
  /** The log ends with this: nobody has started the job since. */
  readonly stopped: { readonly epoch: Epoch; readonly finished: boolean; readonly committed: boolean } | undefined
  /** This checkpoint of another log was to be brought in, and is not complete here. */
  readonly importing: Epoch | undefined
}

const emptyView: LogView = {
  nextSlot: 1,
  below: 1,
  generation: generation(1),
  nextAttempt: attempt(1),
  reservedThrough: epoch(0),
  reserveSlots: [],
  complete: [],
  everComplete: [],
  stopped: undefined,
  importing: undefined,
}

/** @throws CORRUPT for a log that contradicts itself */
export function readView(facts: readonly LogFact[]): LogView {
  let view = emptyView
  const last = facts.at(-1)
  if (last === undefined) return view
  // The newest entry says where the log begins; where it is unreadable, nothing before it is known to count.
  const first = last.entry === undefined ? last.slot : (last.entry.below ?? 1)
  view = { ...view, nextSlot: first, below: first }
  for (const { slot, entry, unreadable } of facts) {
    if (slot < first) continue
    if (slot !== view.nextSlot) throw refused(view.nextSlot, 'is missing')
    if (entry === undefined) throw refused(slot, `is unreadable (${unreadable ?? 'no entry'})`)
    view = take(view, slot, entry)
  }
  return { ...view, generation: generation(view.generation + 1) }
}

function take(view: LogView, slot: number, entry: LogEntry): LogView {
  const first = view.nextAttempt === 1 && view.reservedThrough === 0
  if (!first && entry.generation < view.generation)
    throw refused(slot, `is of generation ${entry.generation}, behind one of generation ${view.generation}`)
  const nextAttempt = attempt(Math.max(view.nextAttempt, ...entry.attempts.map((n) => n + 1)))
  const next: LogView = { ...view, nextSlot: slot + 1, generation: entry.generation, nextAttempt }
  switch (entry.kind) {
    case 'start':
      return { ...next, stopped: undefined, importing: entry.imports }
    case 'reserve':
      if (entry.epoch <= view.reservedThrough)
        throw refused(slot, `reserves checkpoint ids up to ${entry.epoch}, which were reserved before`)
      return { ...next, reservedThrough: entry.epoch, reserveSlots: [...view.reserveSlots, slot] }
    case 'complete': {
      const last = view.complete.at(-1)?.epoch ?? 0
      if (entry.epoch <= last || entry.epoch > view.reservedThrough) {
        throw refused(slot, `completes checkpoint ${entry.epoch} behind ${last}, with ids reserved up to ${view.reservedThrough}`)
      }
      return {
        ...next,
        importing: undefined,
        complete: [...view.complete, { epoch: entry.epoch, checksum: entry.checksum, savepoint: entry.savepoint, slot }],
        everComplete: [...view.everComplete, entry.epoch],
      }
    }
    case 'void':
      return { ...next, complete: view.complete.filter((one) => one.epoch < entry.epoch) }
    case 'stopped':
      return { ...next, stopped: { epoch: entry.epoch, finished: entry.finished, committed: entry.committed } }
  }
}

function refused(slot: number, what: string): MillraceError {
  return new MillraceError(
    'CORRUPT',
    `the job's log cannot be trusted: entry ${slot} ${what}. Restore the state directory from a backup, or start the job afresh with an empty one`,
  )
}

/** What reading a checkpoint has shown. */
export interface CheckpointFact {
  /** Undefined = manifest and blobs match their checksums. */
  readonly damage: string | undefined
  /** Whether its sinks may have made output visible: what the manifest lists. True where it cannot be read. */
  readonly sinksCommit: boolean
}

export type RestoreDecision =
  /** Read this checkpoint, then ask again. */
  | { readonly kind: 'read'; readonly checkpoint: CompleteCheckpoint }
  /** Restore it. With `voidFrom`, newer ones are damaged or were given up by the user, and are to be declared void first. */
  | { readonly kind: 'restore'; readonly checkpoint: CompleteCheckpoint; readonly voidFrom: Epoch | undefined }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refuse'; readonly error: MillraceError }

/**
 * @param facts by epoch, of the checkpoints read so far
 * @param committing whether the job has a sink that commits
 * @param from the checkpoint that the user wants to go back to, whatever newer ones hold; undefined = the newest that can be used
 */
export function chooseRestore(
  view: LogView,
  facts: ReadonlyMap<Epoch, CheckpointFact>,
  committing: boolean,
  from?: Epoch,
): RestoreDecision {
  if (from !== undefined) return goBack(view, facts, committing, from)
  const damaged: string[] = []
  let voidFrom: Epoch | undefined
  for (const checkpoint of view.complete.toReversed()) {
    const fact = facts.get(checkpoint.epoch)
    if (fact === undefined) return { kind: 'read', checkpoint }
    if (fact.damage === undefined) return { kind: 'restore', checkpoint, voidFrom }
    damaged.push(`checkpoint ${checkpoint.epoch}: ${fact.damage}`)
    voidFrom = checkpoint.epoch
    if (committing && fact.sinksCommit) {
      return refuseDamaged(damaged, 'Its output may be visible already, so going back further would repeat it')
    }
  }
  return damaged.length === 0 ? { kind: 'nothing' } : refuseDamaged(damaged, 'There is no older checkpoint to go back to')
}

/** The checkpoint that the user named and no other. Newer ones are read first: what their sinks made visible must not come a second time. */
function goBack(view: LogView, facts: ReadonlyMap<Epoch, CheckpointFact>, committing: boolean, from: Epoch): RestoreDecision {
  if (!view.complete.some(({ epoch }) => epoch === from)) {
    const known = view.complete.map(({ epoch }) => epoch).join(', ')
    const error = new MillraceError(
      'STATE_MISMATCH',
      `there is no complete checkpoint ${from}: ${known === '' ? 'the log has none' : `the log has ${known}, of which the older ones may be removed already`}`,
    )
    return { kind: 'refuse', error }
  }
  let voidFrom: Epoch | undefined
  for (const checkpoint of view.complete.toReversed()) {
    const { epoch } = checkpoint
    const fact = facts.get(epoch)
    if (fact === undefined) return { kind: 'read', checkpoint }
    if (epoch === from) {
      if (fact.damage === undefined) return { kind: 'restore', checkpoint, voidFrom }
      return refuseDamaged([`checkpoint ${epoch}: ${fact.damage}`], 'It was asked for by its number, so no other one is used')
    }
    if (committing && fact.sinksCommit) {
      const error = new MillraceError(
        'OUTPUT_CONFLICT',
        `checkpoint ${from} cannot be gone back to: sinks have made the output of checkpoint ${epoch} visible, and would write it again. Leave the number out to go on from the newest, or start afresh with an empty state directory and an empty output`,
      )
      return { kind: 'refuse', error }
    }
    voidFrom = epoch
  }
  return { kind: 'nothing' }
}

function refuseDamaged(damaged: readonly string[], why: string): RestoreDecision {
  const error = new MillraceError(
    'CHECKPOINT_DAMAGED',
    `${damaged.join('; ')}. ${why}. Restore the state directory from a backup, or start afresh with an empty state directory and an empty output`,
  )
  return { kind: 'refuse', error }
}

/**
 * The slot at which the log may be cut: entries below it tell nothing that is needed any more. 1 = keep all.
 * @param oldestKept slot of the oldest complete checkpoint that is kept
 */
export function cutBelow(reserveSlots: readonly number[], oldestKept: number): number {
  return reserveSlots.findLast((slot) => slot < oldestKept) ?? 1
}
