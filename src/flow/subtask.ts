// One subtask: a chain between its inputs and its outputs, and the order in which things happen to it.
//
// It is synchronous and does no I/O. Its shell calls `turn` when something may have come, and acts on what the host functions are told.
// 1. A turn takes at most one frame (or one poll of a source), and only when every output has credit and no operator asks to wait.
// 2. Work begun by a watermark or by the end of input is finished before anything else is taken, over as many turns as it needs.
// 3. At a barrier operators emit first, then the barrier goes to all outputs, then state is frozen; nothing comes between.
// 4. While a snapshot is open, each turn also copies a slice of it.
// 5. Processing time stands still during a turn.
// 6. Behind END nothing comes, and no timer fires.
// 7. What combiners hold goes out in time, as partly filled batches do. A partly filled batch goes out before its time when the shell says
//    that nothing else is to do (`flushEarly`): under load batches fill by themselves, without load nobody gains from waiting.
// 8. A turn that could not look for work says that there is more: whoever unblocks the subtask need not know what waits for it.

import { recordsOf } from '../model/batch.ts'
import type { Control } from '../model/elements.ts'
import { watermarkMin } from '../model/elements.ts'
import type { Epoch } from '../model/ids.ts'
import { fireBudget, flushIntervalMs, snapshotSliceEntries } from '../model/limits.ts'
import type { SplitProgress } from '../model/manifest.ts'
import type { Receive } from '../operators/operator.ts'
import type { Alignment } from '../protocol/alignment.ts'
import { WatermarkMerge } from '../protocol/watermark-merge.ts'
import type { Chain } from './chain.ts'
import type { OutputChannel } from './exchange.ts'
import type { Gate, InputChannel } from './gate.ts'
import type { Snapshotter, SubtaskTime, TakenSnapshot } from './snapshotter.ts'
import type { SourceDriver } from './source-driver.ts'

export interface SubtaskHost {
  /** State of `epoch` has been frozen and the barrier sent. */
  frozen(epoch: Epoch, splits: readonly SplitProgress[]): void
  /** All of the frozen state has been copied. */
  copied(snapshot: TakenSnapshot): void
  /** END has been sent on every output. */
  ended(): void
}

export interface SubtaskParts {
  readonly chain: Chain
  readonly outputs: readonly OutputChannel[]
  readonly snapshotter: Snapshotter
  /** Exactly one of the two: channels to read, or a source to drive. */
  readonly gate: Gate | undefined
  readonly driver: SourceDriver | undefined
  /** Over the gate's channels; over none for a source. */
  readonly alignment: Alignment
  readonly flushIntervalMs?: number | undefined
}

export class Subtask {
  readonly chain: Chain
  readonly outputs: readonly OutputChannel[]
  readonly snapshotter: Snapshotter
  readonly driver: SourceDriver | undefined
  readonly #gate: Gate | undefined
  readonly #alignment: Alignment
  readonly #merge: WatermarkMerge
  readonly #host: SubtaskHost
  readonly #flushIntervalMs: number
  readonly #receivers: readonly Receive[]
  #now = 0
  #more = true
  /** Watermark that the operators are working on; NaN = none. */
  #working = Number.NaN
  #sentWatermark = watermarkMin
  #sentIdle = false
  #ending = false
  /** Operators are in the middle of what they give at the end. */
  #flushing = false
  #ended = false
  #trigger: { readonly epoch: Epoch; readonly last: boolean } | undefined
  /** The job stops at this checkpoint: nothing is read behind its barrier. */
  #last: Epoch | undefined
  #partialSince = Number.POSITIVE_INFINITY
  /** Load figures, read once a second by the shell. */
  turns = 0
  blockedTurns = 0

  constructor(parts: SubtaskParts, host: SubtaskHost) {
    this.chain = parts.chain
    this.outputs = parts.outputs
    this.snapshotter = parts.snapshotter
    this.driver = parts.driver
    this.#gate = parts.gate
    this.#alignment = parts.alignment
    this.#merge = new WatermarkMerge(this.#gate?.channels.length ?? 0)
    this.#host = host
    this.#flushIntervalMs = parts.flushIntervalMs ?? flushIntervalMs
    this.#receivers = parts.chain.inputs
  }

  /** State is restored: tells downstream where time stands. Turns may follow. */
  start(now: number, restored: SubtaskTime | undefined): void {
    this.#now = now
    this.chain.setNow(now)
    this.chain.restored()
    if (restored !== undefined && this.driver === undefined) this.#merge.restore(restored.watermark, restored.idle)
    if (restored?.ended === true) {
      this.#sentWatermark = restored.watermark
      this.chain.sendFinished()
      this.#ended = true
      this.#host.ended()
      return
    }
    // Operators must know how far event time had come before they see a record: what fired before the restore must not fire again. So
    // little or nothing is left to fire, and it is done at once.
    if (restored !== undefined && restored.watermark > watermarkMin) while (!this.passWatermark(restored.watermark));
    if (this.driver !== undefined) this.driver.start(this.#sentWatermark)
    else if (restored?.idle === true) this.passStatus({ kind: 'IDLE' })
  }

  /** Channels that it reads; none for a source. */
  get inputs(): readonly InputChannel[] {
    return this.#gate?.channels ?? []
  }

  get isEnded(): boolean {
    return this.#ended
  }

  /** Event time as this subtask knows it, for its snapshot and for people. */
  get time(): SubtaskTime {
    const watermark = this.driver === undefined ? this.#merge.time : this.#sentWatermark
    return { watermark, idle: this.driver === undefined ? this.#merge.idle : this.#sentIdle, ended: this.#ended }
  }

  /** One turn. Call again while `runnable`, when something has come, or at `nextTime`. */
  turn(now: number): void {
    this.#now = now
    this.turns++
    const { chain } = this
    chain.setNow(now)
    this.#gate?.leads?.tick(now)
    this.#copySlice()
    if (this.#mayWork()) {
      const dueDone = this.#ended || chain.nextTime(false) > now || chain.onTime(now, fireBudget, false)
      this.#more = !dueDone || this.#settleAndStep()
    } else {
      this.blockedTurns++
      this.#more = true
      if (chain.nextTime(true) <= now) chain.onTime(now, fireBudget, true)
      if (this.#reads) this.driver!.turn(now, false)
    }
    this.#flushDue()
  }

  /** Whether another turn has something to do at once. */
  get runnable(): boolean {
    return this.snapshotter.isOpen || (this.#more && this.#mayWork())
  }

  #mayWork(): boolean {
    return this.#outputsReady() && this.chain.ready()
  }

  /** Whether it is a source that reads on. */
  get #reads(): boolean {
    return this.driver !== undefined && !this.#ended && !this.#ending && this.#last === undefined
  }

  /** Next processing time at which a turn is due although nothing has come; Infinity = none. What a blocked turn would not do is not due. */
  nextTime(): number {
    let flush = this.#partialSince + this.#flushIntervalMs
    for (const { nextTime } of this.chain.combiners) flush = Math.min(flush, nextTime)
    if (this.#ended) return flush
    const source = this.#reads ? this.driver!.nextTime(this.#now) : Number.POSITIVE_INFINITY
    const waiting = this.#gate?.leads?.nextTime ?? Number.POSITIVE_INFINITY
    return Math.min(flush, source, waiting, this.chain.nextTime(!this.#mayWork()))
  }

  /**
   * A barrier by order of the coordinator: to sources, and to subtasks that have ended, or whose inputs have.
   * @param last nothing is read behind it, unless it is aborted
   */
  trigger(epoch: Epoch, last: boolean): void {
    this.#trigger = { epoch, last }
  }

  /** A source reads no more, and ends. */
  drain(): void {
    this.driver?.finish()
  }

  abort(epoch: Epoch): void {
    if (this.#trigger !== undefined && this.#trigger.epoch <= epoch) this.#trigger = undefined
    if (this.#last !== undefined && this.#last <= epoch) this.#last = undefined
    this.#alignment.abort(epoch)
    this.#abandon(epoch)
  }

  /** Gives up the open snapshot if it is of this checkpoint or an older one. */
  #abandon(epoch: Epoch): void {
    if (this.snapshotter.isOpen && this.snapshotter.epoch <= epoch) this.snapshotter.abandon()
  }

  /** Passes a watermark to the operators; false = it has to be resumed. Also the source driver's way in. */
  passWatermark(time: number): boolean {
    if (!this.chain.onWatermark(time, fireBudget)) {
      this.#working = time
      return false
    }
    this.#working = Number.NaN
    this.#sentWatermark = time
    return true
  }

  passStatus(control: Control): void {
    this.#sentIdle = control.kind === 'IDLE'
    this.chain.onStatus(control)
  }

  /** Finishes what was begun, then takes one thing in. True = there may be more to do. */
  #settleAndStep(): boolean {
    if (!this.#finishWatermark()) return true
    if (!this.#flushing && this.#takeTrigger()) return true
    if (this.#ending) return this.#finishEnd()
    return this.driver === undefined ? this.#takeFrame() : this.#drive(this.driver)
  }

  #finishWatermark(): boolean {
    if (Number.isNaN(this.#working)) return true
    if (!this.passWatermark(this.#working)) return false
    this.driver?.resumed()
    if (this.driver === undefined) this.#sendTime()
    return Number.isNaN(this.#working)
  }

  #finishEnd(): boolean {
    const progress = this.chain.onEnd(fireBudget)
    this.#flushing = progress === 'again'
    if (progress !== 'done') return progress === 'again'
    this.#ending = false
    this.#ended = true
    this.#host.ended()
    return true
  }

  /**
   * Takes the snapshot that the coordinator ordered. A subtask that reads channels waits for their ends: a barrier may still be on its way.
   * One that was restored behind its end heeds no channel any more.
   */
  #takeTrigger(): boolean {
    if (this.#trigger === undefined) return false
    if (this.driver === undefined ? !this.#ended && !this.#alignment.allEnded : !this.driver.settled) return false
    const { epoch, last } = this.#trigger
    this.#trigger = undefined
    if (!this.#alignment.ordered(epoch)) return false
    this.#barrier(epoch)
    if (last) this.#last = epoch
    return true
  }

  #drive(driver: SourceDriver): boolean {
    if (!this.#reads) return false
    const result = driver.turn(this.#now, true)
    if (result === 'end') this.#ending = true
    return result !== 'wait' || !driver.settled
  }

  #takeFrame(): boolean {
    const channel = this.#gate!.next()
    if (channel === undefined) return false
    const { batch, control } = channel.take()
    if (batch !== null) {
      if (!this.#ended) this.#process(channel, batch)
      this.#gate!.leads?.read(channel.index, recordsOf(batch))
      channel.done(batch)
    }
    if (control !== null && !this.#ended) this.#control(channel, control)
    return true
  }

  #process(channel: InputChannel, batch: NonNullable<ReturnType<InputChannel['take']>['batch']>): void {
    const receive = this.#receivers[channel.input]!
    const { values, times, length } = batch
    if (batch.keys[0] === undefined) {
      for (let i = 0; i < length; i++) receive(values[i], times[i]!)
      return
    }
    const context = this.chain.keys
    const { keys, groups, counts } = batch
    const partial = batch.partials > 0 ? this.chain.partial! : undefined
    for (let i = 0; i < length; i++) {
      context.key = keys[i] as typeof context.key
      context.group = groups[i]!
      if (partial !== undefined && counts[i]! > 0) partial(values[i], times[i]!, counts[i]!)
      else receive(values[i], times[i]!)
    }
  }

  #control(channel: InputChannel, control: Control): void {
    const alignment = this.#alignment
    const leads = this.#gate!.leads
    switch (control.kind) {
      case 'WATERMARK':
        if (this.#merge.watermark(channel.index, control.time)) this.#sendTime()
        leads?.watermark(channel.index, control.time, this.#merge.time)
        break
      case 'IDLE':
        if (this.#merge.setIdle(channel.index)) this.#sendTime()
        break
      case 'ACTIVE':
        if (this.#merge.setActive(channel.index)) this.#sendTime()
        break
      case 'BARRIER': {
        const due = alignment.barrier(channel.index, control.epoch)
        this.#abandon(alignment.superseded)
        if (due > 0) this.#barrier(due)
        break
      }
      case 'END': {
        const due = alignment.end(channel.index)
        if (due > 0) this.#barrier(due)
        if (this.#merge.end(channel.index)) this.#sendTime()
        if (alignment.allEnded) this.#ending = true
      }
    }
    leads?.reached(this.#merge.time)
  }

  /** Sends what has changed: ACTIVE, then the watermark, then IDLE. */
  #sendTime(): void {
    const { time, idle } = this.#merge
    if (this.#sentIdle && !idle) this.passStatus({ kind: 'ACTIVE' })
    if (time > this.#sentWatermark && !this.passWatermark(time)) return
    if (idle && !this.#sentIdle) this.passStatus({ kind: 'IDLE' })
  }

  #barrier(epoch: Epoch): void {
    this.chain.onBarrier(epoch)
    if (!this.#ended) this.chain.sendBarrier(epoch)
    this.snapshotter.begin(epoch, this.time)
    this.#host.frozen(epoch, this.driver?.progress() ?? [])
    this.#copySlice()
  }

  #copySlice(): void {
    const { snapshotter } = this
    if (snapshotter.isOpen && snapshotter.copy(snapshotSliceEntries)) this.#host.copied(snapshotter.take())
  }

  #outputsReady(): boolean {
    const { outputs } = this
    for (let i = 0; i < outputs.length; i++) if (!outputs[i]!.ready) return false
    return true
  }

  /** Whether a partly filled batch should go out as soon as there is nothing else to do. */
  get maySendEarly(): boolean {
    const { outputs } = this
    for (let i = 0; i < outputs.length; i++) if (outputs[i]!.maySendEarly) return true
    return false
  }

  /** There is nothing else to do: sends partly filled batches, but not to receivers that are behind. */
  flushEarly(): void {
    for (const channel of this.outputs) if (channel.maySendEarly) channel.flush()
    if (!this.outputs.some((channel) => channel.hasPartialBatch)) this.#partialSince = Number.POSITIVE_INFINITY
  }

  #flushDue(): void {
    if (this.outputs.length === 0) return
    const { combiners } = this.chain
    for (let i = 0; i < combiners.length; i++) combiners[i]!.tick(this.#now)
    if (!this.outputs.some((channel) => channel.hasPartialBatch)) this.#partialSince = Number.POSITIVE_INFINITY
    else if (this.#partialSince > this.#now) this.#partialSince = this.#now
    if (this.#now - this.#partialSince < this.#flushIntervalMs) return
    for (const channel of this.outputs) channel.flush()
    this.#partialSince = Number.POSITIVE_INFINITY
  }
}
