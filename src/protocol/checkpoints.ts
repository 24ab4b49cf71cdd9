// The coordinator's side of checkpoints: which one is open, who has not answered yet, and when too many have failed.
//
// It neither writes nor sends; the coordinator does what the results say.
// 1. At most one checkpoint is open. Ids rise, come from a reserved range, and are never used twice.
// 2. A checkpoint is acknowledged by every subtask, once each, before anything about it is written. Answers to another one are ignored.
// 3. A subtask that has ended takes one more snapshot, by order. Once that is part of a complete checkpoint it is asked no more: its report
//    is carried, by reference, into all later ones (its staged output is not: that checkpoint has committed it).
// 4. Aborts in a row are counted; a complete checkpoint ends the row.

import { assert } from '../model/errors.ts'
import { type Epoch, epoch } from '../model/ids.ts'
import type { SnapshotReport } from '../model/messages.ts'

/** Why a checkpoint is taken. A savepoint and a stop are asked for by the user; the final one ends a job whose input has ended. */
export type CheckpointKind = 'periodic' | 'savepoint' | 'stop' | 'final'

export interface OpenCheckpoint {
  readonly epoch: Epoch
  readonly kind: CheckpointKind
  readonly openedAt: number
  /** acking → writing (the manifest) → completing (the log entry: from here on it cannot be aborted) */
  phase: 'acking' | 'writing' | 'completing'
  readonly waiting: Set<string>
  readonly triggered: Set<string>
  readonly reports: Map<string, SnapshotReport>
}

interface Fed {
  /** Names of the subtasks whose channels it reads; none = a source. */
  readonly upstream: readonly string[]
}

export class Checkpoints {
  open: OpenCheckpoint | undefined
  failuresInRow = 0
  /** Given up since the beginning, for people. */
  failures = 0
  /** Subtasks whose inputs have ended and which have flushed. */
  readonly ended = new Set<string>()
  /** Last snapshots of ended subtasks that are part of a complete checkpoint. */
  readonly #carried = new Map<string, SnapshotReport>()
  #next: Epoch
  #reservedThrough: Epoch

  constructor(reservedThrough: Epoch) {
    this.#reservedThrough = reservedThrough
    this.#next = epoch(reservedThrough + 1)
  }

  get needsIds(): boolean {
    return this.#next > this.#reservedThrough
  }
  get reservedThrough(): Epoch {
    return this.#reservedThrough
  }
  reserved(through: Epoch): void {
    this.#reservedThrough = through
  }

  /** All of these have a snapshot behind their end in a complete checkpoint. */
  allCarried(subtasks: Iterable<string>): boolean {
    for (const name of subtasks) if (!this.#carried.has(name)) return false
    return true
  }

  /**
   * Opens the next checkpoint.
   * @param subtasks all of the job, by name
   * @returns those to be told to begin: no barrier will reach them
   */
  begin(kind: CheckpointKind, now: number, subtasks: ReadonlyMap<string, Fed>): string[] {
    assert(this.open === undefined && !this.needsIds, () => `a checkpoint was begun while ${this.open?.epoch} is open, or without an id`)
    const waiting = new Set([...subtasks.keys()].filter((name) => !this.#carried.has(name)))
    const triggered = [...waiting].filter((name) => this.#isByOrder(name, subtasks.get(name)!))
    this.open = {
      epoch: this.#next,
      kind,
      openedAt: now,
      phase: 'acking',
      waiting,
      triggered: new Set(triggered),
      reports: new Map(this.#carried),
    }
    this.#next = epoch(this.#next + 1)
    this.#closeIfAcked()
    return triggered
  }

  /** A subtask has ended. Returns those that must be told to snapshot for the open checkpoint, because no barrier will reach them now. */
  subtaskEnded(name: string, subtasks: ReadonlyMap<string, Fed>): string[] {
    this.ended.add(name)
    const { open } = this
    if (open === undefined) return []
    const triggered = [...open.waiting].filter((one) => !open.triggered.has(one) && this.#isByOrder(one, subtasks.get(one)!))
    for (const one of triggered) open.triggered.add(one)
    return triggered
  }

  /** A source, a subtask that has ended, or one that only ended ones feed: it may take long to end, when it waits for calls. */
  #isByOrder(name: string, { upstream }: Fed): boolean {
    return this.ended.has(name) || upstream.every((feeding) => this.ended.has(feeding))
  }

  /** Returns true when this was the last answer that was missing: then the manifest is to be written. */
  ack(name: string, of: Epoch, report: SnapshotReport): boolean {
    const { open } = this
    if (open === undefined || open.epoch !== of || !open.waiting.delete(name)) return false
    open.reports.set(name, report)
    return this.#closeIfAcked()
  }

  #closeIfAcked(): boolean {
    if (this.open!.waiting.size > 0) return false
    this.open!.phase = 'writing'
    return true
  }

  /** The manifest is written; the log entry is to follow. False when that checkpoint is not open any more. */
  written(of: Epoch): boolean {
    if (this.open?.epoch !== of || this.open.phase !== 'writing') return false
    this.open.phase = 'completing'
    return true
  }

  /** The log says that the open checkpoint is complete. */
  completed(): OpenCheckpoint {
    const open = this.open
    assert(open?.phase === 'completing', () => `checkpoint ${open?.epoch} became complete in phase ${open?.phase}`)
    for (const [name, report] of open.reports) {
      if (report.snapshot.ended) this.#carried.set(name, { ...report, committables: {} })
    }
    this.open = undefined
    this.failuresInRow = 0
    return open
  }

  /**
   * Gives up the open checkpoint.
   * @param counts false when something else than the checkpoint failed
   * @returns it, or undefined where there is none or its log entry is on its way already
   */
  abort(counts: boolean): OpenCheckpoint | undefined {
    const { open } = this
    if (open === undefined || open.phase === 'completing') return undefined
    this.open = undefined
    if (counts) {
      this.failuresInRow++
      this.failures++
    }
    return open
  }

  /** These subtasks are deployed again, and will say again that they have ended. What is carried stays true: they restore it. */
  redeployed(subtasks: Iterable<string>): void {
    for (const name of subtasks) this.ended.delete(name)
  }
}
