// Drives the splits of one source subtask: polls their readers, gives records their event time, and keeps the watermark of each split.
//
// 1. Splits are polled in turn, a bounded number of records a turn, and only while the chain takes input.
// 2. A record's event time is taken before anything sees it. A split that was idle is active again before its next record goes out.
// 3. Watermarks wait for the end of the turn, and for the interval or a number of records; only punctuation goes out at once. If that
//    starts work that has to be resumed, the rest of the poll is kept back, and the driver is not `settled` until it has gone out: a
//    barrier waits for that, so the reader's offset is always the position behind the last record that went out.

import { activeControl, type Control, idleControl, noTime, watermarkMax, watermarkMin } from '../model/elements.ts'
import { asMillraceError, MillraceError, messageOf } from '../model/errors.ts'
import type { EventTimeDefinition } from '../model/event-time.ts'
import type { OperatorId } from '../model/ids.ts'
import { pollRecordsMax, watermarkIntervalMs, watermarkRecords } from '../model/limits.ts'
import type { Json, SplitProgress } from '../model/manifest.ts'
import type { PollingReader, RecordSink } from '../model/reader.ts'
import type { Receive } from '../operators/operator.ts'
import { boundedWatermarks, punctuatedWatermarks, type SplitWatermarks } from '../protocol/bounded-watermarks.ts'
import { WatermarkMerge } from '../protocol/watermark-merge.ts'
import { type RecordHost, refused, sourceRecord } from './source-record.ts'
import { plainIssue, type SchemaIssue, type Validate } from './validation.ts'

/** A value that is no time, for messages. */
function shown(at: unknown): string {
  if (at instanceof Date) return 'a Date'
  return typeof at === 'number' || at === undefined || at === null ? String(at) : `a ${typeof at}`
}

export interface SourceOptions {
  readonly id: OperatorId
  readonly time: EventTimeDefinition | undefined
  readonly validate: Validate | undefined
  readonly watermarkIntervalMs?: number | undefined
  /** Records after which a watermark is due before the interval is over. */
  readonly watermarkRecords?: number | undefined
}

export interface SourceOutput {
  readonly record: Receive
  /** Undefined when an invalid record fails the job. */
  readonly invalid: Receive | undefined
  /** Passes a watermark; false = it has to be resumed before anything else. */
  watermark(time: number): boolean
  status(control: Control): void
}

/** The usual answer, at the end of every burst of turns. */
const noSplits: readonly number[] = []

/** Something that was polled while a watermark was under way. */
interface KeptBack {
  readonly raw: unknown
  /** Of what is no record: why. */
  readonly issue: string | undefined
  readonly where: string
}

interface DrivenSplit {
  readonly id: string
  readonly index: number
  readonly reader: PollingReader<unknown> | undefined
  readonly watermarks: SplitWatermarks
  state: 'polling' | 'waiting' | 'finished'
  readonly begun: SplitProgress
}

export class SourceDriver implements RecordSink<unknown> {
  readonly id: OperatorId
  readonly #time: EventTimeDefinition | undefined
  readonly #intervalMs: number
  readonly #intervalRecords: number
  readonly #output: SourceOutput
  readonly #splits: DrivenSplit[] = []
  #merge = new WatermarkMerge(0)
  #current: DrivenSplit | undefined
  #next = 0
  #sentWatermark = watermarkMin
  #sentIdle = false
  #sentAt = Number.NEGATIVE_INFINITY
  /** `records` at that time. */
  #sentRecords = 0
  #keptBack: KeptBack[] = []
  /** Where the record stands that is being given out of those kept back. */
  #keptWhere: string | undefined
  #wasBlocked = false
  readonly #host: RecordHost
  readonly record: (value: unknown) => void

  constructor(options: SourceOptions, output: SourceOutput) {
    this.id = options.id
    this.#time = options.time
    this.#intervalMs = options.watermarkIntervalMs ?? watermarkIntervalMs
    this.#intervalRecords = options.watermarkRecords ?? watermarkRecords
    this.#output = output
    const { time, validate } = options
    this.#host = {
      resuming: false,
      records: 0,
      watermarks: boundedWatermarks(0, undefined),
      keepBack: (raw) => this.#keepBack(raw, undefined),
      admit: validate === undefined ? undefined : (raw) => this.#admit(raw, validate),
      wake: () => this.#wake(this.#current!),
      timestamp: time?.timestamp as RecordHost['timestamp'],
      noTimestamp: (at) => this.#noTime('timestamp', at, 'for every record'),
      punctuation: time?.punctuation as RecordHost['punctuation'],
      punctuate: (at) => this.#punctuate(at),
    }
    this.record = sourceRecord(this.#host, output.record)
  }

  /** Adds a split before the first turn. A finished one has no reader. */
  addSplit(progress: SplitProgress, reader: PollingReader<unknown> | undefined): void {
    const { idleAfterMs, outOfOrderMs = 0, punctuation } = this.#time ?? {}
    const watermarks = punctuation === undefined ? boundedWatermarks(outOfOrderMs, idleAfterMs) : punctuatedWatermarks(idleAfterMs)
    watermarks.restore(progress.maxTime, progress.idle ?? false)
    this.#splits.push({
      id: progress.id,
      index: this.#splits.length,
      reader,
      watermarks,
      begun: progress,
      state: progress.finished ? 'finished' : 'polling',
    })
  }

  /**
   * Tells downstream where time stands; then turns may follow.
   * @param told the watermark that downstream was told of already
   */
  start(told: number = watermarkMin): void {
    this.#sentWatermark = told
    this.#merge = new WatermarkMerge(this.#splits.length)
    for (const split of this.#splits) {
      if (split.state !== 'finished') {
        this.#merge.watermark(split.index, split.watermarks.watermark)
        if (this.#time === undefined || split.watermarks.idle) this.#merge.setIdle(split.index)
      } else this.#merge.end(split.index)
    }
    if (this.#splits.length === 0) return
    if (this.#merge.time > told) this.#sendWatermark()
    if (!this.#host.resuming) this.#sendStatus()
  }

  #sendWatermark(): void {
    this.#sentWatermark = this.#watermark
    this.#host.resuming = !this.#output.watermark(this.#watermark)
  }

  /** A subtask without splits has nothing to wait for. */
  get #watermark(): number {
    return this.#splits.length === 0 ? watermarkMax : this.#merge.time
  }

  /** Records read so far. */
  get records(): number {
    return this.#host.records
  }

  get ended(): boolean {
    return this.settled && this.#splits.every(({ state }) => state === 'finished')
  }

  /** Whether everything that was polled has gone out. */
  get settled(): boolean {
    return this.#keptBack.length === 0 && !this.#host.resuming
  }

  /** The watermark that had to be resumed is through: gives out what was kept back. */
  resumed(): void {
    this.#host.resuming = false
    const kept = this.#keptBack
    this.#keptBack = []
    for (const { raw, issue, where } of kept) {
      this.#keptWhere = where
      this.#locating(() => (issue === undefined ? this.record(raw) : this.malformed(raw, issue)))
    }
    this.#keptWhere = undefined
  }

  /**
   * Reads once, if it may.
   * @param mayRead false while the chain takes no input: then only clocks are looked at
   */
  turn(now: number, mayRead: boolean): 'more' | 'wait' | 'end' {
    if (mayRead) this.#poll()
    this.#tick(now, !mayRead)
    const splits = this.#splits
    let more = false
    let finished = 0
    for (let i = 0; i < splits.length; i++) {
      const { state } = splits[i]!
      if (state === 'polling') more = true
      else if (state === 'finished') finished++
    }
    const ended = finished === splits.length && this.settled
    if (ended || this.#isDue(now)) this.#sendTime(now)
    return ended ? 'end' : more ? 'more' : 'wait'
  }

  #isDue(now: number): boolean {
    const passed = now - this.#sentAt
    return passed >= this.#intervalMs || passed < 0 || this.records - this.#sentRecords >= this.#intervalRecords
  }

  #poll(): void {
    const split = this.#nextPolling()
    if (split === undefined) return
    this.#current = split
    this.#host.watermarks = split.watermarks
    const result = this.#locating(() => split.reader!.poll(this, pollRecordsMax))
    if (result === 'wait') split.state = 'waiting'
    else if (result === 'end') {
      split.state = 'finished'
      this.#merge.end(split.index)
    }
  }

  #nextPolling(): DrivenSplit | undefined {
    const splits = this.#splits
    for (let tried = 0; tried < splits.length; tried++) {
      const split = splits[this.#next]!
      this.#next = this.#next + 1 === splits.length ? 0 : this.#next + 1
      if (split.state === 'polling') return split
    }
    return undefined
  }

  #punctuate(time: number | undefined): void {
    const { watermarks, index } = this.#current!
    if (time === undefined) return watermarks.touch()
    if (!Number.isFinite(time)) throw this.#noTime('punctuation', time, 'or undefined')
    watermarks.observe(time)
    if (this.#merge.watermark(index, watermarks.watermark) && this.#merge.time > this.#sentWatermark) this.#sendWatermark()
  }

  #admit(raw: unknown, validate: Validate): unknown {
    const result = validate(raw)
    if (result.issues === undefined) return result.value
    this.#refuse(raw, result.issues)
    return refused
  }

  /** Input that is no record at all. */
  malformed(raw: unknown, issue: string): void {
    if (this.#host.resuming) return this.#keepBack(raw, issue)
    this.#host.records++
    this.#refuse(raw, [{ message: issue }])
  }

  #keepBack(raw: unknown, issue: string | undefined): void {
    this.#keptBack.push({ raw, issue, where: this.#where })
  }

  get #where(): string {
    return this.#keptWhere ?? this.#current!.reader!.where()
  }

  #refuse(raw: unknown, issues: readonly SchemaIssue[]): void {
    const where = this.#where
    if (this.#output.invalid !== undefined) return this.#output.invalid({ raw, issues: issues.map(plainIssue), offset: where }, noTime)
    throw new MillraceError(
      'RECORD_INVALID',
      `source "${this.id}": the record at ${where} is not valid: ${issues.map(({ message }) => message).join('; ')}. Read onInvalid() of this source to keep such records apart instead of failing`,
      { operator: this.id },
    )
  }

  #wake(split: DrivenSplit): void {
    split.watermarks.restore(split.watermarks.greatest, false)
    if (this.#merge.setActive(split.index)) this.#sendStatus()
  }

  #tick(now: number, blocked: boolean): void {
    if (this.#time === undefined) return
    // Time since a turn that could not read counts for nobody either.
    const unread = blocked || this.#wasBlocked
    this.#wasBlocked = blocked
    for (const split of this.#splits) {
      if (split.state === 'finished') continue
      if (split.watermarks.tick(now, unread) && split.watermarks.idle) this.#merge.setIdle(split.index)
      else if (!split.watermarks.idle) this.#merge.watermark(split.index, split.watermarks.watermark)
    }
  }

  /** Sends what has changed: ACTIVE, then the watermark, then IDLE. */
  #sendTime(now: number): void {
    if (this.#host.resuming) return
    this.#sentAt = now
    this.#sentRecords = this.records
    if (this.#sentIdle && !this.#merge.idle) this.#sendStatus()
    if (this.#watermark > this.#sentWatermark) this.#sendWatermark()
    if (!this.#host.resuming) this.#sendStatus()
  }

  #sendStatus(): void {
    if (this.#merge.idle === this.#sentIdle) return
    this.#sentIdle = this.#merge.idle
    this.#output.status(this.#sentIdle ? idleControl : activeControl)
  }

  /** Processing time at which a turn is due although nothing can be read; Infinity = none. */
  nextTime(now: number): number {
    const news = !this.#host.resuming && (this.#merge.time > this.#sentWatermark || this.#merge.idle !== this.#sentIdle)
    let next = news ? this.#sentAt + this.#intervalMs : Number.POSITIVE_INFINITY
    if (this.#time?.idleAfterMs !== undefined) {
      for (const { state, watermarks } of this.#splits) if (state !== 'finished') next = Math.min(next, now + watermarks.idleInMs)
    }
    return next
  }

  /** Reads no more: all splits count as finished where they stand. */
  finish(): void {
    for (const split of this.#splits) {
      split.state = 'finished'
      this.#merge.end(split.index)
    }
  }

  /** Splits whose readers said 'wait'; the shell tells when they may be polled again. */
  waitingSplits(): readonly number[] {
    const splits = this.#splits
    let waiting = noSplits
    for (let i = 0; i < splits.length; i++) if (splits[i]!.state === 'waiting') waiting = [...waiting, i]
    return waiting
  }

  splitReady(index: number): void {
    const split = this.#splits[index]!
    if (split.state === 'waiting') split.state = 'polling'
  }

  /** Where every split stands; asked only when `settled`. */
  progress(): readonly SplitProgress[] {
    return this.#splits.map(({ id, reader, state, watermarks, begun }) => ({
      id,
      at: begun.at,
      offset: reader === undefined ? begun.offset : this.#offsetOf(id, reader),
      finished: state === 'finished',
      ...(watermarks.greatest === watermarkMin ? {} : { maxTime: watermarks.greatest }),
      ...(watermarks.idle ? { idle: true } : {}),
    }))
  }

  #offsetOf(split: string, reader: PollingReader<unknown>): Json {
    try {
      return reader.offset()
    } catch (thrown) {
      throw asMillraceError(thrown, 'IO', `source "${this.id}", split "${split}"`)
    }
  }

  /** @param or what it may be besides */
  #noTime(what: string, at: unknown, or: string): MillraceError {
    return new MillraceError(
      'USER_CODE',
      `source "${this.id}": ${what} returned ${shown(at)}; it must return milliseconds since the epoch, a number, ${or}`,
      {
        operator: this.id,
        fate: 'fatal',
      },
    )
  }

  /** Before the first exchange an error says which record of which split it was. */
  #locating<R>(action: () => R): R {
    try {
      return action()
    } catch (thrown) {
      throw this.#located(thrown)
    }
  }

  #located(thrown: unknown): MillraceError {
    if (thrown instanceof MillraceError && thrown.code !== 'USER_CODE') return thrown
    const known = thrown instanceof MillraceError ? thrown : undefined
    return new MillraceError(
      'USER_CODE',
      `${known?.message ?? `source "${this.id}" failed: ${messageOf(thrown)}`} (source "${this.id}", split "${this.#current!.id}", at ${this.#where})`,
      {
        cause: known?.cause ?? thrown,
        operator: known?.operator ?? this.id,
        fingerprint: known?.fingerprint,
        fate: known?.fate,
      },
    )
  }
}
