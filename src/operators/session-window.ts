// The fast path of sessions: session windows in event time under the default trigger, without an evictor.
//
// A record that only lengthens its key's one session changes that session and nothing else: no window object, no timer. Every session
// stands in one heap with a time that is never later than its next deed; a session that has grown meanwhile is put back when that time
// comes. So a session costs the heap little more than one move a gap, however many records it has.
//
// A session fires when the watermark reaches its last instant. Where lateness is allowed it stays, `fired`, until end - 1 + lateness; a late
// record that it takes lets it fire again at once, or, if it then reaches beyond the watermark, when that end comes. A record is late when
// the session that it would be part of had to be gone.

import type { Duration } from '../model/duration.ts'
import { watermarkMin } from '../model/elements.ts'
import { assert } from '../model/errors.ts'
import type { KeyGroup, OperatorId } from '../model/ids.ts'
import type { Key } from '../model/key.ts'
import { gapOf } from '../windows/assign.ts'
import { DueHeap } from '../windows/due-heap.ts'
import type { Fold, OpenWindow } from '../windows/fold.ts'
import { withFrozenMerge } from '../windows/frozen-merge.ts'
import { SessionTable } from '../windows/session-table.ts'
import type { TimeWindow } from '../windows/window.ts'
import { GroupFloors } from './group-floors.ts'
import { lateReceive } from './late-output.ts'
import { noTimestamp } from './no-timestamp.ts'
import type { KeyContext, Operator, OperatorContext, Receive } from './operator.ts'
import { type EmitWindow, windowOutput } from './window-output.ts'

export interface SessionWindowOptions {
  /** ms, or a function of the element. */
  readonly gap: number | ((element: never) => Duration)
  /** Has `merge`. */
  readonly fold: Fold
  /** ms that a session waits for late records. */
  readonly lateness: number
}

export class SessionWindowOperator implements Operator {
  readonly id: OperatorId
  readonly keepsUntilWatermark = true
  readonly inputs: readonly Receive[]
  #fold: Fold
  readonly #add: Fold['add']
  readonly #lateness: number
  readonly #heap = new DueHeap()
  #context!: OperatorContext
  #keys!: KeyContext
  #floors!: GroupFloors
  #sessions!: SessionTable
  #emit!: EmitWindow
  #late!: Receive
  #watermark = watermarkMin

  constructor(id: OperatorId, { gap, fold, lateness }: SessionWindowOptions) {
    this.id = id
    this.#fold = fold
    this.#add = fold.add
    this.#lateness = lateness
    assert(fold.merge !== undefined, () => `session window ${id} has no merge`)
    this.inputs = [
      typeof gap === 'number' ? this.#receiver(gap) : (value, time) => this.#receive(value, time, this.#gapOf(gap, value, time)),
    ]
  }

  open(context: OperatorContext): void {
    assert(context.keys !== undefined, () => `window ${this.id} stands behind no keyBy`)
    this.#context = context
    this.#keys = context.keys
    this.#fold = withFrozenMerge(this.#fold, context.freeze)
    const sessions = new SessionTable(context.maxParallelism)
    this.#sessions = sessions
    this.#emit = windowOutput(this.#fold, context)
    this.#late = lateReceive(context)
    context.keyedPart({
      name: 'sessions',
      version: this.#fold.version,
      begin: (cut) => sessions.begin(cut),
      copy: (budget) => sessions.copy(budget),
      abandon: () => sessions.cut.abandon(),
      restore: (group, key, span, value, version) => this.#restore(group, key, span as [number, number], value, version),
    })
  }

  #restore(group: KeyGroup, key: Key, [start, end]: readonly [number, number], value: unknown, version: number): void {
    this.#sessions.create(key, group, start, end, this.#fold.revive(this.id, value, version))
  }

  restored(): void {
    const sessions = this.#sessions
    this.#floors = new GroupFloors(this.#context)
    this.#watermark = this.#context.progress.watermark
    for (let id = 0; id < sessions.high; id++) {
      const last = sessions.end[id]! - 1
      sessions.fired[id] = last <= this.#floors.of(sessions.groupOf(id)) ? 1 : 0
      this.#schedule(id)
    }
  }

  // ── records

  #gapOf(gap: (element: never) => Duration, value: unknown, time: number): number {
    try {
      return gapOf({ gap }, value)
    } catch (thrown) {
      throw this.#context.userError(thrown, value, time)
    }
  }

  /** For a gap that is the same for all. */
  #receiver(gap: number): Receive {
    return (value, time) => this.#receive(value, time, gap)
  }

  #receive(value: unknown, time: number, gap: number): void {
    const sessions = this.#sessions
    const to = time + gap
    const id = sessions.first(this.#keys.key)
    if (id < 0 || sessions.next[id] !== -1 || !this.#fits(id, time, to)) {
      this.#slow(value, time, gap)
      return
    }
    const { start, end, accs } = sessions
    try {
      const acc = accs[id]
      const grown = this.#add(acc, value)
      // To store what is there already costs the collector's barrier.
      if (grown !== acc) accs[id] = grown
    } catch (thrown) {
      throw this.#context.userError(thrown, value, time)
    }
    if (to > end[id]!) end[id] = to
    if (time < start[id]!) start[id] = time
  }

  /** Whether a session takes the span without more ado: inside or at its rim, before it has fired, and no cut may want it. */
  #fits(id: number, from: number, to: number): boolean {
    const { start, end, fired, cut } = this.#sessions
    return from <= end[id]! && to >= start[id]! && fired[id] === 0 && cut.cut === undefined
  }

  #slow(value: unknown, time: number, gap: number): void {
    if (!Number.isFinite(time)) throw this.#context.userError(noTimestamp(this.id, time), value, time)
    const reached = this.#floors.reached(this.#watermark, this.#keys)
    const id = this.#take(value, time, time + gap, reached)
    if (id < 0) this.#late(value, time)
    else this.#grown(id, reached)
  }

  /** A session is new or has grown: it fires now if its end is behind the watermark, else when that comes. */
  #grown(id: number, reached: number): void {
    const isPast = this.#sessions.end[id]! - 1 <= reached
    this.#sessions.fired[id] = isPast ? 1 : 0
    this.#schedule(id)
    if (isPast) this.#fire(id, false)
  }

  /** Adds a record to the session that it belongs to. @returns the session; -1 = the record is late */
  #take(value: unknown, time: number, to: number, reached: number): number {
    const { key, group } = this.#keys
    const sessions = this.#sessions
    try {
      const id = this.#mergeTouching(key, time, to)
      if (id >= 0) {
        sessions.accs[id] = this.#fold.add(sessions.accs[id], value)
        return id
      }
      return to - 1 + this.#lateness <= reached ? -1 : sessions.create(key, group, time, to, this.#fold.first(value))
    } catch (thrown) {
      throw this.#context.userError(thrown, value, time)
    }
  }

  /** Makes one session out of those that the span touches and the span itself. @returns its id; -1 = it touches none */
  #mergeTouching(key: Key, from: number, to: number): number {
    const sessions = this.#sessions
    let id = sessions.first(key)
    while (id >= 0 && sessions.end[id]! < from) id = sessions.next[id]!
    if (id < 0 || sessions.start[id]! > to) return -1
    sessions.beforeChange(id)
    for (let other = sessions.next[id]!; other >= 0 && sessions.start[other]! <= to; other = sessions.next[id]!) {
      sessions.accs[id] = this.#fold.merge!(sessions.accs[id], sessions.accs[other])
      sessions.end[id] = sessions.end[other]!
      this.#remove(other)
    }
    sessions.start[id] = Math.min(sessions.start[id]!, from)
    sessions.end[id] = Math.max(sessions.end[id]!, to)
    return id
  }

  // ── firing

  /** Makes sure that the session's turn comes in time; a turn that comes too early does no harm. */
  #schedule(id: number): void {
    const due = this.#dueOf(id)
    if (!this.#heap.has(id) || this.#heap.dueOf(id) > due) this.#heap.schedule(id, due, this.#sessions.order[id]!)
  }

  #dueOf(id: number): number {
    const last = this.#sessions.end[id]! - 1
    return this.#sessions.fired[id] === 1 ? last + this.#lateness : last
  }

  #remove(id: number): void {
    this.#heap.remove(id)
    this.#sessions.remove(id)
  }

  #fire(id: number, owned: boolean): void {
    const sessions = this.#sessions
    const window: TimeWindow = { start: sessions.start[id]!, end: sessions.end[id]! }
    const acc = sessions.accs[id]
    const key = sessions.keyOf(id)
    if (owned) this.#remove(id)
    this.#emit(acc, key, window, window.end - 1, owned)
  }

  onWatermark(time: number, budget: number): boolean {
    const sessions = this.#sessions
    const heap = this.#heap
    for (let left = budget; heap.size > 0 && heap.topDue <= time; ) {
      if (--left < 0) return false
      const id = heap.top
      const due = this.#dueOf(id)
      if (due > heap.topDue) heap.schedule(id, due, sessions.order[id]!)
      else if (sessions.fired[id] === 1) this.#remove(id)
      else this.#end(id)
    }
    this.#watermark = Math.max(this.#watermark, time)
    return true
  }

  /** The watermark has reached the last instant of a session. */
  #end(id: number): void {
    const sessions = this.#sessions
    this.#keys.key = sessions.keyOf(id)
    this.#keys.group = sessions.groupOf(id)
    if (this.#lateness > 0) {
      sessions.fired[id] = 1
      this.#heap.schedule(id, this.#dueOf(id), sessions.order[id]!)
    }
    this.#fire(id, this.#lateness === 0)
  }

  // ── queries

  /** The open sessions of a key as if each fired now, earliest first. */
  query(key: Key): readonly OpenWindow<TimeWindow, unknown>[] {
    const sessions = this.#sessions
    const answer: OpenWindow<TimeWindow, unknown>[] = []
    for (let id = sessions.first(key); id >= 0; id = sessions.next[id]!) {
      const window: TimeWindow = { start: sessions.start[id]!, end: sessions.end[id]! }
      answer.push({ window, value: this.#fold.peek(sessions.accs[id], key, window) })
    }
    return answer
  }
}
