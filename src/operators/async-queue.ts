// The queue of an async operator: records and control in the order of their arrival, and which of them may leave.
//
// It knows nothing of calls: it is told that a record is complete, and lets it out when its order allows. Invariants:
//   1. control leaves in order, and never before a record that came before it, nor after one that came behind it;
//   2. ordered: a record leaves when all before it have left;
//   3. per-key: when all of its key before it have left;
//   4. unordered and per-key: records between two control elements form a segment; only those of the first segment leave.

import type { Control } from '../model/elements.ts'
import type { Key } from '../model/key.ts'
import { frameRecordsMax } from '../model/limits.ts'
import type { AsyncOrder } from './async-definition.ts'
import { type Entry, EntryPool } from './async-run.ts'
import { LinkedList } from './linked-list.ts'
import type { KeyContext, OperatorContext, Receive } from './operator.ts'

/** A record of the queue as it came. */
export interface QueuedRecord {
  readonly input: unknown
  readonly time: number
  readonly key: Key
  /** -1 where nobody has needed it yet. */
  readonly group: number
}

export class ResultQueue {
  readonly #order: AsyncOrder
  readonly #keys: KeyContext | undefined
  readonly #output: Receive
  readonly #forward: (control: Control) => void
  readonly #list = new LinkedList<Entry>()
  readonly #pool = new EntryPool(frameRecordsMax)
  #firstSegment = 0
  #lastSegment = 0
  /** Per key: the newest record of each key. */
  readonly #newest = new Map<Key, Entry>()

  constructor(order: AsyncOrder, { keys, output }: OperatorContext, forward: (control: Control) => void) {
    this.#order = order
    this.#keys = keys
    this.#output = output
    this.#forward = forward
  }

  /** Records and control elements that have not left. */
  get length(): number {
    return this.#list.length
  }

  /** Takes a record in, behind all others. It goes through `lanes` lanes. */
  add(input: unknown, time: number, key: Key, group: number, lanes: number): Entry {
    const entry = this.#pool.take(input, time, key, group)
    entry.pending = lanes
    entry.segment = this.#lastSegment
    this.#list.append(entry)
    if (this.#order === 'per-key') {
      const newest = this.#newest.get(entry.key)
      if (newest !== undefined) {
        newest.behind = entry
        entry.blocked = true
      }
      this.#newest.set(entry.key, entry)
    }
    return entry
  }

  /** Lets control out at once when nothing is before it, else in its turn. Of watermarks with nothing between them the last one counts. */
  addControl(control: Control): void {
    this.hold(control)
    if (this.#list.head!.pending < 0) this.#advance()
  }

  /** Queues control without letting anything out yet. */
  hold(control: Control): void {
    const tail = this.#list.tail
    if (control.kind === 'WATERMARK' && tail !== undefined && tail.pending < 0 && (tail.input as Control).kind === 'WATERMARK') {
      tail.input = control
      return
    }
    const entry = this.#pool.take(control, 0, '', -1)
    entry.pending = -1
    entry.segment = this.#lastSegment++
    this.#list.append(entry)
  }

  /** The record has its result. Lets out what may now leave. */
  complete(entry: Entry, result: unknown): void {
    const head = this.#list.head!
    if (head.pending < 0) {
      entry.value = result
      this.#advance()
    } else if (this.#order !== 'ordered') this.#completeSegment(entry, result)
    else if (entry === head) {
      this.#release(entry, result)
      this.#advance()
    } else entry.value = result
  }

  #completeSegment(entry: Entry, result: unknown): void {
    if (entry.segment !== this.#firstSegment || entry.blocked) {
      entry.value = result
      return
    }
    let next = this.#release(entry, result)
    while (next?.pending === 0 && next.segment === this.#firstSegment) next = this.#release(next, next.value)
    if ((this.#list.head?.pending ?? 0) < 0) this.#advance()
  }

  /** The records that have not left, in the order of their arrival. */
  records(): QueuedRecord[] {
    const found: QueuedRecord[] = []
    for (let entry = this.#list.head; entry !== undefined; entry = entry.next) {
      const { pending, input, time, key, group } = entry
      if (pending >= 0) found.push({ input, time, key, group })
    }
    return found
  }

  /** From the head: control forward, records out, as far as the order allows. */
  #advance(): void {
    for (let head = this.#list.head; head !== undefined; head = this.#list.head) {
      if (head.pending < 0) {
        const control = head.input as Control
        this.#list.removeHead()
        this.#pool.give(head)
        this.#firstSegment++
        this.#forward(control)
        if (this.#order !== 'ordered') this.#openSegment()
      } else if (head.pending === 0 && this.#order === 'ordered') this.#release(head, head.value)
      else return
    }
  }

  /** A segment has become the first: what is complete in it leaves. Behind an entry of a key stands the next, so one pass is enough. */
  #openSegment(): void {
    for (let entry = this.#list.head; entry !== undefined && entry.pending >= 0; ) {
      const { next } = entry
      if (entry.pending === 0 && !entry.blocked) this.#release(entry, entry.value)
      entry = next
    }
  }

  /** Lets a record out. Returns the next one of its key, which is not blocked any more. */
  #release(entry: Entry, result: unknown): Entry | undefined {
    const { behind } = entry
    if (entry === this.#list.head) this.#list.removeHead()
    else this.#list.remove(entry)
    if (this.#order === 'per-key') {
      if (behind === undefined) this.#newest.delete(entry.key)
      else behind.blocked = false
    }
    const keys = this.#keys
    if (keys !== undefined) {
      keys.key = entry.key
      keys.group = entry.group
    }
    this.#output(result, entry.time)
    this.#pool.give(entry)
    return behind
  }
}
