// The sending side of a subtask: records of its edges, spread over channels, in batches.
//
// An output channel fills one batch at a time and hands it to its link as a frame when it is full, when control follows, when the subtask
// says that it has waited long enough, or earlier where nothing else is to do and the receiver is not known to be behind: it would have
// granted credit by now. A small frame costs the receiver as much as a large one, so one that is behind gets full ones. It never refuses a record: a frame without credit waits here, in order, and the subtask
// takes no input until it is gone. That bounds what waits to the output of one turn.

import { type Batch, creditOf, growBatch } from '../model/batch.ts'
import type { Control } from '../model/elements.ts'
import type { Frame } from '../model/frame.ts'
import type { Attempt, ChannelId } from '../model/ids.ts'
import { type Key, keyGroupOf, subtaskOfGroup } from '../model/key.ts'
import { frameRecordsMax, localWindowRecords } from '../model/limits.ts'
import type { Partition } from '../model/plan.ts'
import type { KeyContext } from '../operators/operator.ts'
import { ChannelSender } from '../protocol/channel.ts'
import { BatchPool } from './batch-pool.ts'
import type { EdgeWriter } from './edge-writer.ts'

/** Carries frames one way, in order. A frame given to it is the receiver's. */
export interface Link {
  send(frame: Frame): void
}

export class OutputChannel {
  readonly attempt: Attempt
  readonly id: ChannelId
  readonly #link: Link
  readonly #sender: ChannelSender
  readonly #waiting: { readonly batch: Batch | null; readonly control: Control | null }[] = []
  readonly #pool = new BatchPool()
  #filling: Batch = this.#pool.take()
  /** Records given to this channel so far. */
  records = 0

  constructor(attempt: Attempt, id: ChannelId, link: Link) {
    this.attempt = attempt
    this.id = id
    this.#link = link
    this.#sender = new ChannelSender(attempt, localWindowRecords)
  }

  append(value: unknown, time: number): void {
    const batch = this.#filling
    const at = batch.length++
    if (at === batch.times.length) growBatch(batch, at + 1)
    batch.values[at] = value
    batch.times[at] = time
    if (at === frameRecordsMax - 1) this.#send(null)
  }

  appendKeyed(value: unknown, time: number, key: Key, group: number): void {
    const batch = this.#filling
    const at = batch.length++
    if (at === batch.times.length) growBatch(batch, at + 1)
    batch.values[at] = value
    batch.times[at] = time
    batch.keys[at] = key
    batch.groups[at] = group
    if (at === frameRecordsMax - 1) this.#send(null)
  }

  appendPartial(acc: unknown, slice: number, count: number, key: Key, group: number): void {
    const batch = this.#filling
    const at = batch.length
    if (at === batch.times.length) growBatch(batch, at + 1)
    batch.counts[at] = count
    batch.partials++
    this.appendKeyed(acc, slice, key, group)
  }

  /** Behind all records given before it. */
  control(control: Control): void {
    this.#send(control)
  }

  get hasPartialBatch(): boolean {
    return this.#filling.length > 0
  }

  flush(): void {
    if (this.#filling.length > 0) this.#send(null)
  }

  /** Whether there is a partly filled batch, and half of the credit or more is left. */
  get maySendEarly(): boolean {
    return this.#filling.length > 0 && this.#waiting.length === 0 && this.#sender.mayRecord(localWindowRecords / 2)
  }

  /** False while a frame waits for credit. */
  get ready(): boolean {
    return this.#waiting.length === 0
  }

  /** The receiver granted credit up to `limit`. True when the channel is ready again. */
  grant(limit: number): boolean {
    if (!this.#sender.grant(limit) || this.#waiting.length === 0) return false
    let first = this.#waiting[0]
    while (first !== undefined && this.#sender.mayRecord(creditOf(first.batch))) {
      this.#waiting.shift()
      this.#transmit(first.batch, first.control)
      first = this.#waiting[0]
    }
    return this.ready
  }

  /** The receiver is done with a batch. */
  release(batch: Batch): void {
    this.#pool.release(batch)
  }

  #send(control: Control | null): void {
    let batch: Batch | null = this.#filling
    if (batch.length === 0) batch = null
    else {
      this.records += batch.length
      this.#filling = this.#pool.take()
    }
    if (this.#waiting.length > 0 || !this.#sender.mayRecord(creditOf(batch))) this.#waiting.push({ batch, control })
    else this.#transmit(batch, control)
  }

  #transmit(batch: Batch | null, control: Control | null): void {
    const seq = this.#sender.send(creditOf(batch))
    this.#link.send({ attempt: this.attempt, channel: this.id, seq, batch, control })
  }
}

/**
 * Spreads the records of one edge over its channels.
 * @param channels one to each receiving subtask, in order (a forward edge has one)
 * @param keys the key of the record in hand; needed for hash
 */
export function edgeWriter(
  partition: Partition,
  channels: readonly OutputChannel[],
  keys: KeyContext | undefined,
  maxParallelism: number,
): EdgeWriter {
  return {
    ...(partition === 'hash' ? byKey(channels, keys!, maxParallelism) : { receive: partitioner(partition, channels) }),
    control(control) {
      for (const channel of channels) channel.control(control)
    },
  }
}

function byKey(
  channels: readonly OutputChannel[],
  keys: KeyContext,
  maxParallelism: number,
): Required<Pick<EdgeWriter, 'receive' | 'partial'>> {
  const targets = Array.from({ length: maxParallelism }, (_, group) => channels[subtaskOfGroup(group, maxParallelism, channels.length)]!)
  const groupOf = (): number => {
    if (keys.group < 0) keys.group = keyGroupOf(keys.key, maxParallelism)
    return keys.group
  }
  return {
    receive(value, time) {
      const group = groupOf()
      targets[group]!.appendKeyed(value, time, keys.key, group)
    },
    partial(acc, slice, count) {
      const group = groupOf()
      targets[group]!.appendPartial(acc, slice, count, keys.key, group)
    },
  }
}

function partitioner(partition: Partition, channels: readonly OutputChannel[]): EdgeWriter['receive'] {
  const [first] = channels
  if (partition === 'broadcast') {
    return (value, time) => {
      for (const channel of channels) channel.append(value, time)
    }
  }
  if (channels.length === 1) return (value, time) => first!.append(value, time)
  let next = 0
  return (value, time) => {
    channels[next]!.append(value, time)
    next = next + 1 === channels.length ? 0 : next + 1
  }
}
