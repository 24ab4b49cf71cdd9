// What moves through an async operator: entries of its queue, and runs, each one record on its way through one lane.
//
// An entry is its own run through the first lane, so that asyncMap, which has one lane, needs one object a record. Entries are used again
// when they have left.

import type { Key } from '../model/key.ts'
import type { StepCalls } from './async-calls.ts'

export interface Run {
  readonly entry: Entry
  readonly lane: number
  /** Index of its step in the lane. */
  step: number
  /** At a call: what the step before gave. Unset at the first step, whose input is the record. */
  value: unknown
  /** At a call: the calls of its step. */
  calls: StepCalls | undefined
  /** Of the call in flight; -1 = none. */
  id: number
  /** Calls of this step so far. */
  attempt: number
  /** The run that waits for room behind this one. */
  nextWaiting: Run | undefined
  /** Where the step has a timeout or the run pauses. */
  timing: Timing | undefined
}

/** What the step that a run is at is given. */
export const inputOf = (run: Run): unknown => (run.step === 0 ? run.entry.input : run.value)

/** A record in the queue, or a control element. */
export class Entry implements Run {
  prev: Entry | undefined = undefined
  next: Entry | undefined = undefined
  /** Lanes that have no result yet; 0 = complete, -1 = this is control. */
  pending = 0
  segment = 0
  /** The record, or the control element. */
  input: unknown = undefined
  time = Number.NaN
  key: Key = ''
  /** -1 where nobody has needed it yet. */
  group = -1
  /** Of several lanes, their results. */
  results: unknown[] | undefined = undefined
  /** Per key: the next one of the same key, and whether an earlier one has not left. */
  behind: Entry | undefined = undefined
  blocked = false

  readonly lane = 0
  step = 0
  /** As a run; of a complete entry that has to wait, what is emitted. */
  value: unknown = undefined
  calls: StepCalls | undefined = undefined
  id = -1
  attempt = 0
  nextWaiting: Run | undefined = undefined
  timing: Timing | undefined = undefined

  get entry(): Entry {
    return this
  }
}

/** Entries that have left, for use again: to make them anew cost a third of the operator's time. */
export class EntryPool {
  #free: Entry | undefined = undefined
  #length = 0
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  take(input: unknown, time: number, key: Key, group: number): Entry {
    let entry = this.#free
    if (entry === undefined) entry = new Entry()
    else {
      this.#free = entry.next
      this.#length--
      entry.next = undefined
    }
    entry.input = input
    entry.time = time
    entry.key = key
    entry.group = group
    return entry
  }

  /** Takes back an entry that is in no list and that nothing refers to. */
  give(entry: Entry): void {
    if (this.#length === this.#max) return
    entry.input = undefined
    if (entry.value !== undefined) entry.value = undefined
    entry.step = 0
    if (entry.results !== undefined) entry.results = undefined
    if (entry.behind !== undefined) entry.behind = undefined
    entry.next = this.#free
    this.#free = entry
    this.#length++
  }
}

/** A run through a lane behind the first. */
export class LaneRun implements Run {
  readonly entry: Entry
  readonly lane: number
  step = 0
  value: unknown = undefined
  calls: StepCalls | undefined = undefined
  id = -1
  attempt = 0
  nextWaiting: Run | undefined = undefined
  timing: Timing | undefined = undefined

  constructor(entry: Entry, lane: number) {
    this.entry = entry
    this.lane = lane
  }
}

/** When a run is due. Most runs have none. */
export class Timing {
  prev: Timing | undefined = undefined
  next: Timing | undefined = undefined
  readonly run: Run
  /** End of the step's timeout, ms; NaN = none. */
  deadline = Number.NaN
  /** End of the pause before a retry, ms; NaN = it does not pause. */
  due = Number.NaN

  constructor(run: Run) {
    this.run = run
  }
}
